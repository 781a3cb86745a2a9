"""The state machine: every action × every state × every role, then policies × events × days."""

from dataclasses import replace
from datetime import date
from itertools import product

import pytest

from catalogue.policy.embargo import (
    STORED_STATES,
    Anchor,
    EarlyReleaseBy,
    EmbargoTerms,
    ExtensionApprover,
    MetadataVisibility,
    ReleaseState,
)
from catalogue.policy.events import VERBS, Action, ActorRole, Case, Event, Refusal
from catalogue.policy.machine import RULES, decide, standing

TODAY = date(2026, 3, 1)
YESTERDAY, TOMORROW = date(2026, 2, 28), date(2026, 3, 2)
LATER, LAST_YEAR = date(2027, 3, 1), date(2025, 3, 1)
S, R, A = ReleaseState, ActorRole, Action
PI, MEMBER, DM, CATALOGUE = R.PRINCIPAL_INVESTIGATOR, R.MEMBER, R.DATA_MANAGER, R.CATALOGUE


def terms(**changes: object) -> EmbargoTerms:
    values = {
        "duration_months": 36,
        "anchor": Anchor.END_OF_INVESTIGATION,
        "never_release": False,
        "metadata_visibility": MetadataVisibility.MINIMAL,
        "max_extensions": 2,
        "extension_months": 12,
        "objection_days": 14,
    }
    return EmbargoTerms(**values | changes)  # type: ignore[arg-type]


def case(state: ReleaseState, opens: date | None = LATER, **changes: object) -> Case:
    """Returns a case with the request that its state speaks of."""
    asked = {
        S.EXTENSION_REQUESTED: {"asked_months": 6},
        S.EARLY_RELEASE_PENDING: {"early_on": date(2026, 3, 15)},
        S.PROPRIETARY: {"opens": None},
    }.get(state, {})
    return Case(**{"state": state, "opens": opens, **asked, **changes})  # type: ignore[arg-type]


# Who may do what, and in which states, written out by hand: S.OPEN as "open".
EMBARGO = "under_embargo extension_requested early_release_pending"
BEFORE = f"planned held {EMBARGO}"
EVERY = " ".join(STORED_STATES)
TABLE = {
    A.PLAN: ("data_manager", "under_embargo"),
    A.BEGIN: ("catalogue data_manager", "planned"),
    A.RESCHEDULE: ("catalogue", BEFORE),
    A.RECLASSIFY: ("catalogue data_manager", BEFORE),
    A.RELEASE: ("catalogue data_manager", EMBARGO),
    A.RELEASE_PART: ("catalogue principal_investigator data_manager", EMBARGO),
    A.CLOSE_PART: ("catalogue data_manager", EVERY),
    A.AWAIT_DECISION: ("catalogue", "extension_requested"),
    A.REQUEST_EXTENSION: ("principal_investigator data_manager", "under_embargo"),
    A.APPROVE_EXTENSION: ("data_manager", "extension_requested held"),
    A.REJECT_EXTENSION: ("data_manager", "extension_requested held"),
    A.REQUEST_EARLY_RELEASE: ("principal_investigator member data_manager", "under_embargo"),
    A.OBJECT: ("principal_investigator member data_manager", "early_release_pending held"),
    A.CANCEL: (
        "principal_investigator data_manager",
        "extension_requested early_release_pending held",
    ),
    A.HOLD: ("data_manager", f"planned open {EMBARGO}"),
    A.LIFT: ("data_manager", "held"),
    A.WAIVE: ("principal_investigator data_manager", "proprietary"),
    A.SET_DAY: ("data_manager", EVERY),
    A.HAND_OVER: ("principal_investigator data_manager", EVERY.replace("withdrawn", "")),
    A.WITHDRAW: ("data_manager catalogue", EVERY.replace("withdrawn", "")),
}


def test_the_table_knows_every_action() -> None:
    assert set(TABLE) == set(Action) == set(RULES) == set(VERBS)


@pytest.mark.parametrize("action", Action)
def test_who_may_and_when(action: Action) -> None:
    """By role and state alone: whatever else may still stand in the way."""
    roles, states = (text.split() for text in TABLE[action])
    for role, state in product(ActorRole, STORED_STATES):
        event = Event(action, role, "Because.", months=6, day=LATER)
        outcome = decide(case(state), event, terms(), today=TODAY)
        refusal = outcome.reason if isinstance(outcome, Refusal) else ""
        assert ("may not" in refusal) is (role not in roles), (role, state)
        if role in roles:
            assert ("One cannot" in refusal) is (state not in states), (role, state)


