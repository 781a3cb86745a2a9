"""Who registers DOIs: DataCite in production, nobody at all in a demo."""

from typing import Any, Literal, Protocol

from django.conf import settings

from catalogue import outbound
from catalogue.models import DoiState
from catalogue.publication.datacite import DataCiteRegistrar

Event = Literal["publish", "hide"]


class Registrar(Protocol):
    """Brings a DOI into a state; sending the same thing twice changes nothing.

    hands_out_test_dois: its names do not resolve at doi.org, and must say so.
    """

    hands_out_test_dois: bool

    def register(self, doi: str, *, event: Event, url: str, metadata: dict[str, Any]) -> DoiState:
        """Sends metadata and event, and returns the state the DOI is in afterwards.

        Raises:
            RegistrarError: it was refused or could not be reached; the message says why.
        """
        ...


class LocalRegistrar:
    """Registers nothing anywhere: for demos, tests, and before there is a DataCite account."""

    hands_out_test_dois = True

    def register(self, doi: str, *, event: Event, url: str, metadata: dict[str, Any]) -> DoiState:
        return DoiState.FINDABLE if event == "publish" else DoiState.REGISTERED


def configured_registrar() -> Registrar:
    """Returns DataCite's client where CATALOGUE_DATACITE_URL is set, else the local registrar."""
    if not settings.DATACITE_URL:
        return LocalRegistrar()
    account = (settings.DATACITE_REPOSITORY, settings.DATACITE_PASSWORD)
    return DataCiteRegistrar(
        outbound.client(settings.DATACITE_URL, contact=settings.ADMIN_EMAIL, auth=account)
    )
