"""Keeps an investigation's counters, days and release date in step with its datasets."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Max, Min, Sum

from catalogue.models import Datafile, DataPublication, Dataset, Investigation
from catalogue.policy.embargo import ReleaseState, release_date, state_under
from catalogue.publication.upkeep import rewrite_records

_UPDATED = (
    "start",
    "end",
    "release_state",
    "release_date",
    "dataset_count",
    "file_count",
    "size_bytes",
    "modified_at",
)


def refresh(investigation_ids: Iterable[int], *, now: datetime) -> None:
    """Brings investigations up to date after their datasets or policy changed.

    Call it in the transaction that changes them. The days grow to cover every dataset, and a
    release date only ever moves to a later day: a file that arrives late cannot open data early.
    What is open, held or withdrawn stays so. Published records follow last.
    """
    rows = Investigation.objects.locked().filter(pk__in=set(investigation_ids)).order_by("pk")
    investigations = list(rows)
    sums = _sums([row.pk for row in investigations])
    for investigation in investigations:
        found = sums.get(investigation.pk, _EMPTY)
        _recount(investigation, found)
        _reschedule(investigation, found)
        investigation.modified_at = now
    Investigation.objects.bulk_update(investigations, _UPDATED)
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


def _reschedule(investigation: Investigation, sums: _Sums) -> None:
    if investigation.state not in (ReleaseState.UNDER_EMBARGO, ReleaseState.PLANNED):
        return
    policy = investigation.proposal.embargo_policy
    terms = policy.terms if policy else None
    written = _day(sums.last_written, investigation) if sums.last_written else None
    computed = release_date(terms, ended=investigation.end, last_file=written)
    investigation.release_state = state_under(terms)
    if investigation.release_state == ReleaseState.PROPRIETARY:
        investigation.release_date = None
    elif computed is not None:
        investigation.release_date = max([computed, *_known(investigation.release_date)])


def _day(moment: datetime, investigation: Investigation) -> date:
    """Returns the facility's own day of a moment."""
    return moment.astimezone(ZoneInfo(investigation.proposal.facility.time_zone)).date()


def _known(day: date | None) -> list[date]:
    return [] if day is None else [day]