@pytest.mark.parametrize("action", [A.HOLD, A.LIFT, A.WITHDRAW, A.REJECT_EXTENSION, A.WAIVE])
def test_what_staff_decide_against_the_schedule_needs_a_reason(action: Action) -> None:
    state = next(iter(RULES[action].states))
    outcome = decide(case(state), Event(action, DM, " ", day=LATER), terms(), today=TODAY)
    assert outcome == Refusal("Say why: the reason stays in the ledger.")


def extended(**changes: object) -> Case:
    return case(S.UNDER_EMBARGO, extensions=1, **changes)


@pytest.mark.parametrize(
    ("policy", "before", "event", "after"),
    [
        pytest.param(
            terms(), case(S.UNDER_EMBARGO), Event(A.REQUEST_EXTENSION, PI, "Thesis.", 12),
            case(S.EXTENSION_REQUESTED, asked_months=12), id="an-extension-waits-for-its-approval",
        ),
        pytest.param(
            terms(extension_approver=ExtensionApprover.AUTOMATIC), case(S.UNDER_EMBARGO),
            Event(A.REQUEST_EXTENSION, PI, "Thesis.", 12),
            case(S.UNDER_EMBARGO, date(2028, 3, 1), extensions=1, extended_months=12),
            id="light-touch-approves-by-itself",
        ),
        pytest.param(
            terms(), case(S.UNDER_EMBARGO), Event(A.REQUEST_EXTENSION, PI, "Thesis.", 13),
            "the policy allows 1 to 12 now", id="no-longer-than-the-policy-allows",
        ),
        pytest.param(
            terms(max_total_months=40), case(S.UNDER_EMBARGO),
            Event(A.REQUEST_EXTENSION, PI, "Thesis.", 5),
            "the policy allows 1 to 4 now", id="no-further-than-the-longest-embargo",
        ),
        pytest.param(
            terms(max_extensions=0), case(S.UNDER_EMBARGO),
            Event(A.REQUEST_EXTENSION, PI, "Thesis.", 5), "no extension", id="none-allowed",
        ),
        pytest.param(
            terms(max_extensions=1), extended(), Event(A.REQUEST_EXTENSION, PI, "Thesis.", 5),
            "one extension; 1 granted", id="no-more-than-the-policy-allows",
        ),
        pytest.param(
            terms(), case(S.UNDER_EMBARGO, TODAY), Event(A.REQUEST_EXTENSION, PI, "Thesis.", 5),
            "Its embargo is over", id="too-late",
        ),
        pytest.param(
            terms(), case(S.UNDER_EMBARGO, None), Event(A.REQUEST_EXTENSION, PI, "Thesis.", 5),
            "No release date is known", id="no-day-to-extend",
        ),
        pytest.param(
            None, case(S.UNDER_EMBARGO), Event(A.REQUEST_EXTENSION, PI, "Thesis.", 5),
            "no embargo policy", id="no-policy",
        ),
        pytest.param(
            terms(), case(S.EXTENSION_REQUESTED), Event(A.APPROVE_EXTENSION, DM),
            case(S.UNDER_EMBARGO, date(2027, 9, 1), extensions=1, extended_months=6),
            id="approved",
        ),
        pytest.param(
            terms(extension_approver=ExtensionApprover.DIRECTOR), case(S.EXTENSION_REQUESTED),
            Event(A.APPROVE_EXTENSION, DM), "say who has decided", id="the-directors-word-is-named",
        ),
        pytest.param(
            terms(), case(S.EXTENSION_REQUESTED), Event(A.REJECT_EXTENSION, DM, "No reason."),
            case(S.UNDER_EMBARGO), id="rejected",
        ),
        pytest.param(
            terms(), case(S.EXTENSION_REQUESTED, YESTERDAY), Event(A.AWAIT_DECISION),
            case(S.HELD, YESTERDAY, asked_months=6, is_held_for_request=True),
            id="undecided-on-its-day-is-held",
        ),
        pytest.param(
            terms(), case(S.EXTENSION_REQUESTED, TOMORROW), Event(A.AWAIT_DECISION),
            "Its day has not come", id="undecided-before-its-day-waits",
        ),
        pytest.param(
            terms(), case(S.HELD, YESTERDAY, asked_months=6, is_held_for_request=True),
            Event(A.REJECT_EXTENSION, DM, "No."), case(S.UNDER_EMBARGO, YESTERDAY),
            id="a-rejection-ends-the-hold-that-waited-for-it",
        ),
        pytest.param(
            terms(), case(S.HELD, asked_months=6), Event(A.APPROVE_EXTENSION, DM),
            case(S.HELD, date(2027, 9, 1), extensions=1, extended_months=6),
            id="an-approval-leaves-a-persons-hold",
        ),
        pytest.param(
            terms(), case(S.HELD, asked_months=6, is_held_for_request=True),
            Event(A.LIFT, DM, "Why wait."), "decide that", id="a-waiting-request-is-decided",
        ),
        pytest.param(
            terms(), case(S.UNDER_EMBARGO), Event(A.REQUEST_EARLY_RELEASE, PI),
            case(S.EARLY_RELEASE_PENDING, early_on=date(2026, 3, 15)),
            id="an-early-release-waits-for-objections",
        ),
        pytest.param(
            terms(), case(S.UNDER_EMBARGO), Event(A.REQUEST_EARLY_RELEASE, MEMBER),
            "a principal investigator releases early", id="only-whom-the-policy-lets",
        ),
        pytest.param(
            terms(early_release_by=EarlyReleaseBy.ANY_MEMBER), case(S.UNDER_EMBARGO),
            Event(A.REQUEST_EARLY_RELEASE, MEMBER),
            case(S.EARLY_RELEASE_PENDING, early_on=date(2026, 3, 15)), id="any-member",
        ),
        pytest.param(
            terms(early_release_by=EarlyReleaseBy.DATA_MANAGER), case(S.UNDER_EMBARGO),
            Event(A.REQUEST_EARLY_RELEASE, PI), "a data manager releases", id="staff-only",
        ),
        pytest.param(
            terms(), case(S.UNDER_EMBARGO, date(2026, 3, 15)), Event(A.REQUEST_EARLY_RELEASE, PI),
            "opens by itself before", id="not-early-at-all",
        ),
        pytest.param(
            terms(), case(S.EARLY_RELEASE_PENDING), Event(A.OBJECT, MEMBER),
            case(S.UNDER_EMBARGO), id="one-objection-is-enough",
        ),
        pytest.param(
            terms(), case(S.EARLY_RELEASE_PENDING, early_on=TODAY), Event(A.OBJECT, MEMBER),
            "The time to object ended on 2026-03-01", id="a-late-objection",
        ),
        pytest.param(
            terms(), case(S.EARLY_RELEASE_PENDING, early_on=TODAY), Event(A.RELEASE),
            case(S.OPEN, TODAY), id="nobody-objected",
        ),
        pytest.param(
            terms(), case(S.EARLY_RELEASE_PENDING), Event(A.RELEASE),
            "Its day has not come", id="not-before-the-window-has-passed",
        ),
        pytest.param(
            terms(), case(S.EARLY_RELEASE_PENDING), Event(A.CANCEL, PI),
            case(S.UNDER_EMBARGO), id="taken-back",
        ),
        pytest.param(
            terms(), case(S.UNDER_EMBARGO, TODAY), Event(A.RELEASE), case(S.OPEN, TODAY),
            id="released-on-its-day",
        ),
        pytest.param(
            terms(), case(S.UNDER_EMBARGO, TOMORROW), Event(A.RELEASE), "Its day has not come",
            id="not-a-day-before",
        ),
        pytest.param(
            terms(), case(S.UNDER_EMBARGO, None), Event(A.RELEASE), "Its day has not come",
            id="never-without-a-day",
        ),
        pytest.param(
            terms(), case(S.EXTENSION_REQUESTED, YESTERDAY), Event(A.RELEASE, DM),
            "Its day has not come", id="not-over-an-undecided-request",
        ),
        pytest.param(
            terms(never_release=True), case(S.UNDER_EMBARGO, YESTERDAY), Event(A.RELEASE),
            "never released", id="not-what-has-become-proprietary",
        ),
        pytest.param(
            terms(never_release=True), case(S.UNDER_EMBARGO, YESTERDAY, is_waived=True),
            Event(A.RELEASE), case(S.OPEN, YESTERDAY, is_waived=True), id="but-what-was-waived",
        ),
        pytest.param(
            terms(), case(S.OPEN, LAST_YEAR), Event(A.HOLD, DM, "Personal data."),
            case(S.HELD, LAST_YEAR), id="a-hold-closes-open-data",
        ),
        pytest.param(
            terms(), case(S.HELD, LAST_YEAR), Event(A.LIFT, DM, "Removed."),
            case(S.UNDER_EMBARGO, LAST_YEAR), id="lifted-and-due-again",
        ),
        pytest.param(
            terms(), case(S.HELD, early_on=LATER), Event(A.LIFT, DM, "Settled."),
            case(S.EARLY_RELEASE_PENDING, early_on=LATER), id="lifted-to-its-open-request",
        ),
        pytest.param(
            terms(never_release=True), case(S.PROPRIETARY), Event(A.WAIVE, PI, "Done.", day=TODAY),
            case(S.UNDER_EMBARGO, TODAY, is_waived=True), id="the-owner-waives",
        ),
        pytest.param(
            terms(never_release=True), case(S.PROPRIETARY),
            Event(A.WAIVE, PI, "Done.", day=YESTERDAY), "today or later", id="not-backdated",
        ),
        pytest.param(
            terms(), case(S.OPEN, LAST_YEAR), Event(A.SET_DAY, DM, day=LATER),
            case(S.UNDER_EMBARGO, LATER), id="a-later-day-closes-open-data",
        ),
        pytest.param(
            terms(), case(S.PROPRIETARY), Event(A.SET_DAY, DM, day=LATER),
            "waive the owner", id="proprietary-data-have-no-day",
        ),
        pytest.param(
            terms(), case(S.UNDER_EMBARGO), Event(A.RESCHEDULE, day=LAST_YEAR),
            case(S.UNDER_EMBARGO), id="a-computed-day-never-shortens",
        ),
        pytest.param(
            terms(never_release=True), case(S.EXTENSION_REQUESTED), Event(A.RECLASSIFY),
            case(S.PROPRIETARY), id="the-policy-made-it-proprietary",
        ),
        pytest.param(
            terms(), case(S.UNDER_EMBARGO), Event(A.RECLASSIFY), "releases its data",
            id="the-policy-did-not",
        ),
    ],
)  # fmt: skip
def test_policies_events_and_days(
    policy: EmbargoTerms | None, before: Case, event: Event, after: Case | str
) -> None:
    outcome = decide(before, event, policy, today=TODAY)
    if isinstance(after, str):
        assert isinstance(outcome, Refusal)
        assert after in outcome.reason
    else:
        assert outcome == after


