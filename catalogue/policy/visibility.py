"""Who may see what, why, and until when: the one rule, on plain values.

`models.visible_to` says the same in SQL; a test holds the two equal.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from catalogue.policy.embargo import IN_EMBARGO, Audience, ReleaseState


class Level(StrEnum):
    """How much somebody is let see: what is said of the data, or the files too."""

    METADATA = "metadata"
    READ = "read"

    @property
    def sufficient(self) -> tuple["Level", ...]:
        """The levels that include this one."""
        return (Level.METADATA, Level.READ) if self is Level.METADATA else (Level.READ,)


class Way(StrEnum):
    """What lets somebody see data, the weightiest first."""

    PUBLIC = "public"
    REGISTERED = "registered"
    MEMBER = "member"
    INSTRUMENT_SCIENTIST = "instrument_scientist"
    DATA_MANAGER = "data_manager"
    GRANT = "grant"
    REVIEWER_LINK = "reviewer_link"


# Those who took part or work here; they also see what the public never does, such as paths.
INSIDE = (Way.MEMBER, Way.INSTRUMENT_SCIENTIST, Way.DATA_MANAGER)
# Nobody's secret: who sees data by these ways is not written down.
UNRECORDED = (Way.PUBLIC, Way.REGISTERED, Way.MEMBER)
# Data that were taken back are nobody's guest's any more; a hold stops a release, not the team.
CLOSED_TO_GUESTS = (ReleaseState.WITHDRAWN,)


@dataclass(frozen=True, slots=True)
class Viewer:
    """Someone who looks. `person_id` is None for a visitor without a person in the catalogue.

    names: ORCID iD and e-mail address (lower case) of the log-in, by which grants name people;
    grant_ids: the grants whose links the visitor's browser has followed; is_registered: has logged
    in, as whoever.
    """

    person_id: int | None = None
    is_data_manager: bool = False
    names: frozenset[str] = frozenset()
    grant_ids: frozenset[int] = frozenset()
    is_registered: bool = False

    @property
    def may_hold_grants(self) -> bool:
        """Whether any grant can be theirs: by name, as one of a group, or by a link."""
        return bool(self.names or self.grant_ids) or self.person_id is not None


ANONYMOUS = Viewer()


@dataclass(frozen=True, slots=True)
class Appointment:
    """An instrument scientist's time at the instrument, both days included; None: open-ended."""

    person_id: int
    first_day: date | None = None
    last_day: date | None = None

    def is_in_force(self, today: date) -> bool:
        has_begun = self.first_day is None or self.first_day <= today
        return has_begun and (self.last_day is None or today <= self.last_day)


@dataclass(frozen=True, slots=True)
class Grant:
    """Access given until the end of a day: to a name, to the people of a group, or by a link.

    name: ORCID iD or e-mail address, lower case, or '' for a group's or a link's grant.
    is_double_blind: whoever comes by it is shown no names of the team.
    """

    pk: int
    last_day: date
    level: Level = Level.READ
    is_revoked: bool = False
    name: str = ""
    group_ids: frozenset[int] = frozenset()
    is_reviewer_link: bool = False
    is_double_blind: bool = False

    def is_in_force(self, today: date) -> bool:
        return not self.is_revoked and today <= self.last_day

    def is_for(self, viewer: Viewer) -> bool:
        is_named = self.name in viewer.names or viewer.person_id in self.group_ids
        return is_named or self.pk in viewer.grant_ids

    @property
    def way(self) -> Way:
        return Way.REVIEWER_LINK if self.is_reviewer_link else Way.GRANT


@dataclass(frozen=True, slots=True)
class Facts:
    """All that decides on a dataset or, with `released_early_on` None, on an investigation.

    scientists: of its instrument; grants: on it and, for a dataset, on its investigation too.
    """

    state: ReleaseState
    release_date: date | None
    member_ids: frozenset[int]
    released_early_on: date | None = None
    scientists: tuple[Appointment, ...] = ()
    grants: tuple[Grant, ...] = ()
    audience: Audience = Audience.EVERYONE


@dataclass(frozen=True, slots=True)
class Reason:
    """Why somebody may see something, and the last day they may; None where no end is set.

    grant_id: of the grant that lets them in, where it is one.
    """

    way: Way
    until: date | None = None
    grant_id: int | None = None
    is_double_blind: bool = False


def may_see(viewer: Viewer, facts: Facts, *, today: date, level: Level = Level.READ) -> bool:
    """Tells whether a viewer may see the data themselves, files and all, or what is said of them.

    An open state alone is not enough: the release date must have come too, so that neither a wrong
    clock at release nor an extension after it opens anything before its day.
    """
    return bool(reasons(viewer, facts, today=today, level=level))


def reasons(
    viewer: Viewer, facts: Facts, *, today: date, level: Level = Level.READ
) -> tuple[Reason, ...]:
    """Returns everything that lets a viewer see the data, the weightiest first; empty for none."""
    return tuple(_reasons(viewer, facts, today, level))


def _reasons(viewer: Viewer, facts: Facts, today: date, level: Level) -> Iterator[Reason]:
    if is_released(facts, today=today):
        if facts.audience is Audience.EVERYONE or level is Level.METADATA:
            yield Reason(Way.PUBLIC)
        elif viewer.is_registered:
            yield Reason(Way.REGISTERED)
    if viewer.person_id in facts.member_ids:
        yield Reason(Way.MEMBER)
    for appointment in facts.scientists:
        if appointment.person_id == viewer.person_id and appointment.is_in_force(today):
            yield Reason(Way.INSTRUMENT_SCIENTIST, appointment.last_day)
    if viewer.is_data_manager:
        yield Reason(Way.DATA_MANAGER)
    for grant in grants_in_force(facts, today=today):
        if grant.is_for(viewer) and grant.level in level.sufficient:
            yield Reason(grant.way, grant.last_day, grant.pk, grant.is_double_blind)


def grants_in_force(facts: Facts, *, today: date) -> tuple[Grant, ...]:
    """Returns the grants that let anybody in today, those that last longest first."""
    if facts.state in CLOSED_TO_GUESTS:
        return ()
    valid = [grant for grant in facts.grants if grant.is_in_force(today)]
    return tuple(sorted(valid, key=lambda grant: grant.last_day, reverse=True))


def is_inside(found: tuple[Reason, ...]) -> bool:
    """Tells whether somebody took part or works here: they see paths on the facility's disks."""
    return any(reason.way in INSIDE for reason in found)


def is_blind(found: tuple[Reason, ...]) -> bool:
    """Tells whether nothing but double-blind links lets somebody in: then no name is shown."""
    return bool(found) and all(reason.is_double_blind for reason in found)


def recorded(found: tuple[Reason, ...]) -> Reason | None:
    """Returns why a look is written down; None for what is public or one's own.

    ISIS data policy 3.6.4: staff may see data under embargo for facility purposes, and must keep
    them confidential.
    """
    if not found or found[0].way in UNRECORDED:
        return None
    return found[0]


def is_released(facts: Facts, *, today: date) -> bool:
    """Tells whether the data are open to their audience, and what is said of them to everyone.

    They are as a whole, or a dataset has been released early.
    """
    if facts.state is ReleaseState.OPEN:
        return _has_come(facts.release_date, today)
    return facts.state in IN_EMBARGO and _has_come(facts.released_early_on, today)


def _has_come(day: date | None, today: date) -> bool:
    return day is not None and day <= today
