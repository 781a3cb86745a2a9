"""How long a facility keeps data, by its policy's word, pure."""

from dataclasses import dataclass
from datetime import date, timedelta

from catalogue.policy.embargo import add_months


@dataclass(frozen=True, slots=True)
class Retention:
    """What a policy promises at least. None: as long as the raw data, in months and in days."""

    raw_years: int
    reduced_months: int | None = None
    disk_days: int | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """The last day on which data have to be there: raw and reduced ones, and files on disk."""

    raw_until: date
    reduced_until: date
    on_disk_until: date


def kept(retention: Retention, *, measured: date) -> Kept:
    """Returns until when data are kept that were measured, or last written, on a day."""
    raw_until = add_months(measured, 12 * retention.raw_years)
    reduced, days = retention.reduced_months, retention.disk_days
    return Kept(
        raw_until=raw_until,
        reduced_until=raw_until if reduced is None else add_months(measured, reduced),
        on_disk_until=raw_until if days is None else measured + timedelta(days=days),
    )
