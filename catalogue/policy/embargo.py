"""When data under a facility's policy become open: decisions on plain values."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class ReleaseState(StrEnum):
    """Where an investigation stands between the beamtime and the public."""

    PLANNED = "planned"
    UNDER_EMBARGO = "under_embargo"
    HELD = "held"
    OPEN = "open"
    PROPRIETARY = "proprietary"
    WITHDRAWN = "withdrawn"


class Anchor(StrEnum):
    """The day an embargo is counted from, as the facilities' policies word it."""

    END_OF_INVESTIGATION = "end_of_investigation"
    LAST_FILE = "last_file"


class MetadataVisibility(StrEnum):
    """What the public sees of an investigation before its data are open."""

    FULL = "full"
    MINIMAL = "minimal"
    WITH_DATA = "with_data"


@dataclass(frozen=True, slots=True)
class EmbargoTerms:
    """One version of a facility's policy, as frozen on a proposal when it was accepted.

    never_release: the data belong to a paying user and are not published by the facility.
    """

    duration_months: int
    anchor: Anchor
    never_release: bool
    metadata_visibility: MetadataVisibility


def release_date(
    terms: EmbargoTerms | None, *, ended: date | None, last_file: date | None
) -> date | None:
    """Returns the day the data open, or None where none is known: then they stay closed.

    ended: last day of the investigation; last_file: day the newest file was written. A policy
    without its anchor falls back to the later known day, so that a missing end never opens data
    early.
    """
    if terms is None or terms.never_release:
        return None
    known = [day for day in (ended, last_file) if day is not None]
    if not known:
        return None
    anchors = {Anchor.END_OF_INVESTIGATION: ended, Anchor.LAST_FILE: last_file}
    return add_months(anchors[terms.anchor] or max(known), terms.duration_months)


def add_months(day: date, months: int) -> date:
    """Returns the same day of a later month, or its last day (31 Jan + 1 month = 28 Feb).

    What lies beyond the calendar's last day is that day: a wild date closes data, it breaks
    nothing.
    """
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    if year > date.max.year:
        return date.max
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def state_under(terms: EmbargoTerms | None) -> ReleaseState:
    """Returns the state an investigation has before anything is released."""
    if terms is not None and terms.never_release:
        return ReleaseState.PROPRIETARY
    return ReleaseState.UNDER_EMBARGO


def is_due(state: ReleaseState, released_on: date | None, *, today: date) -> bool:
    """Tells whether a scheduled release has to open the data."""
    return state is ReleaseState.UNDER_EMBARGO and released_on is not None and released_on <= today