@pytest.mark.parametrize(
    ("now", "has_open_datasets", "told"),
    [
        (case(S.UNDER_EMBARGO, TODAY), False, S.RELEASE_DUE),
        (case(S.UNDER_EMBARGO, TODAY), True, S.RELEASE_DUE),
        (case(S.EARLY_RELEASE_PENDING, early_on=TODAY), False, S.RELEASE_DUE),
        (case(S.UNDER_EMBARGO), True, S.PARTIALLY_OPEN),
        (case(S.UNDER_EMBARGO), False, S.UNDER_EMBARGO),
        (case(S.EXTENSION_REQUESTED, TODAY), False, S.EXTENSION_REQUESTED),
        (case(S.HELD, TODAY), True, S.HELD),
        (case(S.OPEN, LAST_YEAR), True, S.OPEN),
    ],
)
def test_what_people_are_told(now: Case, has_open_datasets: bool, told: ReleaseState) -> None:
    assert standing(now, has_open_datasets=has_open_datasets, today=TODAY) is told


def test_a_request_ends_with_what_comes_first() -> None:
    asked = case(S.EXTENSION_REQUESTED)
    withdrawn = decide(asked, Event(A.WITHDRAW, DM, "Wrong."), terms(), today=TODAY)
    assert withdrawn == replace(asked, state=S.WITHDRAWN, asked_months=0)
