"""What a user office enters before the beamtimes: facilities, proposals, teams; idempotent."""

from datetime import timedelta

from django.utils import timezone

from catalogue.models import (
    Affiliation,
    EmbargoPolicy,
    Facility,
    Instrument,
    Investigation,
    InvestigationUser,
    Person,
    Proposal,
    Technique,
)
from catalogue.policy.embargo import MetadataVisibility, first_state, has_begun
from ingest.demo.entities import (
    DemoFacility,
    DemoInstrument,
    DemoMember,
    DemoPerson,
    DemoProposal,
    DemoVisit,
)
from ingest.demo.scenario import Scenario

# One facility shows all but the data during the embargo, the other the least a DOI needs.
_VISIBILITY = {
    "synchrotron": MetadataVisibility.FULL,
    "neutron": MetadataVisibility.MINIMAL,
}


def enter_scenario(scenario: Scenario) -> None:
    """Enters the scenario's rows; those that are there already stay as they are."""
    facilities = {row.slug: _facility(row) for row in scenario.facilities}
    instruments = {row.slug: _instrument(row, facilities) for row in scenario.instruments}
    affiliations = {
        row.name: Affiliation.objects.get_or_create(
            name=row.name, ror=row.ror, defaults={"city": row.city, "country": row.country}
        )[0]
        for row in scenario.affiliations
    }
    for proposal in scenario.proposals:
        row = _proposal(proposal, facilities[proposal.facility.slug])
        for visit in proposal.visits:
            investigation = _visit(visit, row, instruments[visit.instrument.slug])
            _add_team(investigation, visit.members, affiliations)


def _facility(demo: DemoFacility) -> Facility:
    facility, created = Facility.objects.get_or_create(
        slug=demo.slug,
        defaults={
            "name": demo.name,
            "kind": demo.kind,
            "country": demo.country,
            "url": demo.url,
            "time_zone": demo.time_zone,
            "publisher_name": demo.publisher,
            "doi_prefix": demo.doi_prefix,
            "contact_email": demo.contact_email,
        },
    )
    if created:
        facility.default_embargo_policy = EmbargoPolicy.objects.create(
            facility=facility,
            name="Open data policy",
            duration_months=12 * demo.embargo_years,
            metadata_visibility=_VISIBILITY[demo.kind],
            licence=demo.licence,
        )
        EmbargoPolicy.objects.create(
            facility=facility, name="Proprietary beamtime", never_release=True
        )
        facility.save()
    return facility


def _instrument(demo: DemoInstrument, facilities: dict[str, Facility]) -> Instrument:
    instrument, created = Instrument.objects.get_or_create(
        facility=facilities[demo.facility],
        slug=demo.slug,
        defaults={"name": demo.name, "long_name": demo.long_name},
    )
    if created:
        instrument.techniques.set(Technique.objects.filter(code__in=demo.techniques))
    return instrument


def _proposal(demo: DemoProposal, facility: Facility) -> Proposal:
    policy = facility.default_embargo_policy
    if demo.proprietary:
        policy = facility.policies.get(never_release=True)
    return Proposal.objects.get_or_create(
        facility=facility,
        code=demo.code,
        defaults={
            "title": demo.title,
            "abstract": demo.abstract,
            "keywords": list(demo.keywords),
            "embargo_policy": policy,
            "accepted_on": demo.submitted + _DECIDED_AFTER,
        },
    )[0]


# A review panel meets some weeks after the deadline.
_DECIDED_AFTER = timedelta(days=40)


def _visit(demo: DemoVisit, proposal: Proposal, instrument: Instrument) -> Investigation:
    terms = proposal.embargo_policy.terms if proposal.embargo_policy else None
    begun = has_begun(start=demo.start, dataset_count=0, today=timezone.localdate())
    return Investigation.objects.get_or_create(
        proposal=proposal,
        visit_number=demo.number,
        instrument=instrument,
        defaults={
            "title": proposal.title,
            "abstract": proposal.abstract,
            "start": demo.start,
            "end": demo.end,
            "release_state": first_state(terms, has_begun=begun),
        },
    )[0]


def _add_team(
    investigation: Investigation,
    team: tuple[DemoMember, ...],
    affiliations: dict[str, Affiliation],
) -> None:
    for order, member in enumerate(team):
        InvestigationUser.objects.get_or_create(
            investigation=investigation,
            person=enter_person(member.person),
            role=member.role,
            defaults={"affiliation": affiliations[member.person.affiliation], "order": order},
        )


def enter_person(demo: DemoPerson) -> Person:
    """Returns the row of a person, entered if it is not there yet."""
    return Person.objects.get_or_create(
        orcid=demo.orcid,
        defaults={
            "full_name": demo.name,
            "given_name": demo.given_name,
            "family_name": demo.family_name,
            "email": demo.email,
        },
    )[0]
