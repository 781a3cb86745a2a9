"""Compares what DataCite holds with what the catalogue says, and sends what differs again."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from catalogue import audit
from catalogue.models import DataPublication, DoiState
from catalogue.publication.datacite import Held
from catalogue.publication.outbox import put_in
from catalogue.publication.registrar import Registrar
from catalogue.publication.registration import landing_url, metadata_of, wanted_state

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Difference:
    """A DOI that the registrar does not hold as it should, and how it does."""

    doi: str
    reason: str

    def __str__(self) -> str:
        return f"{self.doi}: {self.reason}"


@dataclass(slots=True)
class Report:
    """How many agree, what was sent again, and DOIs of the account that no row here has."""

    agree: int = 0
    sent_again: list[Difference] = field(default_factory=list)
    unknown: list[Difference] = field(default_factory=list)


def reconcile(*, registrar: Registrar, now: datetime) -> Report:
    """Pages through what the registrar holds, and puts what differs into the outbox.

    What the outbox holds already is passed over. DOIs that the catalogue does not know are
    reported and left alone. A page that cannot be read ends it: nothing that was not looked at is
    taken for missing.

    Raises:
        RegistrarError: a page could not be read.
    """
    report = Report()
    for page in registrar.pages():
        _compare(page, report, now)
    if not registrar.hands_out_test_dois:
        missing = _settled().filter(created_at__lt=now).exclude(reconciled_at=now)
        for row in missing.iterator(chunk_size=500):
            _send_again(row, "the registrar does not hold it", report, now)
    return report


def _settled() -> QuerySet[DataPublication]:
    """Returns what should be at the registrar and is not on its way there.

    What was imported with its DOI was registered elsewhere: it is ours once we have sent it.
    """
    is_ours = ~Q(doi_stamp="") | Q(doi_state=DoiState.RESERVED)
    rows = DataPublication.objects.with_investigation().filter(is_ours, is_test_doi=False)
    return rows.filter(doi_update__isnull=True)


def _compare(page: list[Held], report: Report, now: datetime) -> None:
    held = {item.doi: item for item in page}
    rows = DataPublication.objects.alias(name=Lower("doi")).filter(name__in=list(held))
    known = {row.doi.lower() for row in rows}
    rows.filter(Q(reconciled_at=None) | ~Q(reconciled_at=now)).update(reconciled_at=now)
    report.unknown += [
        Difference(doi, f"held as {item.state.value}, and unknown here")
        for doi, item in held.items()
        if doi not in known
    ]
    for row in _settled().filter(pk__in=rows.values("pk")):
        reasons = list(_differences(row, held[row.doi.lower()], now))
        if reasons:
            _send_again(row, "; ".join(reasons), report, now)
        else:
            report.agree += 1


def _differences(row: DataPublication, held: Held, now: datetime) -> Iterator[str]:
    """Yields how a DOI is held otherwise than it should be.

    The metadata are rendered, and compared, only where DataCite's own stamp says that somebody has
    changed the DOI since it was read back.
    """
    wanted = wanted_state(row)
    if held.state is not wanted:
        yield f"it is {held.state.value}, not {wanted.value}"
    if held.url != landing_url(row):
        yield f"it leads to {held.url or 'nowhere'}"
    if held.stamp != row.doi_stamp:
        ours = metadata_of(row, now)
        changed = [name for name in _COMPARED if _said(ours, name) != _said(held.attributes, name)]
        if changed:
            yield f"somebody has changed its {', '.join(changed)}"


# What a reader of a citation goes by; DataCite writes the rest in spellings of its own.
_COMPARED = ("titles", "creators", "publicationYear", "dates")
_TEXT = {"titles": ("title",), "creators": ("name",), "dates": ("date", "dateType")}


def _said(attributes: dict[str, Any], name: str) -> Any:
    value = attributes.get(name)
    if name not in _TEXT:
        return str(value or "")
    return sorted(tuple(str(item.get(key, "")) for key in _TEXT[name]) for item in value or [])


def _send_again(row: DataPublication, reason: str, report: Report, now: datetime) -> None:
    difference = Difference(row.doi, reason)
    logger.warning("DOI %s is sent again: %s", row.doi, reason)
    with transaction.atomic():
        put_in(row, now=now)
        audit.note("reconcile DOI", row, actor=None, reason=reason)
    report.sent_again.append(difference)
