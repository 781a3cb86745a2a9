"""Keeps an investigation's counters, days and release date in step with its datasets."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Max, Min, Sum

from catalogue.models import Datafile, DataPublication, Dataset, Investigation, ReleaseRequest
from catalogue.policy.embargo import ReleaseState, has_begun
from catalogue.policy.schedule import upkeep
from catalogue.publication import ledger
from catalogue.publication.act import Act
from catalogue.publication.rolling import schedule_datasets
from catalogue.publication.transition import (
    COLUMNS,
    audience_of,
    case_of,
    keep_request,
    pending_requests,
    put_into,
)
from catalogue.publication.upkeep import rewrite_records

_COUNTED = (
    "start",
    "end",
    "last_file_on",
    "last_data_on",
    "dataset_count",
    "file_count",
    "size_bytes",
)


def refresh(investigation_ids: Iterable[int], *, now: datetime) -> None:
    """Brings investigations up to date after their datasets or policy changed.

    Call it in the transaction that changes them. The days grow to cover every dataset, and a
    release date only ever moves to a later day: a file that arrives late cannot open data early.
    What is open or withdrawn stays so. The ledger follows, then published records, last.
    """
    rows = Investigation.objects.locked().filter(pk__in=set(investigation_ids)).order_by("pk")
    investigations = list(rows)
    primary_keys = [row.pk for row in investigations]
    sums, requests = _sums(primary_keys), pending_requests(primary_keys)
    act = Act(now=now)
    lines = []
    for investigation in investigations:
        _recount(investigation, sums.get(investigation.pk, _EMPTY))
        lines += _reschedule(investigation, requests.get(investigation.pk), act)
    Investigation.objects.bulk_update(investigations, (*_COUNTED, *COLUMNS))
    for investigation in investigations:
        schedule_datasets(investigation)
    ledger.append(lines, act=act)
    published = DataPublication.objects.filter(investigation__in=investigations)
    with_records = set(published.values_list("investigation_id", flat=True))
    for investigation in investigations:
        if investigation.pk in with_records:
            rewrite_records(investigation, now=now)


@dataclass(frozen=True, slots=True)
class _Sums:
    """What the datasets of one investigation come to; None where no dataset says."""

    datasets: int = 0
    files: int = 0
    size_bytes: int = 0
    first: datetime | None = None
    last: datetime | None = None
    last_start: datetime | None = None
    last_written: datetime | None = None


_EMPTY = _Sums()


def _sums(investigation_ids: list[int]) -> dict[int, _Sums]:
    """Returns the sums of each investigation that has datasets, by two queries."""
    datasets: Iterable[tuple[Any, ...]] = (
        Dataset.objects.filter(investigation__in=investigation_ids)
        .order_by()
        .values_list("investigation")
        .annotate(
            Count("pk"),
            Sum("file_count"),
            Sum("size_bytes", default=0),
            Min("start"),
            Max("end"),
            Max("start"),
        )
    )
    files = (
        Datafile.objects.filter(dataset__investigation__in=investigation_ids)
        .order_by()
        .values_list("dataset__investigation")
        .annotate(Max("modified"))
    )
    last_written = dict(files)
    return {
        pk: replace(_Sums(*values), last_written=last_written.get(pk)) for pk, *values in datasets
    }


def _recount(investigation: Investigation, sums: _Sums) -> None:
    investigation.dataset_count = sums.datasets
    investigation.file_count = sums.files
    investigation.size_bytes = sums.size_bytes
    moments = (sums.first, sums.last, sums.last_start)
    days = [_day(moment, investigation) for moment in moments if moment]
    investigation.start = min([*days, *_known(investigation.start)], default=None)
    investigation.end = max([*days, *_known(investigation.end)], default=None)
    investigation.last_data_on = max(days, default=None)
    written = sums.last_written
    investigation.last_file_on = _day(written, investigation) if written else None


def _reschedule(
    investigation: Investigation, request: ReleaseRequest | None, act: Act
) -> list[ledger.Line]:
    """Puts the days and the policy's word on a row; returns what the ledger is to say of it."""
    policy = investigation.proposal.embargo_policy
    lines = []
    for event, before, after in upkeep(
        case_of(investigation, request),
        policy.terms if policy else None,
        investigation.days,
        has_begun=is_under_way(investigation, today=act.today),
        today=act.today,
    ):
        put_into(investigation, after, act=act)
        keep_request(investigation, request, event, before=before, after=after, act=act)
        lines.append(ledger.Line(investigation, event, before, after))
    if investigation.state is not ReleaseState.OPEN:
        investigation.audience = audience_of(investigation)
    investigation.modified_at = act.now
    return lines


def is_under_way(investigation: Investigation, *, today: date) -> bool:
    return has_begun(
        start=investigation.start, dataset_count=investigation.dataset_count, today=today
    )


def _day(moment: datetime, investigation: Investigation) -> date:
    """Returns the facility's own day of a moment."""
    return moment.astimezone(ZoneInfo(investigation.proposal.facility.time_zone)).date()


def _known(day: date | None) -> list[date]:
    return [] if day is None else [day]
