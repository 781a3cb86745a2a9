"""When data under a facility's policy become open: decisions on plain values."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class ReleaseState(StrEnum):
    """Where an investigation stands between the beamtime and the public.

    The first eight are stored. *Release due* and *partially open* follow from a state, a day and
    the datasets, and are worked out when they are told (`machine.standing`): a stored word could be
    out of step with the clock.
    """

    PLANNED = "planned"
    UNDER_EMBARGO = "under_embargo"
    EXTENSION_REQUESTED = "extension_requested"
    EARLY_RELEASE_PENDING = "early_release_pending"
    HELD = "held"
    OPEN = "open"
    PROPRIETARY = "proprietary"
    WITHDRAWN = "withdrawn"
    RELEASE_DUE = "release_due"
    PARTIALLY_OPEN = "partially_open"


# Closed until a day, with or without a question to decide; datasets may be open earlier.
IN_EMBARGO = frozenset(
    {
        ReleaseState.UNDER_EMBARGO,
        ReleaseState.EXTENSION_REQUESTED,
        ReleaseState.EARLY_RELEASE_PENDING,
    }
)
STORED_STATES = tuple(
    state
    for state in ReleaseState
    if state not in (ReleaseState.RELEASE_DUE, ReleaseState.PARTIALLY_OPEN)
)


class Anchor(StrEnum):
    """The day an embargo is counted from, as the facilities' policies word it.

    DATA_CREATED is rolling: each dataset opens by itself, counted from its own day.
    """

    END_OF_INVESTIGATION = "end_of_investigation"
    LAST_FILE = "last_file"
    DATA_CREATED = "data_created"
    END_OF_PROPOSAL = "end_of_proposal"


class MetadataVisibility(StrEnum):
    """What the public sees of an investigation before its data are open."""

    FULL = "full"
    MINIMAL = "minimal"
    WITH_DATA = "with_data"


class MetadataField(StrEnum):
    """What a policy may speak of by itself in a public record."""

    TITLE = "title"
    PEOPLE = "people"
    ABSTRACT = "abstract"
    KEYWORDS = "keywords"
    INSTRUMENT = "instrument"
    DATES = "dates"
    PROPOSAL = "proposal"
    SAMPLES = "samples"
    TECHNIQUES = "techniques"


class Moment(StrEnum):
    """From when on the public is told a field."""

    ACCEPTANCE = "acceptance"
    END_OF_EXPERIMENT = "end_of_experiment"
    WITH_DATA = "with_data"


class Audience(StrEnum):
    """Who gets the files of released data; what is said of them everyone may read."""

    EVERYONE = "everyone"
    REGISTERED = "registered"


class ExtensionApprover(StrEnum):
    """Who grants an extension; *automatic* is ILL's light touch: asking is enough."""

    AUTOMATIC = "automatic"
    DATA_MANAGER = "data_manager"
    DIRECTOR = "director"


class EarlyReleaseBy(StrEnum):
    """Who of an experiment may open its data early. Data managers may, on the team's behalf."""

    PRINCIPAL_INVESTIGATOR = "principal_investigator"
    ANY_MEMBER = "any_member"
    DATA_MANAGER = "data_manager"


@dataclass(frozen=True, slots=True)
class EmbargoTerms:
    """One version of a facility's policy, as frozen on a proposal when it was accepted.

    never_release: the data belong to a paying user and are not published by the facility.
    extension_months: the most that one extension gives. max_total_months: the longest embargo with
    its extensions; 0 for no limit.
    objection_days: how long the others of the team may object to an early release.
    field_moments: fields of which the policy speaks by itself, beside `metadata_visibility`.
    """

    duration_months: int
    anchor: Anchor
    never_release: bool
    metadata_visibility: MetadataVisibility
    max_extensions: int = 0
    extension_months: int = 12
    max_total_months: int = 0
    extension_approver: ExtensionApprover = ExtensionApprover.DATA_MANAGER
    early_release_by: EarlyReleaseBy = EarlyReleaseBy.PRINCIPAL_INVESTIGATOR
    objection_days: int = 0
    field_moments: tuple[tuple[MetadataField, Moment], ...] = ()


@dataclass(frozen=True, slots=True)
class Days:
    """The days an embargo may be counted from; None where a day is not known.

    ended: last day of the investigation; last_file: day the newest file was written;
    last_data: day the newest dataset was measured; proposal_ended: last day of the proposal.
    """

    ended: date | None = None
    last_file: date | None = None
    last_data: date | None = None
    proposal_ended: date | None = None

    def of(self, anchor: Anchor) -> date | None:
        return {
            Anchor.END_OF_INVESTIGATION: self.ended,
            Anchor.LAST_FILE: self.last_file,
            Anchor.DATA_CREATED: self.last_data,
            Anchor.END_OF_PROPOSAL: self.proposal_ended,
        }[anchor]

    def latest(self) -> date | None:
        known = (self.ended, self.last_file, self.last_data, self.proposal_ended)
        return max((day for day in known if day is not None), default=None)


def release_date(
    terms: EmbargoTerms | None, days: Days, *, extended_months: int = 0
) -> date | None:
    """Returns the day the data open, or None where none is known: then they stay closed.

    A policy without its anchor falls back to the latest known day, so that a missing end never
    opens data early.
    """
    if terms is None or terms.never_release:
        return None
    counted_from = days.of(terms.anchor) or days.latest()
    if counted_from is None:
        return None
    return add_months(counted_from, terms.duration_months + extended_months)


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


def has_begun(*, start: date | None, dataset_count: int, today: date) -> bool:
    """Tells whether an experiment has begun: its first day has come, or there are data."""
    return dataset_count > 0 or (start is not None and start <= today)


def first_state(terms: EmbargoTerms | None, *, has_begun: bool) -> ReleaseState:
    """Returns the state an investigation has before anything has happened to it."""
    if terms is not None and terms.never_release:
        return ReleaseState.PROPRIETARY
    return ReleaseState.UNDER_EMBARGO if has_begun else ReleaseState.PLANNED
