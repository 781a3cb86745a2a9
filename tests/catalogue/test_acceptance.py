"""A proposal comes under the version of a policy that was in force when it was accepted."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from catalogue.models import AuditEvent, EmbargoPolicy, Facility, Proposal
from catalogue.publication.schedule import refresh
from tests.factories import (
    make_dataset,
    make_embargoed_investigation,
    make_facility,
    make_policy,
    make_proposal,
    make_user,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def manager(client: Client) -> Client:
    client.force_login(make_user(username="manager", is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def facility() -> Facility:
    """A facility whose policy of 2015 was followed by one of 2024, as at the ESRF."""
    facility = make_facility()
    for version, day, months in (("2015", None, 36), ("2024", date(2024, 1, 1), 24)):
        facility.default_embargo_policy = make_policy(
            facility=facility,
            name="Data policy",
            version=version,
            effective_from=day,
            duration_months=months,
        )
    facility.save()
    return facility


def entered(manager: Client, proposal: Proposal, **changes: Any) -> Any:
    form = {
        "facility": proposal.facility_id,
        "code": proposal.code,
        "title": proposal.title,
        "embargo_policy": proposal.embargo_policy_id or "",
        **changes,
    }
    address = reverse("admin:catalogue_proposal_change", args=[proposal.pk])
    response = manager.post(address, form)
    proposal.refresh_from_db()
    return response


@pytest.mark.parametrize(
    ("accepted_on", "version"),
    [
        ("2014-05-01", "2015"),
        ("2023-12-31", "2015"),
        ("2024-01-01", "2024"),
        ("2025-01-01", "2024"),
    ],
)
def test_the_version_of_the_day_of_acceptance_holds(
    manager: Client, facility: Facility, accepted_on: str, version: str
) -> None:
    proposal = Proposal.objects.create(facility=facility, code="P1")
    assert entered(manager, proposal, accepted_on=accepted_on).status_code == 302
    assert proposal.embargo_policy is not None
    assert proposal.embargo_policy.version == version
    line = AuditEvent.objects.get(action="accept", target_id=proposal.pk)
    assert line.after["accepted_on"] == accepted_on


def test_a_policy_of_another_name_stays_the_one_chosen(manager: Client, facility: Facility) -> None:
    paid = make_policy(facility=facility, name="Paid", never_release=True)
    proposal = Proposal.objects.create(facility=facility, code="P1", embargo_policy=paid)
    entered(manager, proposal, accepted_on="2025-01-01")
    assert proposal.embargo_policy == paid


def test_a_day_before_every_version_or_to_come_is_refused(manager: Client) -> None:
    facility = make_facility()
    policy = make_policy(facility=facility, name="Data policy", effective_from=date(2024, 1, 1))
    proposal = Proposal.objects.create(facility=facility, code="P1", embargo_policy=policy)
    text = entered(manager, proposal, accepted_on="2020-01-01").content.decode()
    assert "No version of “Data policy” was in force on 2020-01-01" in text
    assert (
        "has not come yet" in entered(manager, proposal, accepted_on="2999-01-01").content.decode()
    )
    assert proposal.accepted_on is None


def test_terms_that_the_ledger_has_counted_from_stay(manager: Client, facility: Facility) -> None:
    old, new = facility.policies.order_by("version")
    proposal = Proposal.objects.create(facility=facility, code="P1")
    entered(manager, proposal, accepted_on="2025-01-01")
    entered(manager, proposal, accepted_on="2020-01-01")
    assert proposal.embargo_policy == old
    investigation = make_embargoed_investigation(proposal=proposal, release_date=None)
    make_dataset(investigation=investigation)
    refresh([investigation.pk], now=NOW)
    assert Proposal.objects.get(pk=proposal.pk).is_policy_frozen
    entered(manager, proposal, accepted_on="2025-01-01", embargo_policy=new.pk, title="Better")
    assert (proposal.embargo_policy, proposal.accepted_on) == (old, date(2020, 1, 1))
    assert proposal.title == "Better"
    for change in ({"embargo_policy": new}, {"accepted_on": None}, {"accepted_on": "2025-01-01"}):
        with pytest.raises(DatabaseError, match="which stay"), transaction.atomic():
            Proposal.objects.filter(pk=proposal.pk).update(**change)


def test_versions_of_a_name_need_days_of_their_own(facility: Facility) -> None:
    other = EmbargoPolicy(facility=facility, name="Data policy", version="2030")
    with pytest.raises(ValidationError, match="from which day on this one holds"):
        other.full_clean()


def test_the_pages_say_from_when_the_policy_is_and_how_long_data_are_kept(manager: Client) -> None:
    policy = make_policy(retention_years=10, reduced_retention_months=6, disk_days=30)
    proposal = make_proposal(embargo_policy=policy)
    investigation = make_embargoed_investigation(
        proposal=proposal, last_data_on=date(2019, 5, 1), end=date(2019, 5, 1)
    )
    address = reverse("portal:investigation", args=[investigation.pk])
    text = manager.get(address).content.decode()
    assert "provisional" in text
    assert "Raw data until 1 May 2029 at least, reduced data until 1 November 2019" in text
    proposal.accepted_on = date(2019, 1, 5)
    proposal.save()
    assert "as of its acceptance on 5 January 2019" in manager.get(address).content.decode()
