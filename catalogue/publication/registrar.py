"""Who registers DOIs: DataCite in production, nobody at all in a demo."""

from collections.abc import Iterator
from typing import Any, Protocol

from django.conf import settings

from catalogue import outbound
from catalogue.models import DoiState
from catalogue.publication.datacite import DataCiteRegistrar, Held
from catalogue.publication.pace import SharedPace


class Registrar(Protocol):
    """Brings a DOI into a state; sending the same thing twice changes nothing.

    hands_out_test_dois: its names do not resolve at doi.org, and must say so.
    """

    hands_out_test_dois: bool

    def register(self, doi: str, *, wanted: DoiState, url: str, metadata: dict[str, Any]) -> Held:
        """Sends what the DOI stands for, and returns what the registrar then holds.

        Raises:
            RegistrarError: it was refused or could not be reached; the message says why.
        """
        ...

    def discard(self, doi: str) -> None:
        """Lets a draft go; one that is not held is gone already."""
        ...

    def pages(self) -> Iterator[list[Held]]:
        """Yields all that it holds, page by page."""
        ...


class LocalRegistrar:
    """Registers nothing anywhere: for demos, tests, and before there is a DataCite account."""

    hands_out_test_dois = True

    def register(self, doi: str, *, wanted: DoiState, url: str, metadata: dict[str, Any]) -> Held:
        return Held(doi, wanted, url, stamp="", attributes=metadata)

    def discard(self, doi: str) -> None:
        return None

    def pages(self) -> Iterator[list[Held]]:
        return iter(())


def configured_registrar() -> Registrar:
    """Returns DataCite's client where CATALOGUE_DATACITE_URL is set, else the local registrar."""
    if not settings.DATACITE_URL:
        return LocalRegistrar()
    account = (settings.DATACITE_REPOSITORY, settings.DATACITE_PASSWORD)
    return DataCiteRegistrar(
        outbound.client(settings.DATACITE_URL, contact=settings.ADMIN_EMAIL, auth=account),
        repository=settings.DATACITE_REPOSITORY,
        pace=SharedPace(settings.DATACITE_REQUESTS),
    )
