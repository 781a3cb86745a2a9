"""Who may see what: the one rule, on plain values. `models.visible_to` says the same in SQL."""

from dataclasses import dataclass
from datetime import date

from catalogue.policy.embargo import ReleaseState


@dataclass(frozen=True, slots=True)
class Viewer:
    """Someone who looks. `person_id` is None for a visitor without a person in the catalogue."""

    person_id: int | None = None
    is_data_manager: bool = False


ANONYMOUS = Viewer()


@dataclass(frozen=True, slots=True)
class Facts:
    """All that decides on a dataset or, with `released_early_on` None, on an investigation."""

    state: ReleaseState
    release_date: date | None
    member_ids: frozenset[int]
    released_early_on: date | None = None


def may_see(viewer: Viewer, facts: Facts, *, today: date) -> bool:
    """Tells whether a viewer may see the data themselves, files and all.

    An open state alone is not enough: the release date must have come too, so that neither a wrong
    clock at release nor an extension after it opens anything before its day.
    """
    if viewer.is_data_manager or viewer.person_id in facts.member_ids:
        return True
    return is_public(facts, today=today)


def is_public(facts: Facts, *, today: date) -> bool:
    """Tells whether everyone may see the data: released as a whole, or a dataset released early."""
    if facts.state is ReleaseState.OPEN:
        return _has_come(facts.release_date, today)
    return facts.state is ReleaseState.UNDER_EMBARGO and _has_come(facts.released_early_on, today)


def _has_come(day: date | None, today: date) -> bool:
    return day is not None and day <= today
