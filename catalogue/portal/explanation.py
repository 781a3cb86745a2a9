"""Who may see what, and until when, in sentences: `policy.visibility` put into words."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from catalogue.policy.embargo import ReleaseState
from catalogue.policy.retention import Kept
from catalogue.policy.visibility import Facts, Reason, Way, grants_in_force, is_public
from catalogue.record import Access

BadgeKind = Literal["open", "embargoed", "restricted", "proprietary", "withdrawn"]

INSIDERS = (
    "The people of the experiment, the scientists of the instrument and the facility’s data"
    " managers{guests}."
)
NEVER_BY_ITSELF = (ReleaseState.HELD, ReleaseState.PROPRIETARY, ReleaseState.WITHDRAWN)
CONFIDENTIAL = "Keep it confidential; the team can see that you looked."


@dataclass(frozen=True, slots=True)
class Badge:
    """The access to some data in a word or two; `kind` is what the stylesheet colours it by."""

    kind: BadgeKind
    text: str


def public_badge(access: Access, opens: date | None) -> Badge:
    """Returns what the public is told of access. `opens`: the day of opening, where it is known."""
    if access == "open":
        return Badge("open", "Open")
    if access == "embargoed" and opens is not None:
        return Badge("embargoed", f"Embargoed until {long_day(opens)}")
    return Badge("restricted", "Closed")


def state_badge(facts: Facts, *, today: date) -> Badge:
    """Returns what members and data managers are told: the state behind the access too."""
    if is_public(facts, today=today):
        return Badge("open", "Open")
    match facts.state:
        case ReleaseState.PROPRIETARY:
            return Badge("proprietary", "Proprietary")
        case ReleaseState.WITHDRAWN:
            return Badge("withdrawn", "Withdrawn")
        case ReleaseState.HELD:
            return Badge("restricted", "Held back")
    if facts.release_date is None:
        return Badge("restricted", "Closed")
    if facts.release_date <= today:
        return Badge("embargoed", "Embargo over, release due")
    return Badge("embargoed", f"Embargoed until {long_day(facts.release_date)}")


def who_can_see(facts: Facts, *, policy: str, today: date) -> str:
    """Returns who may see the data, why, and until when. `policy` is its name, or ''."""
    if is_public(facts, today=today):
        return f"Everyone. {_since(facts)}"
    insiders = INSIDERS.format(guests=_guests(facts, today))
    return f"{insiders} {why_closed(facts, policy=policy, today=today)}"


def _guests(facts: Facts, today: date) -> str:
    """Returns the end of the sentence that names who can see it: how many were let in besides."""
    number = len(grants_in_force(facts, today=today))
    if not number:
        return ""
    return ", and whoever was let in for a time" + (f" ({number} grants)" if number > 1 else "")


def opening(facts: Facts, *, today: date) -> date | None:
    """Returns the day since when, or from when on, everyone can see the data, if one is known."""
    if is_public(facts, today=today):
        return facts.release_date if facts.state is ReleaseState.OPEN else facts.released_early_on
    if facts.state in NEVER_BY_ITSELF or facts.release_date is None:
        return None
    return facts.release_date if facts.release_date > today else None


def why_closed(facts: Facts, *, policy: str, today: date) -> str:
    """Returns why data are not public, and what would make them so."""
    match facts.state:
        case ReleaseState.PROPRIETARY:
            return "The beamtime was proprietary: the data are never released."
        case ReleaseState.WITHDRAWN:
            return "The data have been withdrawn."
        case ReleaseState.HELD:
            return "A data manager holds the release back until further notice."
    if facts.release_date is None:
        return _no_day(policy)
    if facts.release_date <= today:
        return f"The embargo ended on {long_day(facts.release_date)}; the release is due."
    under = f", under the policy “{policy}”" if policy else ""
    return (
        f"The data open to everyone on {long_day(facts.release_date)},"
        f" {in_days(facts.release_date, today=today)}{under}."
    )


def how_long_kept(kept: Kept, *, today: date) -> str:
    """Returns until when a policy promises that data are there."""
    told = f"Raw data until {long_day(kept.raw_until)} at least"
    if kept.reduced_until != kept.raw_until:
        told += f", reduced data until {long_day(kept.reduced_until)}"
    if kept.on_disk_until == kept.raw_until:
        return f"{told}."
    if kept.on_disk_until < today:
        return f"{told}; since {long_day(kept.on_disk_until)} perhaps in the archive alone."
    return f"{told}; on disk until {long_day(kept.on_disk_until)}, then in the archive."


def why_you(found: tuple[Reason, ...]) -> str:
    """Returns why somebody sees data that not everyone sees; '' where everyone does."""
    if not found or found[0].way is Way.PUBLIC:
        return ""
    until = f" until {long_day(found[0].until)}" if found[0].until else ""
    return {
        Way.MEMBER: "You see this because you are one of the people of the experiment.",
        Way.INSTRUMENT_SCIENTIST: (
            f"You see this because you look after the instrument{until}. {CONFIDENTIAL}"
        ),
        Way.DATA_MANAGER: f"You see this because you are a data manager. {CONFIDENTIAL}",
        Way.GRANT: f"You see this because it was shared with you{until}.",
        Way.REVIEWER_LINK: f"You see this by a link for reviewers, which works{until}.",
    }[found[0].way]


def why_listed(found: tuple[Reason, ...]) -> str:
    """Returns in a few words why something is in somebody's list; '' for what is their own."""
    own = [reason for reason in found if reason.way is not Way.PUBLIC]
    until = f" until {long_day(own[0].until)}" if own and own[0].until else ""
    words = {
        Way.INSTRUMENT_SCIENTIST: f"your instrument{until}",
        Way.GRANT: f"shared with you{until}",
        Way.REVIEWER_LINK: f"for review{until}",
    }
    return words.get(own[0].way, "") if own else ""


def in_days(day: date, *, today: date) -> str:
    """Returns how far off a day is: 'today', 'tomorrow', 'in 110 days', '3 days ago'."""
    days = (day - today).days
    if days in (-1, 0, 1):
        return ("yesterday", "today", "tomorrow")[days + 1]
    return f"in {days:,} days" if days > 0 else f"{-days:,} days ago"


def long_day(day: date) -> str:
    """Returns a day as a sentence has it, '12 March 2027'; the same in every locale."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _since(facts: Facts) -> str:
    if facts.state is ReleaseState.OPEN and facts.release_date is not None:
        return f"The data opened on {long_day(facts.release_date)}."
    if facts.released_early_on is not None:
        early = long_day(facts.released_early_on)
        return f"Released early, on {early}; the rest of the investigation is still closed."
    return ""


def _no_day(policy: str) -> str:
    if policy:
        return f"No opening day is known yet: the policy “{policy}” counts from days not recorded."
    return "No opening day is known: the proposal has no embargo policy."


# Not strftime's: those follow the locale of the process.
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
