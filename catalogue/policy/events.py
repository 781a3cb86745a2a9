"""What can happen to an investigation on its way to the public, and where it stands; pure."""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Self

from catalogue.policy.embargo import ReleaseState


class Action(StrEnum):
    """What happens; each is one line of the ledger."""

    PLAN = "plan"
    BEGIN = "begin"
    RESCHEDULE = "reschedule"
    RECLASSIFY = "reclassify"
    RELEASE = "release"
    RELEASE_PART = "release_part"
    CLOSE_PART = "close_part"
    AWAIT_DECISION = "await_decision"
    REQUEST_EXTENSION = "request_extension"
    APPROVE_EXTENSION = "approve_extension"
    REJECT_EXTENSION = "reject_extension"
    REQUEST_EARLY_RELEASE = "request_early_release"
    OBJECT = "object"
    CANCEL = "cancel"
    HOLD = "hold"
    LIFT = "lift"
    WAIVE = "waive"
    SET_DAY = "set_day"
    HAND_OVER = "hand_over"
    WITHDRAW = "withdraw"


VERBS = {
    Action.PLAN: "plan the experiment anew",
    Action.BEGIN: "begin the embargo",
    Action.RESCHEDULE: "reschedule the release",
    Action.RECLASSIFY: "make the data proprietary",
    Action.RELEASE: "release the data",
    Action.RELEASE_PART: "release part of the data",
    Action.CLOSE_PART: "close part of the data",
    Action.AWAIT_DECISION: "hold the release back for a decision",
    Action.REQUEST_EXTENSION: "ask for an extension",
    Action.APPROVE_EXTENSION: "approve an extension",
    Action.REJECT_EXTENSION: "reject an extension",
    Action.REQUEST_EARLY_RELEASE: "release early",
    Action.OBJECT: "object to the early release",
    Action.CANCEL: "take the request back",
    Action.HOLD: "hold the release back",
    Action.LIFT: "lift the hold",
    Action.WAIVE: "waive the owner’s right",
    Action.SET_DAY: "set the release date",
    Action.HAND_OVER: "hand over to a successor",
    Action.WITHDRAW: "withdraw the data",
}


class ActorRole(StrEnum):
    """As whom somebody acts; *catalogue* is the schedule, ingest and what follows from a policy."""

    CATALOGUE = "catalogue"
    PRINCIPAL_INVESTIGATOR = "principal_investigator"
    MEMBER = "member"
    DATA_MANAGER = "data_manager"


@dataclass(frozen=True, slots=True)
class Case:
    """Where an investigation stands.

    opens: its release date, None where none is known. extensions, extended_months: those granted.
    asked_months: of an extension that is asked for and not decided, 0 for none. early_on: the day
    an early release takes effect unless somebody objects. is_held_for_request: held by the schedule
    until the extension is decided, not by a person. is_waived: the owner has given up the right to
    keep proprietary data.
    """

    state: ReleaseState
    opens: date | None
    extensions: int = 0
    extended_months: int = 0
    asked_months: int = 0
    early_on: date | None = None
    is_held_for_request: bool = False
    is_waived: bool = False

    def without_request(self) -> Self:
        return replace(self, asked_months=0, early_on=None, is_held_for_request=False)


@dataclass(frozen=True, slots=True)
class Event:
    """One act. months: of an extension; day: of a new release date."""

    action: Action
    role: ActorRole = ActorRole.CATALOGUE
    reason: str = ""
    months: int = 0
    day: date | None = None

    @property
    def verb(self) -> str:
        return VERBS[self.action]

    @property
    def who(self) -> str:
        return f"A {self.role.value.replace('_', ' ')}"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an event does not happen, in a sentence for whoever wanted it."""

    reason: str


def is_due(case: Case, *, today: date) -> bool:
    """Tells whether the schedule has to open the data.

    An extension that was asked for in time stands in the way until it is decided: the schedule
    holds such data back instead (`Action.AWAIT_DECISION`).
    """
    has_come = case.opens is not None and case.opens <= today
    if case.state is ReleaseState.EARLY_RELEASE_PENDING:
        return has_come or (case.early_on is not None and case.early_on <= today)
    return case.state is ReleaseState.UNDER_EMBARGO and has_come


def resting(case: Case) -> Case:
    """Returns a case in the embargo state that its open requests put it in, without a hold."""
    state = ReleaseState.UNDER_EMBARGO
    if case.asked_months:
        state = ReleaseState.EXTENSION_REQUESTED
    elif case.early_on is not None:
        state = ReleaseState.EARLY_RELEASE_PENDING
    return replace(case, state=state, is_held_for_request=False)
