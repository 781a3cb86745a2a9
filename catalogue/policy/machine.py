"""The state machine of an investigation's release: one event on plain values, pure."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from catalogue.policy.embargo import IN_EMBARGO, STORED_STATES, EmbargoTerms, ReleaseState
from catalogue.policy.events import Action, ActorRole, Case, Event, Refusal, is_due, resting
from catalogue.policy.requests import (
    approve_extension,
    ask_early_release,
    ask_extension,
    cancel,
    object_to,
    reject_extension,
)

Effect = Callable[[Case, Event, EmbargoTerms | None, date], Case | Refusal]


class Reason(StrEnum):
    """Whether whoever acts has to say why."""

    NEEDED = "needed"
    FROM_STAFF = "from_staff"
    OPTIONAL = "optional"


@dataclass(frozen=True, slots=True)
class Rule:
    """An action: in which states, for whom, whether with a reason, and what it does."""

    states: frozenset[ReleaseState]
    roles: frozenset[ActorRole]
    reason: Reason
    effect: Effect


def decide(case: Case, event: Event, terms: EmbargoTerms | None, *, today: date) -> Case | Refusal:
    """Returns where an investigation stands after an event, or why the event is refused."""
    rule = RULES[event.action]
    if event.role not in rule.roles:
        return Refusal(f"{event.who} may not {event.verb}.")
    if case.state not in rule.states:
        return Refusal(f"One cannot {event.verb} while it is {words(case.state)}.")
    if not event.reason.strip() and _needs_reason(rule, event.role):
        return Refusal("Say why: the reason stays in the ledger.")
    return rule.effect(case, event, terms, today)


def _needs_reason(rule: Rule, role: ActorRole) -> bool:
    if rule.reason is Reason.FROM_STAFF:
        return role is ActorRole.DATA_MANAGER
    return rule.reason is Reason.NEEDED


def standing(case: Case, *, has_open_datasets: bool, today: date) -> ReleaseState:
    """Returns the state as people are told it, with those that follow from days and datasets."""
    if is_due(case, today=today):
        return ReleaseState.RELEASE_DUE
    if case.state is ReleaseState.UNDER_EMBARGO and has_open_datasets:
        return ReleaseState.PARTIALLY_OPEN
    return case.state


def words(state: ReleaseState) -> str:
    """Returns a state as a sentence has it: 'early release pending'."""
    return state.value.replace("_", " ")


def _plan(case: Case, event: Event, terms: EmbargoTerms | None, today: date) -> Case | Refusal:
    if is_due(case, today=today):
        return Refusal("Its day has come: the data are to be released.")
    return replace(case, state=ReleaseState.PLANNED)


def _begin(case: Case, event: Event, terms: EmbargoTerms | None, today: date) -> Case | Refusal:
    return replace(case, state=ReleaseState.UNDER_EMBARGO)


def _reschedule(
    case: Case, event: Event, terms: EmbargoTerms | None, today: date
) -> Case | Refusal:
    """A computed day only ever moves a release to later days: a late file opens nothing early."""
    known = [day for day in (event.day, case.opens) if day is not None]
    return replace(case, opens=max(known, default=None))


def _reclassify(
    case: Case, event: Event, terms: EmbargoTerms | None, today: date
) -> Case | Refusal:
    if not _is_proprietary(case, terms):
        return Refusal("Its policy releases its data.")
    return replace(case.without_request(), state=ReleaseState.PROPRIETARY, opens=None)


def _release(case: Case, event: Event, terms: EmbargoTerms | None, today: date) -> Case | Refusal:
    if _is_proprietary(case, terms):
        return Refusal("Its policy keeps its data for their owner: they are never released.")
    if not is_due(case, today=today):
        return Refusal("Its day has not come.")
    days = [day for day in (case.opens, case.early_on) if day is not None]
    return replace(case.without_request(), state=ReleaseState.OPEN, opens=min(days))


def _await_decision(
    case: Case, event: Event, terms: EmbargoTerms | None, today: date
) -> Case | Refusal:
    """Holds back what was asked to stay closed in time, and is not decided on its day."""
    if case.opens is None or case.opens > today:
        return Refusal("Its day has not come.")
    return replace(case, state=ReleaseState.HELD, is_held_for_request=True)


def _hold(case: Case, event: Event, terms: EmbargoTerms | None, today: date) -> Case | Refusal:
    return replace(case, state=ReleaseState.HELD)


def _lift(case: Case, event: Event, terms: EmbargoTerms | None, today: date) -> Case | Refusal:
    if case.is_held_for_request:
        return Refusal("It waits for an answer to a request for an extension: decide that.")
    return resting(case)


def _waive(case: Case, event: Event, terms: EmbargoTerms | None, today: date) -> Case | Refusal:
    if event.day is None or event.day < today:
        return Refusal("Say from which day on the data are to be open: today or later.")
    return replace(case, state=ReleaseState.UNDER_EMBARGO, opens=event.day, is_waived=True)


def _set_day(case: Case, event: Event, terms: EmbargoTerms | None, today: date) -> Case | Refusal:
    """Open data whose day is moved to a later one, or taken away, are under embargo again."""
    if case.state is ReleaseState.PROPRIETARY:
        return Refusal("Proprietary data have no release date: waive the owner's right first.")
    is_open = case.state is ReleaseState.OPEN
    closes = is_open and (event.day is None or event.day > today)
    return replace(
        case, opens=event.day, state=ReleaseState.UNDER_EMBARGO if closes else case.state
    )


def _withdraw(case: Case, event: Event, terms: EmbargoTerms | None, today: date) -> Case | Refusal:
    return replace(case.without_request(), state=ReleaseState.WITHDRAWN)


def _note(case: Case, event: Event, terms: EmbargoTerms | None, today: date) -> Case | Refusal:
    """Changes nothing of the whole: datasets, or who decides, are what the event is about."""
    return case


def _is_proprietary(case: Case, terms: EmbargoTerms | None) -> bool:
    return terms is not None and terms.never_release and not case.is_waived


_ANY = frozenset(STORED_STATES)
_LIVE = _ANY - {ReleaseState.WITHDRAWN}
_BEFORE_OPENING = IN_EMBARGO | {ReleaseState.PLANNED, ReleaseState.HELD}
_CATALOGUE = frozenset({ActorRole.CATALOGUE})
_STAFF = frozenset({ActorRole.DATA_MANAGER})
_PI = frozenset({ActorRole.PRINCIPAL_INVESTIGATOR, ActorRole.DATA_MANAGER})
_TEAM = _PI | {ActorRole.MEMBER}
_ASKED = frozenset(
    {ReleaseState.EXTENSION_REQUESTED, ReleaseState.EARLY_RELEASE_PENDING, ReleaseState.HELD}
)
_EXTENDABLE = frozenset({ReleaseState.EXTENSION_REQUESTED, ReleaseState.HELD})
_OPENING = frozenset({ReleaseState.EARLY_RELEASE_PENDING, ReleaseState.HELD})
_EMBARGO = frozenset({ReleaseState.UNDER_EMBARGO})

RULES: dict[Action, Rule] = {
    Action.PLAN: Rule(_EMBARGO, _STAFF, Reason.OPTIONAL, _plan),
    Action.BEGIN: Rule(
        frozenset({ReleaseState.PLANNED}), _CATALOGUE | _STAFF, Reason.OPTIONAL, _begin
    ),
    Action.RESCHEDULE: Rule(_BEFORE_OPENING, _CATALOGUE, Reason.OPTIONAL, _reschedule),
    Action.RECLASSIFY: Rule(_BEFORE_OPENING, _CATALOGUE | _STAFF, Reason.OPTIONAL, _reclassify),
    Action.RELEASE: Rule(IN_EMBARGO, _CATALOGUE | _STAFF, Reason.OPTIONAL, _release),
    Action.RELEASE_PART: Rule(IN_EMBARGO, _CATALOGUE | _PI, Reason.OPTIONAL, _note),
    Action.CLOSE_PART: Rule(_ANY, _STAFF | _CATALOGUE, Reason.OPTIONAL, _note),
    Action.AWAIT_DECISION: Rule(
        frozenset({ReleaseState.EXTENSION_REQUESTED}), _CATALOGUE, Reason.OPTIONAL, _await_decision
    ),
    Action.REQUEST_EXTENSION: Rule(_EMBARGO, _PI, Reason.NEEDED, ask_extension),
    Action.APPROVE_EXTENSION: Rule(_EXTENDABLE, _STAFF, Reason.OPTIONAL, approve_extension),
    Action.REJECT_EXTENSION: Rule(_EXTENDABLE, _STAFF, Reason.NEEDED, reject_extension),
    Action.REQUEST_EARLY_RELEASE: Rule(_EMBARGO, _TEAM, Reason.FROM_STAFF, ask_early_release),
    Action.OBJECT: Rule(_OPENING, _TEAM, Reason.FROM_STAFF, object_to),
    Action.CANCEL: Rule(_ASKED, _PI, Reason.FROM_STAFF, cancel),
    Action.HOLD: Rule(
        IN_EMBARGO | {ReleaseState.PLANNED, ReleaseState.OPEN}, _STAFF, Reason.NEEDED, _hold
    ),
    Action.LIFT: Rule(frozenset({ReleaseState.HELD}), _STAFF, Reason.NEEDED, _lift),
    Action.WAIVE: Rule(frozenset({ReleaseState.PROPRIETARY}), _PI, Reason.NEEDED, _waive),
    Action.SET_DAY: Rule(_ANY, _STAFF, Reason.OPTIONAL, _set_day),
    Action.HAND_OVER: Rule(_LIVE, _PI, Reason.FROM_STAFF, _note),
    Action.WITHDRAW: Rule(_LIVE, _STAFF | _CATALOGUE, Reason.NEEDED, _withdraw),
}
