"""Whatever happens, in any order, on any days: nothing opens early, nothing stays closed unheld."""

from datetime import date, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from catalogue.policy.embargo import (
    Anchor,
    EarlyReleaseBy,
    EmbargoTerms,
    ExtensionApprover,
    MetadataVisibility,
    ReleaseState,
    add_months,
)
from catalogue.policy.events import Action, ActorRole, Case, Event, Refusal
from catalogue.policy.machine import decide

START = date(2026, 1, 1)
# What keeps data closed past their day: each is a line of the ledger, with who and why.
ON_RECORD = {ReleaseState.HELD, ReleaseState.PROPRIETARY, ReleaseState.WITHDRAWN}
BY_PEOPLE = [
    action
    for action in Action
    if action not in (Action.RELEASE, Action.AWAIT_DECISION, Action.RESCHEDULE)
]
TERMS = st.builds(
    EmbargoTerms,
    duration_months=st.integers(0, 4),
    anchor=st.just(Anchor.END_OF_INVESTIGATION),
    never_release=st.booleans(),
    metadata_visibility=st.just(MetadataVisibility.MINIMAL),
    max_extensions=st.integers(0, 2),
    extension_months=st.integers(1, 3),
    max_total_months=st.sampled_from([0, 4, 6]),
    extension_approver=st.sampled_from(ExtensionApprover),
    early_release_by=st.sampled_from(EarlyReleaseBy),
    objection_days=st.integers(0, 20),
)


class Histories(RuleBasedStateMachine):
    """Keeps its own account of the day that was promised, apart from the machine's.

    The schedule runs when it likes: it may be dead for months, and each event may be tried by
    anybody, on any day, with any words.
    """

    @initialize(
        terms=TERMS,
        opens=st.integers(0, 120),
        state=st.sampled_from([ReleaseState.UNDER_EMBARGO, ReleaseState.PLANNED]),
    )
    def begin(self, terms: EmbargoTerms, opens: int, state: ReleaseState) -> None:
        self.terms, self.today = terms, START
        self.case = Case(state, START + timedelta(days=opens))
        self.promised: date | None = self.case.opens
        self.early: date | None = None
        self.asked = 0
        self.has_just_swept = False

    def tell(self, event: Event) -> Case | Refusal:
        before, outcome = self.case, decide(self.case, event, self.terms, today=self.today)
        self.has_just_swept = False
        if isinstance(outcome, Refusal):
            return outcome
        self.case = outcome
        self.account(before, event)
        return outcome

    def account(self, before: Case, event: Event) -> None:
        """What an onlooker would write down of each event, from its words alone."""
        match event.action:
            case Action.REQUEST_EXTENSION:
                self.asked = event.months
                if self.terms.extension_approver is ExtensionApprover.AUTOMATIC:
                    self.grant()
            case Action.APPROVE_EXTENSION:
                self.grant()
            case Action.REJECT_EXTENSION:
                self.asked = 0
            case Action.CANCEL:
                self.asked, self.early = 0, None
            case Action.REQUEST_EARLY_RELEASE:
                self.early = self.today + timedelta(days=self.terms.objection_days)
            case Action.OBJECT:
                self.early = None
            case Action.SET_DAY | Action.WAIVE:
                self.promised = event.day
            case Action.RESCHEDULE:
                self.promised = max(filter(None, [self.promised, event.day]), default=None)
            case Action.RECLASSIFY:
                self.promised, self.early, self.asked = None, None, 0
            case Action.RELEASE:
                self.promised = min(filter(None, [self.promised, self.early]))
                self.early, self.asked = None, 0
            case Action.WITHDRAW:
                self.early, self.asked = None, 0

    def grant(self) -> None:
        assert self.promised is not None
        self.promised, self.asked = add_months(self.promised, self.asked), 0

    @rule(
        action=st.sampled_from(BY_PEOPLE),
        role=st.sampled_from(ActorRole),
        reason=st.sampled_from(["", "Because."]),
        months=st.integers(0, 4),
        day=st.none() | st.integers(-40, 90),
    )
    def somebody_acts(
        self, action: Action, role: ActorRole, reason: str, months: int, day: int | None
    ) -> None:
        wanted = None if day is None else self.today + timedelta(days=day)
        self.tell(Event(action, role, reason, months, wanted))

    @rule(months=st.integers(1, 3))
    def the_pi_asks_for_more_time(self, months: int) -> None:
        role = ActorRole.PRINCIPAL_INVESTIGATOR
        self.tell(Event(Action.REQUEST_EXTENSION, role, "A thesis.", months))

    @rule(role=st.sampled_from(ActorRole))
    def somebody_releases_early(self, role: ActorRole) -> None:
        self.tell(Event(Action.REQUEST_EARLY_RELEASE, role, "Published."))

    @rule(day=st.integers(-100, 200))
    def a_late_file_arrives(self, day: int) -> None:
        self.tell(Event(Action.RESCHEDULE, day=START + timedelta(days=day)))

    @rule(days=st.integers(1, 70))
    def time_passes(self, days: int) -> None:
        self.today += timedelta(days=days)
        self.has_just_swept = False

    @rule()
    def the_schedule_runs(self) -> None:
        # Whatever has a day has begun: it is counted from data, or from days that have come.
        for action in (Action.BEGIN, Action.RECLASSIFY, Action.RELEASE, Action.AWAIT_DECISION):
            self.tell(Event(action, reason="The schedule."))
        self.has_just_swept = True

    @invariant()
    def nothing_is_open_before_its_time(self) -> None:
        if self.case.state is ReleaseState.OPEN:
            assert self.promised is not None
            assert self.promised <= self.today
            assert self.case.opens == self.promised

    @invariant()
    def nothing_stays_closed_past_its_time_without_a_hold_on_record(self) -> None:
        times = [day for day in (self.promised, self.early) if day is not None]
        if self.has_just_swept and times and min(times) <= self.today:
            assert self.case.state in {ReleaseState.OPEN, *ON_RECORD}

    @invariant()
    def the_account_and_the_machine_agree(self) -> None:
        assert (self.case.asked_months, self.case.early_on) == (self.asked, self.early)


Histories.TestCase.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
TestHistories = Histories.TestCase
