"""The one way to change a release state: event, rows and public records, in one transaction."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from catalogue.models import (
    Investigation,
    Person,
    ReleaseRequest,
    ReleaseRequestState,
    RequestKind,
)
from catalogue.policy.embargo import Audience, ReleaseState
from catalogue.policy.events import Action, ActorRole, Case, Event, Refusal, is_due
from catalogue.policy.machine import decide
from catalogue.publication import ledger
from catalogue.publication.act import Act
from catalogue.publication.rolling import schedule_datasets
from catalogue.publication.upkeep import rewrite_records

# What a transition may change of an investigation's row.
COLUMNS = (
    "release_state",
    "release_date",
    "audience",
    "released_at",
    "extensions",
    "extended_months",
    "is_held_for_request",
    "is_waived",
    "modified_at",
)
_OUTCOMES = {
    Action.REQUEST_EXTENSION: ReleaseRequestState.GRANTED,
    Action.APPROVE_EXTENSION: ReleaseRequestState.GRANTED,
    Action.REJECT_EXTENSION: ReleaseRequestState.REJECTED,
    Action.OBJECT: ReleaseRequestState.OBJECTED,
    Action.CANCEL: ReleaseRequestState.CANCELLED,
}


class RefusedError(Exception):
    """An event that may not happen; `reason` says why, in a sentence for whoever wanted it."""

    def __init__(self, investigation: Investigation, reason: str) -> None:
        super().__init__(f"{investigation}: {reason}")
        self.reason = reason


def transition(
    investigation_id: int, event: Event, *, act: Act, details: dict[str, Any] | None = None
) -> Investigation:
    """Lets one event happen to an investigation, and what has become due by it.

    Raises:
        RefusedError: the policy, the state or the role does not allow it.
    """
    with transaction.atomic():
        investigation = Investigation.objects.locked().get(pk=investigation_id)
        carry_out(investigation, event, act=act, details=details)
        settle(investigation, act=act)
        rewrite_records(investigation, now=act.now)
    return investigation


def release(investigation_id: int, *, act: Act, role: ActorRole = ActorRole.CATALOGUE) -> bool:
    """Opens an investigation whose day has come; returns whether it did.

    What is not due is left alone, so that a release may be tried twice, or by two workers at once;
    so is what a policy has meanwhile declared proprietary. What waits for an answer to a request
    that was made in time is held back.
    """
    with transaction.atomic():
        investigation = Investigation.objects.locked().get(pk=investigation_id)
        is_settled = settle(investigation, act=act, role=role)
        if is_settled:
            rewrite_records(investigation, now=act.now)
        return is_settled and investigation.state is ReleaseState.OPEN


def settle(
    investigation: Investigation, *, act: Act, role: ActorRole = ActorRole.CATALOGUE
) -> bool:
    """Does what the day asks of a locked investigation; returns whether that was anything."""
    case = case_of(investigation, pending_request(investigation))
    event = Event(Action.AWAIT_DECISION, reason="An extension was asked for and is not decided.")
    if is_due(case, today=act.today):
        event = Event(Action.RELEASE, role, reason="Its day has come.")
    policy = investigation.proposal.embargo_policy
    outcome = decide(case, event, policy.terms if policy else None, today=act.today)
    if isinstance(outcome, Refusal):
        return False
    carry_out(investigation, event, act=act)
    return True


def carry_out(
    investigation: Investigation,
    event: Event,
    *,
    act: Act,
    details: dict[str, Any] | None = None,
) -> None:
    """Writes an event's row and line; the caller has the lock, and rewrites the records last.

    Raises:
        RefusedError: the policy, the state or the role does not allow it.
    """
    request = pending_request(investigation)
    before = case_of(investigation, request)
    policy = investigation.proposal.embargo_policy
    after = decide(before, event, policy.terms if policy else None, today=act.today)
    if isinstance(after, Refusal):
        raise RefusedError(investigation, after.reason)
    put_into(investigation, after, act=act)
    investigation.save(update_fields=COLUMNS)
    if after.extended_months != before.extended_months:
        schedule_datasets(investigation)
    keep_request(investigation, request, event, before=before, after=after, act=act)
    said = {"months": event.months} if event.months else {}
    ledger.append(
        [ledger.Line(investigation, event, before, after, {**said, **(details or {})})], act=act
    )


def pending_request(investigation: Investigation) -> ReleaseRequest | None:
    return investigation.release_requests.filter(state=ReleaseRequestState.PENDING).first()


def pending_requests(investigation_ids: Iterable[int]) -> dict[int, ReleaseRequest]:
    """Returns the undecided request of each investigation that has one."""
    rows = ReleaseRequest.objects.filter(
        investigation__in=list(investigation_ids), state=ReleaseRequestState.PENDING
    )
    return {row.investigation_id: row for row in rows}


def case_of(investigation: Investigation, request: ReleaseRequest | None) -> Case:
    """Returns where an investigation stands, as the state machine sees it."""
    return Case(
        state=investigation.state,
        opens=investigation.release_date,
        extensions=investigation.extensions,
        extended_months=investigation.extended_months,
        asked_months=request.months if request else 0,
        early_on=request.takes_effect_on if request else None,
        is_held_for_request=investigation.is_held_for_request,
        is_waived=investigation.is_waived,
    )


def put_into(investigation: Investigation, case: Case, *, act: Act) -> None:
    """Sets the columns of a row to a case; `released_at` is kept as long as it is open."""
    if case.state is ReleaseState.OPEN:
        investigation.released_at = investigation.released_at or act.now
    elif case.state is not ReleaseState.WITHDRAWN:
        investigation.released_at = None
    investigation.release_state = case.state
    investigation.release_date = case.opens
    investigation.audience = audience_of(investigation)
    investigation.extensions = case.extensions
    investigation.extended_months = case.extended_months
    investigation.is_held_for_request = case.is_held_for_request
    investigation.is_waived = case.is_waived
    investigation.modified_at = act.now


def audience_of(investigation: Investigation) -> Audience:
    """Returns who gets its files once they are open, by its policy's word."""
    policy = investigation.proposal.embargo_policy
    return Audience(policy.audience) if policy else Audience.EVERYONE


