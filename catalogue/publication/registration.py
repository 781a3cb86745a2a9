"""Brings a DOI at the registrar to what the catalogue has decided."""

import logging
from datetime import date

from django.conf import settings
from django.urls import reverse

from catalogue.formats.datacite import datacite_json
from catalogue.models import DataPublication, DoiState
from catalogue.publication.datacite import RegistrarError
from catalogue.publication.registrar import Registrar
from catalogue.queries import public_record

logger = logging.getLogger(__name__)


def bring_up_to_date(publication_id: int, *, registrar: Registrar, today: date) -> DoiState:
    """Sends what is public of a DOI, and notes the state it is in afterwards.

    A change made while the registrar was answering leaves the DOI marked as behind, so that the
    next sweep sends it again: nothing is ever taken for sent that was not.

    Raises:
        RegistrarError: it was refused or not reached; the reason is kept on the row.
    """
    publication = DataPublication.objects.with_investigation().get(pk=publication_id)
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


def _note(publication: DataPublication, state: DoiState, wanted: DoiState) -> None:
    row = DataPublication.objects.filter(pk=publication.pk)
    error = "" if state is wanted else f"The registrar left it {state.value}, not {wanted.value}."
    row.update(doi_state=state, doi_error=error)
    unchanged = row.filter(modified_at=publication.modified_at)
    unchanged.update(doi_synchronised=state is wanted)
    logger.info("DOI %s is %s", publication.doi, state.value)
