"""What the demonstration shares, once."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from catalogue.models import AccessGrant, AccessRequest, Investigation
from catalogue.publication.act import Act
from ingest.demo.people import PEOPLE
from ingest.demo.sharing import plan_a_visit, share_some
from tests.factories import (
    make_embargoed_investigation,
    make_member,
    make_person,
    make_publication,
)

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)


def test_some_closed_data_are_shared_and_a_visit_is_planned_once() -> None:
    leader = next(iter(PEOPLE.values()))
    person = make_person(full_name="Leader", orcid=leader.orcid)
    investigation = make_embargoed_investigation()
    make_member(investigation, person=person)
    make_publication(investigation=investigation)
    links = []
    for _ in range(2):
        links.append(share_some(leader, Act(NOW)))
        plan_a_visit(leader, Act(NOW))
    assert AccessGrant.objects.count() == 2
    assert AccessRequest.objects.get().investigation == investigation
    [link, none] = links
    assert none == ""
    visitor = Client()
    assert visitor.get(link.removeprefix("http://127.0.0.1:8000")).status_code == 302
    page = visitor.get(f"/investigations/{investigation.pk}")
    assert page.status_code == 200
    assert "Leader" not in page.content.decode()
    planned = Investigation.objects.get(release_state="planned")
    assert planned.proposal == investigation.proposal
    assert planned.start == (NOW + timedelta(days=30)).date()
