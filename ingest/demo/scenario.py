"""The demonstration's facilities, people, proposals and visits as of a given day."""

from dataclasses import dataclass
from datetime import date, timedelta

from ingest.demo.entities import (
    DemoAffiliation,
    DemoFacility,
    DemoInstrument,
    DemoMember,
    DemoPerson,
    DemoProposal,
    DemoSample,
    DemoVisit,
    ProposalPlan,
    VisitPlan,
)
from ingest.demo.instruments import FACILITIES, INSTRUMENTS
from ingest.demo.people import AFFILIATIONS, PEOPLE
from ingest.demo.proposals_aurora import AURORA_PROPOSALS
from ingest.demo.proposals_boreal import BOREAL_PROPOSALS

# Proposals are handed in about half a year before the beamtime they get.
_SUBMITTED_BEFORE = timedelta(days=170)


@dataclass(frozen=True, slots=True)
class Scenario:
    """Everything the demonstration holds, seen from `today`.

    `data_manager` and `scientist` are the two people who get a log-in; the scientist is principal
    investigator of embargoed and of open visits.
    """

    today: date
    facilities: tuple[DemoFacility, ...]
    instruments: tuple[DemoInstrument, ...]
    affiliations: tuple[DemoAffiliation, ...]
    people: tuple[DemoPerson, ...]
    proposals: tuple[DemoProposal, ...]
    data_manager: DemoPerson
    scientist: DemoPerson


def build_scenario(today: date) -> Scenario:
    """Returns the scenario whose visits are spread over the seven years before `today`."""
    return Scenario(
        today=today,
        facilities=tuple(FACILITIES.values()),
        instruments=tuple(INSTRUMENTS.values()),
        affiliations=AFFILIATIONS,
        people=tuple(PEOPLE.values()),
        proposals=tuple(
            _build_proposal(plan, today) for plan in (*AURORA_PROPOSALS, *BOREAL_PROPOSALS)
        ),
        data_manager=PEOPLE["vera.datasdotter"],
        scientist=PEOPLE["astrid.lindqvale"],
    )


def _build_proposal(plan: ProposalPlan, today: date) -> DemoProposal:
    facility = FACILITIES[plan.facility]
    members = _members(plan.team)
    visit_plans = sorted(plan.visits, key=lambda visit: -visit.ended_days_ago)
    submitted = _first_day(visit_plans[0], today) - _SUBMITTED_BEFORE
    code = proposal_code(facility, submitted, plan.serial)
    return DemoProposal(
        code=code,
        facility=facility,
        title=plan.title,
        abstract=plan.abstract,
        keywords=plan.keywords,
        submitted=submitted,
        members=members,
        samples=plan.samples,
        visits=tuple(
            _build_visit(visit, number, code, members, plan.samples, today)
            for number, visit in enumerate(visit_plans, start=1)
        ),
        proprietary=plan.proprietary,
        withdrawal_reason=plan.withdrawal_reason,
    )


def proposal_code(facility: DemoFacility, submitted: date, serial: int) -> str:
    """Returns the code in the facility's style: AU240117, or RB2310045 (year, round, serial)."""
    if facility.kind == "synchrotron":
        return f"AU{submitted:%y}{serial:04d}"
    call = 1 if submitted.month <= 6 else 2
    return f"RB{submitted:%y}{call}{serial:04d}"


def _build_visit(
    plan: VisitPlan,
    number: int,
    code: str,
    team: tuple[DemoMember, ...],
    samples: tuple[DemoSample, ...],
    today: date,
) -> DemoVisit:
    instrument = INSTRUMENTS[plan.instrument]
    contact = DemoMember(PEOPLE[instrument.local_contact], "local contact")
    return DemoVisit(
        identifier=f"{code}-{number}",
        number=number,
        instrument=instrument,
        start=_first_day(plan, today),
        end=today - timedelta(days=plan.ended_days_ago),
        samples=samples[:2] if plan.standard_runs else samples[:1],
        members=(*team, contact),
        runs=plan.runs,
        standard_runs=plan.standard_runs,
    )


def _first_day(plan: VisitPlan, today: date) -> date:
    return today - timedelta(days=plan.ended_days_ago + plan.days - 1)


def _members(slugs: tuple[str, ...]) -> tuple[DemoMember, ...]:
    first, *others = (PEOPLE[slug] for slug in slugs)
    return (
        DemoMember(first, "principal investigator"),
        *(DemoMember(person, "co-investigator") for person in others),
    )
