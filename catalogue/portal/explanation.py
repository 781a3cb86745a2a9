"""Who may see what, and until when, in sentences: `policy.visibility` put into words."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from catalogue.policy.embargo import Audience, ReleaseState
from catalogue.policy.retention import Kept
from catalogue.policy.visibility import Facts, Reason, Way, grants_in_force, is_released
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


REGISTERED_BADGE = Badge("open", "Open to registered users")


def public_badge(access: Access, opens: date | None) -> Badge:
    """Returns what the public is told of access. `opens`: the day of opening, where it is known."""
    if access == "open":
        return Badge("open", "Open")
    if access == "registered":
        return REGISTERED_BADGE
    if access == "embargoed" and opens is not None:
        return Badge("embargoed", f"Embargoed until {long_day(opens)}")
    return Badge("restricted", "Closed")


def state_badge(facts: Facts, *, has_open_datasets: bool = False, today: date) -> Badge:
    """Returns what members and data managers are told: the state behind the access too."""
    if is_released(facts, today=today):
        is_for_all = facts.audience is Audience.EVERYONE
        return Badge("open", "Open") if is_for_all else REGISTERED_BADGE
    if facts.state in _STATE_BADGES:
        return _STATE_BADGES[facts.state]
    if facts.release_date is None:
        return Badge("restricted", "Closed")
    if facts.release_date <= today:
        return Badge("embargoed", "Embargo over, release due")
    if facts.state is ReleaseState.EARLY_RELEASE_PENDING:
        return Badge("embargoed", "Early release pending")
    until = f"until {long_day(facts.release_date)}"
    if has_open_datasets:
        return Badge("embargoed", f"Partially open, the rest embargoed {until}")
    return Badge("embargoed", f"Embargoed {until}")


_STATE_BADGES = {
    ReleaseState.PLANNED: Badge("restricted", "Planned"),
    ReleaseState.EXTENSION_REQUESTED: Badge("embargoed", "Extension requested"),
    ReleaseState.HELD: Badge("restricted", "Held back"),
    ReleaseState.PROPRIETARY: Badge("proprietary", "Proprietary"),
    ReleaseState.WITHDRAWN: Badge("withdrawn", "Withdrawn"),
}


def audience_in_words(audience: Audience) -> str:
    """Returns whom released data are open to, at the beginning of a sentence."""
    return "Everyone" if audience is Audience.EVERYONE else "Everyone who has logged in"


def who_can_see(facts: Facts, *, policy: str, today: date) -> str:
    """Returns who may see the data, why, and until when. `policy` is its name, or ''."""
    if is_released(facts, today=today):
        return f"{audience_in_words(facts.audience)}. {_since(facts)}"
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
    if is_released(facts, today=today):
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
        case ReleaseState.PLANNED:
            return "The experiment has not begun."
        case ReleaseState.EXTENSION_REQUESTED:
            return "The team asked for more time: the data stay closed until that is decided."
    if facts.release_date is None:
        return _no_day(policy)
    if facts.release_date <= today:
        return f"The embargo ended on {long_day(facts.release_date)}; the release is due."
    under = f", under the policy “{policy}”" if policy else ""
    everyone = audience_in_words(facts.audience).lower()
    sooner = ""
    if facts.state is ReleaseState.EARLY_RELEASE_PENDING:
        sooner = " Unless somebody of the team objects in time, they open earlier."
    return (
        f"The data open to {everyone} on {long_day(facts.release_date)},"
        f" {in_days(facts.release_date, today=today)}{under}.{sooner}"
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
        Way.REGISTERED: "You see the files because you have logged in.",
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
