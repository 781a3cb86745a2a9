"""Lets others in on the demonstration: a grant, a link for reviewers, a request to decide."""

from datetime import timedelta

from catalogue.access.grants import Terms, address_of, make_link, share_with
from catalogue.models import AccessGrant, AccessRequest, Investigation
from catalogue.policy.embargo import IN_EMBARGO
from catalogue.policy.visibility import Level
from catalogue.publication.act import Act
from catalogue.vocabulary.roles import Role
from ingest.demo.entities import DemoPerson
from ingest.demo.people import synthetic_orcid

# Of somebody who is in no team of the demonstration.
OUTSIDER_SERIAL = 999


def share_some(leader: DemoPerson, act: Act) -> str:
    """Shares data that a person leads, once; returns the reviewers' link, '' where it was made.

    Its token is known to nobody afterwards.
    """
    shared = Investigation.objects.filter(
        members__person__orcid=leader.orcid,
        members__role=Role.PRINCIPAL_INVESTIGATOR,
        release_state__in=IN_EMBARGO,
        publications__isnull=False,
    ).first()
    if shared is None or AccessGrant.objects.exists():
        return ""
    last_day = act.today + timedelta(days=90)
    reason = "To compare with a simulation."
    share_with(
        synthetic_orcid(OUTSIDER_SERIAL), shared, Terms(Level.READ, last_day, reason), actor=None
    )
    terms = Terms(Level.METADATA, last_day, "Reviewers of the first paper")
    link = make_link(shared, terms, is_double_blind=True, actor=None)
    AccessRequest.objects.create(
        investigation=shared,
        name="An outsider",
        email="outsider@example.org",
        affiliation="University of Elsewhere",
        purpose="We would like to try a new way of reducing such data on yours.",
    )
    return address_of(link)


def plan_a_visit(leader: DemoPerson, act: Act) -> None:
    """Enters a visit to come, once: it begins by itself."""
    led = Investigation.objects.filter(
        members__person__orcid=leader.orcid, members__role=Role.PRINCIPAL_INVESTIGATOR
    )
    last = led.order_by("proposal", "-visit_number").first()
    if last is None or Investigation.objects.filter(start__gt=act.today).exists():
        return
    start = act.today + timedelta(days=30)
    visit = Investigation.objects.create(
        proposal=last.proposal,
        visit_number=last.visit_number + 1,
        instrument=last.instrument,
        title=last.title,
        start=start,
        end=start + timedelta(days=2),
        release_state="planned",
    )
    for member in last.members.all():
        visit.members.create(person=member.person, role=member.role, order=member.order)
