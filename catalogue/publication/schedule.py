"""Keeps an investigation's counters, days and release date in step with its datasets."""

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Count, Max, Min, Sum

from catalogue.models import Datafile, Dataset, Investigation
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
    for investigation in investigations:
        _recount(investigation)
        _reschedule(investigation)
        investigation.save(update_fields=_UPDATED)
    for investigation in investigations:
        rewrite_records(investigation, now=now)


def _recount(investigation: Investigation) -> None:
    sums = Dataset.objects.filter(investigation=investigation).aggregate(
        datasets=Count("pk"),
        files=Sum("file_count"),
        size=Sum("size_bytes"),
        first=Min("start"),
        last=Max("end"),
        last_start=Max("start"),
    )
    investigation.dataset_count = sums["datasets"]
    investigation.file_count = sums["files"] or 0
    investigation.size_bytes = sums["size"] or 0
    moments = (sums["first"], sums["last"], sums["last_start"])
    days = [_day(moment, investigation) for moment in moments if moment]
    investigation.start = min([*days, *_known(investigation.start)], default=None)
    investigation.end = max([*days, *_known(investigation.end)], default=None)


def _reschedule(investigation: Investigation) -> None:
    if investigation.state not in (ReleaseState.UNDER_EMBARGO, ReleaseState.PLANNED):
        return
    policy = investigation.proposal.embargo_policy
    terms = policy.terms if policy else None
    last = Datafile.objects.filter(dataset__investigation=investigation).aggregate(
        last=Max("modified")
    )["last"]
    written = _day(last, investigation) if last else None
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