def keep_request(
    investigation: Investigation,
    request: ReleaseRequest | None,
    event: Event,
    *,
    before: Case,
    after: Case,
    act: Act,
) -> None:
    """Enters a request that an event has made, or closes the one that it has decided."""
    if event.action in (Action.REQUEST_EXTENSION, Action.REQUEST_EARLY_RELEASE):
        request = _ask(investigation, event, after, act)
    is_open = bool(after.asked_months or after.early_on)
    if request is None or is_open:
        return
    request.state = _OUTCOMES.get(event.action, ReleaseRequestState.LAPSED)
    if event.action is Action.RELEASE and before.early_on is not None:
        request.state = ReleaseRequestState.GRANTED
    request.decided_at = act.now
    request.decided_by_name = act.actor_name
    request.comment = event.reason if event.action is not Action.REQUEST_EXTENSION else ""
    request.save()


def _ask(investigation: Investigation, event: Event, after: Case, act: Act) -> ReleaseRequest:
    is_early = event.action is Action.REQUEST_EARLY_RELEASE
    return ReleaseRequest.objects.create(
        investigation=investigation,
        kind=RequestKind.EARLY_RELEASE if is_early else RequestKind.EXTENSION,
        # Whatever a form says besides: an early release asks for no months.
        months=0 if is_early else event.months,
        takes_effect_on=after.early_on,
        reason=event.reason,
        asked_by=act.actor,
        asked_by_person=act.person or _person_of(act),
        asked_by_name=act.actor_name,
        asked_as=event.role.value,
        asked_at=act.now,
    )


def _person_of(act: Act) -> Person | None:
    return Person.objects.filter(user=act.actor).first() if act.actor else None
