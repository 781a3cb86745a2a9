"""Brings a DOI at the registrar to what the catalogue has decided."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection
from django.urls import reverse

from catalogue.formats.datacite import datacite_update
from catalogue.models import DataPublication, DoiState, DoiUpdate
from catalogue.publication.datacite import Held, RegistrarError
from catalogue.publication.outbox import note_failure, note_sent
from catalogue.publication.registrar import Registrar
from catalogue.queries import public_record

logger = logging.getLogger(__name__)

# Names the locks under which DOIs are registered, one by publication.
REGISTRATION_LOCK = 5_073


def send(publication_id: int, *, registrar: Registrar, now: datetime) -> bool:
    """Sends what is public of a DOI, if there is anything to send; returns whether it is done.

    What fails stays in the outbox with its reason and its next day; so does what was changed while
    the registrar was answering: nothing is ever taken for sent that was not.
    """
    with _alone(publication_id):
        update = DoiUpdate.objects.filter(pk=publication_id).first()
        return update is None or _send(update, registrar=registrar, now=now)


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


def _send(update: DoiUpdate, *, registrar: Registrar, now: datetime) -> bool:
    publication = DataPublication.objects.with_investigation().get(pk=update.pk)
    try:
        if publication.discarded_at is not None:
            return _discard(publication, registrar)
        held = _register(publication, registrar, now)
    except RegistrarError as error:
        logger.warning("%s", error)
        note_failure(update, error, now=now)
        return False
    except Exception as error:
        note_failure(update, error, now=now)
        raise
    logger.info("DOI %s is %s", held.doi, held.state.value)
    return not note_sent(update, held)


def _register(publication: DataPublication, registrar: Registrar, now: datetime) -> Held:
    _refuse_test_doi(publication, registrar)
    wanted = wanted_state(publication)
    held = registrar.register(
        publication.doi,
        wanted=wanted,
        url=landing_url(publication),
        metadata=metadata_of(publication, now),
    )
    if held.state is not wanted:
        reason = f"the registrar left it {held.state.value}, not {wanted.value}"
        raise RegistrarError(publication.doi, reason, may_succeed_later=True)
    return held


def _discard(publication: DataPublication, registrar: Registrar) -> bool:
    """Lets a reserved DOI go: at the registrar, then here."""
    if registrar.hands_out_test_dois or not publication.is_test_doi:
        registrar.discard(publication.doi)
    publication.delete()
    logger.info("DOI %s is discarded", publication.doi)
    return True


def wanted_state(publication: DataPublication) -> DoiState:
    """Returns the state a DOI has to be in: one that is withdrawn still resolves, to its page."""
    if publication.is_reserved:
        return DoiState.DRAFT
    return DoiState.REGISTERED if publication.withdrawn_at else DoiState.FINDABLE


def landing_url(publication: DataPublication) -> str:
    return settings.BASE_URL + reverse("portal:landing", args=[publication.doi])


def metadata_of(publication: DataPublication, now: datetime) -> dict[str, Any]:
    """Returns DataCite's attributes of what may be said of a DOI now; nothing of a reserved one."""
    if publication.is_reserved:
        return {}
    return datacite_update(public_record(publication, today=now.date()))


def _refuse_test_doi(publication: DataPublication, registrar: Registrar) -> None:
    if publication.is_test_doi and not registrar.hands_out_test_dois:
        reason = "it is a test DOI; publish the investigation again to give it a real one"
        raise RegistrarError(publication.doi, reason, may_succeed_later=False)
