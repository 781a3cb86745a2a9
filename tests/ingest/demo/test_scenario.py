from datetime import date, timedelta

import pytest

from catalogue.vocabulary import panet
from ingest.demo.dialects import DIALECTS
from ingest.demo.people import check_digit
from ingest.demo.scenario import Scenario, build_scenario

TODAY = date(2026, 3, 1)
EMBARGO = timedelta(days=3 * 365 + 1)


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return build_scenario(TODAY)


def test_visits_are_open_and_embargoed_and_within_seven_years(scenario: Scenario) -> None:
    ends = [visit.end for proposal in scenario.proposals for visit in proposal.visits]
    assert all(TODAY - timedelta(days=7 * 366) < end < TODAY for end in ends)
    is_open = [end < TODAY - EMBARGO for end in ends]
    assert 8 <= sum(is_open) <= len(ends) - 8


def test_the_scientist_leads_open_and_embargoed_visits(scenario: Scenario) -> None:
    led = [
        visit.end < TODAY - EMBARGO
        for proposal in scenario.proposals
        if proposal.members[0].person == scenario.scientist
        for visit in proposal.visits
    ]
    assert set(led) == {True, False}


def test_one_proposal_is_proprietary_and_one_open_one_is_withdrawn(scenario: Scenario) -> None:
    assert sum(proposal.proprietary for proposal in scenario.proposals) == 1
    withdrawn = [proposal for proposal in scenario.proposals if proposal.withdrawal_reason]
    assert len(withdrawn) == 1
    assert all(visit.end < TODAY - EMBARGO for visit in withdrawn[0].visits)


def test_every_technique_is_a_panet_term(scenario: Scenario) -> None:
    used = {code for instrument in scenario.instruments for code in instrument.techniques}
    assert used <= set(panet.terms())


def test_people_have_valid_identifiers_of_their_own(scenario: Scenario) -> None:
    orcids = [person.orcid.replace("-", "") for person in scenario.people]
    assert len(set(orcids)) == len(orcids)
    assert all(check_digit(orcid[:15]) == orcid[15] for orcid in orcids)
    assert all(person.email.endswith("@example.org") for person in scenario.people)
    homes = {affiliation.name for affiliation in scenario.affiliations}
    assert {person.affiliation for person in scenario.people} <= homes


# The examples of ORCID's own documentation.
@pytest.mark.parametrize("orcid", ["0000000218250097", "000000021694233X"])
def test_check_digits_agree_with_orcid(orcid: str) -> None:
    assert check_digit(orcid[:15]) == orcid[15]


def test_codes_are_in_the_style_of_the_facility_and_unique(scenario: Scenario) -> None:
    codes = [proposal.code for proposal in scenario.proposals]
    assert len(set(codes)) == len(codes)
    assert {code[:2] for code in codes} == {"AU", "RB"}
    assert {len(code) for code in codes} == {8, 9}


def test_another_day_moves_the_visits_with_it(scenario: Scenario) -> None:
    later = build_scenario(TODAY + timedelta(days=100))
    first = scenario.proposals[0].visits[0]
    assert later.proposals[0].visits[0].end - first.end == timedelta(days=100)


def test_only_files_that_cite_their_visit_belong_to_later_ones(scenario: Scenario) -> None:
    visits = [visit for proposal in scenario.proposals for visit in proposal.visits]
    later = {visit.instrument.slug for visit in visits if visit.number > 1}
    citing = {
        slug
        for slug, dialect in DIALECTS.items()
        if dialect.cites_visit and dialect.proposal_place.endswith(("identifier", "experiment"))
    }
    assert later
    assert later <= citing
