"""What somebody may do about a release now: what the state machine would let through."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from catalogue.policy.embargo import EmbargoTerms, add_months
from catalogue.policy.events import Action, ActorRole, Case, Event, Refusal
from catalogue.policy.machine import RULES, Reason, decide
from catalogue.policy.requests import most_months

# In the order of a page: what helps most people first. The schedule and ingest do the others.
BY_PEOPLE = (
    Action.APPROVE_EXTENSION,
    Action.REJECT_EXTENSION,
    Action.OBJECT,
    Action.CANCEL,
    Action.REQUEST_EXTENSION,
    Action.REQUEST_EARLY_RELEASE,
    Action.LIFT,
    Action.WAIVE,
    Action.HAND_OVER,
    Action.HOLD,
)


@dataclass(frozen=True, slots=True)
class Offer:
    """An action that is possible.

    extensions: the months that an extension may have, each with the day the data would open then;
    the longest is the last. first_day: the earliest day that may be chosen, where one is needed.
    """

    action: Action
    needs_reason: bool
    extensions: tuple[tuple[int, date], ...] = ()
    first_day: date | None = None

    @property
    def label(self) -> str:
        verb = Event(self.action).verb
        return verb[0].upper() + verb[1:]


def offers(
    case: Case, role: ActorRole, terms: EmbargoTerms | None, *, today: date
) -> Iterator[Offer]:
    """Yields what somebody in a role may do, asked of the same rule that will decide on it."""
    for action in BY_PEOPLE:
        is_extension = action is Action.REQUEST_EXTENSION
        months = most_months(case, terms) if terms and is_extension else 0
        event = Event(action, role, "Asked.", months, today)
        if not isinstance(decide(case, event, terms, today=today), Refusal):
            yield Offer(
                action,
                _needs_reason(action, role),
                extensions=tuple(_extensions(case, months)),
                first_day=today if action is Action.WAIVE else None,
            )


def _extensions(case: Case, most: int) -> Iterator[tuple[int, date]]:
    if case.opens is not None:
        for months in range(1, most + 1):
            yield months, add_months(case.opens, months)


def _needs_reason(action: Action, role: ActorRole) -> bool:
    reason = RULES[action].reason
    return reason is Reason.NEEDED or (
        reason is Reason.FROM_STAFF and role is ActorRole.DATA_MANAGER
    )
