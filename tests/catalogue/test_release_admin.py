"""The data managers' pages of releases: cockpit, simulator, presets, new versions."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from catalogue.models import EmbargoPolicy, Investigation, ReleaseRequest
from tests.factories import (
    make_embargoed_investigation,
    make_facility,
    make_policy,
    make_proposal,
    make_user,
)

pytestmark = pytest.mark.django_db
COCKPIT = "/admin/catalogue/releaseevent/cockpit/"


@pytest.fixture
def manager(client: Client) -> Client:
    client.force_login(make_user(username="manager", is_staff=True, is_superuser=True))
    return client


def test_the_cockpit_shows_what_waits_what_fails_and_what_opens(manager: Client) -> None:
    today = timezone.localdate()
    made = {
        name: make_embargoed_investigation(title=name, **changes)
        for name, changes in {
            "asked for": {"release_state": "extension_requested"},
            "overdue": {"release_date": today - timedelta(days=1)},
            "held back": {"release_state": "held"},
            "without a day": {"release_date": None},
            "nobody to remind": {"release_date": today + timedelta(days=20)},
        }.items()
    }
    ReleaseRequest.objects.create(
        investigation=made["asked for"],
        kind="extension",
        months=6,
        reason="A thesis.",
        asked_as="principal_investigator",
        asked_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    found = manager.get(COCKPIT)
    lists = {name: list(found.context[name]) for name in ("overdue", "held", "without_day")}
    assert lists == {
        "overdue": [made["overdue"]],
        "held": [made["held back"]],
        "without_day": [made["without a day"]],
    }
    assert list(found.context["unreachable"]) == [made["nobody to remind"]]
    text = found.content.decode()
    for words in ("A thesis.", "6 months", "January 2999", *made):
        assert words in text or words == "asked for"


def test_the_cockpit_asks_as_much_for_many_rows_as_for_few(
    manager: Client, django_assert_max_num_queries: Any
) -> None:
    proposal = make_proposal()
    for number in range(12):
        make_embargoed_investigation(proposal=proposal, visit_number=number)
    with django_assert_max_num_queries(14):
        manager.get(COCKPIT)


@pytest.mark.parametrize("is_staff", [False, True])
def test_the_pages_are_for_those_with_the_right_to_see(is_staff: bool, client: Client) -> None:
    client.force_login(make_user(is_staff=is_staff))
    policy = make_policy()
    for page in (COCKPIT, f"/admin/catalogue/embargopolicy/{policy.pk}/simulate/"):
        assert client.get(page).status_code == (403 if is_staff else 302)


def test_the_simulator_says_what_would_change_and_changes_nothing(manager: Client) -> None:
    policy = make_policy(duration_months=36)
    investigation = make_embargoed_investigation(
        proposal=make_proposal(embargo_policy=policy),
        end=date(2990, 1, 1),
        release_date=date(2993, 1, 1),
    )
    make_embargoed_investigation()
    page = reverse("admin:catalogue_embargopolicy_simulate", args=[policy.pk])
    assert manager.get(page).context["found"].changes == ()
    terms = {"duration_months": 24, "anchor": "end_of_investigation"}
    found = manager.get(page, terms).context["found"]
    assert (found.looked_at, found.earlier) == (1, 1)
    assert found.changes[0].would_open == date(2992, 1, 1)
    assert "would open on another day" in manager.get(page, terms).content.decode()
    assert manager.get(page, {**terms, "duration_months": "x"}).context["found"] is None
    policy.refresh_from_db()
    investigation.refresh_from_db()
    assert (policy.duration_months, investigation.release_date) == (36, date(2993, 1, 1))


def test_the_simulator_reads_10000_investigations_by_few_queries(
    manager: Client, django_assert_max_num_queries: Any
) -> None:
    policy = make_policy(duration_months=36)
    proposal = make_proposal(embargo_policy=policy)
    Investigation.objects.bulk_create(
        Investigation(
            proposal=proposal,
            visit_number=number,
            end=date(2990, 1, 1),
            release_date=date(2993, 1, 1),
        )
        for number in range(10_000)
    )
    page = reverse("admin:catalogue_embargopolicy_simulate", args=[policy.pk])
    with django_assert_max_num_queries(12):
        found = manager.get(page, {"duration_months": 24, "anchor": "last_file"}).context["found"]
    assert found.looked_at == len(found.changes) == 10_000


def test_a_preset_fills_a_new_policy(manager: Client) -> None:
    page = manager.get(reverse("admin:catalogue_embargopolicy_add"), {"preset": "isis"})
    form = page.context["adminform"].form
    assert form["extension_approver"].value() == "director"
    assert "special case to the Director" in page.content.decode()
    assert "?preset=elettra" in page.content.decode()


def test_a_policy_in_use_is_changed_by_a_new_version(manager: Client) -> None:
    policy = make_policy(facility=make_facility(), name="Data policy", version="3")
    make_proposal(embargo_policy=policy)
    page = manager.get(reverse("admin:catalogue_embargopolicy_change", args=[policy.pk]))
    assert f"?from={policy.pk}" in page.content.decode()
    form = manager.get(reverse("admin:catalogue_embargopolicy_add"), {"from": policy.pk})
    values = {
        name: field.value()
        for name, field in ((each.name, each) for each in form.context["adminform"].form)
    }
    assert (values["version"], values["facility"]) == ("4", policy.facility_id)
    posted = {name: "" if value is None else value for name, value in values.items()}
    posted |= {"duration_months": 24, "reminder_days": "90,30", "field_moments": "{}"}
    answer = manager.post(
        reverse("admin:catalogue_embargopolicy_add"),
        {name: value for name, value in posted.items() if value is not False},
    )
    assert answer.status_code == 302, answer.context["errors"]
    assert EmbargoPolicy.objects.get(version="4").duration_months == 24
    policy.refresh_from_db()
    assert policy.duration_months == 36


def test_the_cockpit_tells_what_leaves_the_disk_and_what_was_kept_long_enough(
    manager: Client,
) -> None:
    today = timezone.localdate()
    policy = make_policy(retention_years=1, disk_days=60)
    made = {
        name: make_embargoed_investigation(
            proposal=make_proposal(embargo_policy=policy), title=name, last_data_on=day
        )
        for name, day in {
            "on disk still": today - timedelta(days=40),
            "off the disk": today - timedelta(days=61),
            "kept for long": today - timedelta(days=400),
            "just measured": today,
        }.items()
    }
    found = manager.get(COCKPIT).context
    assert list(found["leaving_disk"]) == [made["on disk still"]]
    assert found["leaving_disk"][0].kept_until == today + timedelta(days=20)
    kept = [made["off the disk"], made["on disk still"], made["just measured"]]
    assert list(found["kept_long_enough"]) == kept
