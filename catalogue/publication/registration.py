"""Brings a DOI at the registrar to what the catalogue has decided."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from django.conf import settings
from django.db import connection
from django.urls import reverse

from catalogue.formats.datacite import datacite_json
from catalogue.models import DataPublication, DoiState
from catalogue.publication.datacite import RegistrarError
from catalogue.publication.registrar import Registrar
from catalogue.queries import public_record

logger = logging.getLogger(__name__)

# Names the locks under which DOIs are registered, one by publication.
REGISTRATION_LOCK = 5_073


def bring_up_to_date(publication_id: int, *, registrar: Registrar, today: date) -> DoiState:
    """Sends what is public of a DOI, and notes the state it is in afterwards.

    A change made while the registrar was answering leaves the DOI marked as behind, so that the
    next sweep sends it again: nothing is ever taken for sent that was not.

    Raises:
        RegistrarError: it was refused or not reached; the reason is kept on the row.
    """
    with _alone(publication_id):
        return _register(publication_id, registrar=registrar, today=today)


@contextmanager
def _alone(publication_id: int) -> Iterator[None]:
    """Lets one worker at a time speak of a DOI: the later of two answers has to be the last."""
    key = [REGISTRATION_LOCK, publication_id]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", key)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", key)


def _register(publication_id: int, *, registrar: Registrar, today: date) -> DoiState:
    publication = DataPublication.objects.with_investigation().get(pk=publication_id)
    _refuse_test_doi(publication, registrar)
    wanted = DoiState.REGISTERED if publication.withdrawn_at else DoiState.FINDABLE
    try:
        state = registrar.register(
            publication.doi,
            event="hide" if publication.withdrawn_at else "publish",
            url=settings.BASE_URL + reverse("portal:landing", args=[publication.doi]),
            metadata=datacite_json(public_record(publication, today=today)),
        )
    except RegistrarError as error:
        DataPublication.objects.filter(pk=publication_id).update(doi_error=str(error))
        raise
    _note(publication, state, wanted)
    return state


def _refuse_test_doi(publication: DataPublication, registrar: Registrar) -> None:
    if publication.is_test_doi and not registrar.hands_out_test_dois:
        reason = "it is a test DOI; publish the investigation again to give it a real one"
        raise RegistrarError(publication.doi, reason, may_succeed_later=False)


def _note(publication: DataPublication, state: DoiState, wanted: DoiState) -> None:
    row = DataPublication.objects.filter(pk=publication.pk)
    error = "" if state is wanted else f"The registrar left it {state.value}, not {wanted.value}."
    row.update(doi_state=state, doi_error=error, doi_synchronised=False)
    unchanged = row.filter(modified_at=publication.modified_at)
    unchanged.update(doi_synchronised=state is wanted)
    logger.info("DOI %s is %s", publication.doi, state.value)
