"""The data managers' admin: every list and form opens, and actions call the workflows."""

from datetime import UTC, datetime

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from catalogue.models import AuditEvent, DataPublication, Investigation
from catalogue.policy.embargo import ReleaseState
from catalogue.publication.publish import Act, publish_investigation
from catalogue.publication.registrar import LocalRegistrar
from catalogue.publication.schedule import refresh
from tests.factories import (
    make_datafile,
    make_dataset,
    make_embargoed_investigation,
    make_investigation,
    make_member,
    make_policy,
    make_proposal,
    make_user,
)

pytestmark = pytest.mark.django_db
MODELS = [
    model for model in admin.site._registry if model._meta.app_label in ("catalogue", "ingest")
]


@pytest.fixture
def manager(client: Client) -> Client:
    client.force_login(make_user(username="manager", is_staff=True, is_superuser=True))
    return client


def filled(investigation: Investigation) -> Investigation:
    make_member(investigation)
    make_datafile(dataset=make_dataset(investigation=investigation, file_count=1))
    refresh([investigation.pk])
    return investigation


def address(model: type, page: str, *arguments: object) -> str:
    meta = model._meta  # type: ignore[attr-defined]
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_{page}", args=arguments)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_list_opens_and_can_be_searched(model: type, manager: Client) -> None:
    publish_investigation(
        filled(make_investigation()).pk,
        act=Act(now=datetime.now(UTC)),
        registrar=LocalRegistrar(),
    )
    assert manager.get(address(model, "changelist")).status_code == 200
    assert manager.get(address(model, "changelist"), {"q": "water"}).status_code == 200
    row = model.objects.first()  # type: ignore[attr-defined]
    if row is not None:
        assert manager.get(address(model, "change", row.pk)).status_code == 200


@pytest.mark.parametrize("model", [Investigation, DataPublication], ids=lambda m: m.__name__)
def test_queries_of_a_list_do_not_grow_with_its_rows(
    model: type, manager: Client, django_assert_max_num_queries
) -> None:  # type: ignore[no-untyped-def]
    for _ in range(12):
        publish_investigation(
            filled(make_investigation()).pk,
            act=Act(now=datetime.now(UTC)),
            registrar=LocalRegistrar(),
        )
    with django_assert_max_num_queries(12):
        manager.get(address(model, "changelist"))


def act(client: Client, model: type, action: str, *rows: object, **data: str) -> str:
    chosen = [row.pk for row in rows]  # type: ignore[attr-defined]
    response = client.post(
        address(model, "changelist"),
        {"action": action, "_selected_action": chosen, **data},
        follow=True,
    )
    return response.content.decode()


def test_publish_gives_a_doi_and_says_why_not(manager: Client) -> None:
    fine = filled(make_investigation(title="Ice"))
    empty = make_investigation(title="")
    page = act(manager, Investigation, "publish", fine, empty)
    publication = DataPublication.objects.get()
    assert publication.investigation == fine
    assert publication.doi in page
    assert "It has no datasets" in page
    assert AuditEvent.objects.get(action="publish").actor_name == "manager"


def test_release_opens_only_what_is_due(manager: Client) -> None:
    due = filled(make_embargoed_investigation())
    Investigation.objects.filter(pk=due.pk).update(release_date="2020-01-01")
    later = filled(make_embargoed_investigation())
    act(manager, Investigation, "release", due, later)
    due.refresh_from_db()
    later.refresh_from_db()
    assert due.release_state == ReleaseState.OPEN
    assert later.release_state == ReleaseState.UNDER_EMBARGO


def test_withdrawing_asks_for_a_reason_first(manager: Client) -> None:
    investigation = filled(make_investigation())
    publication = publish_investigation(
        investigation.pk, act=Act(now=datetime.now(UTC)), registrar=LocalRegistrar()
    )
    assert "A withdrawal is final" in act(manager, DataPublication, "withdraw", publication)
    assert "A reason is needed" in act(
        manager, DataPublication, "withdraw", publication, reason=" "
    )
    publication.refresh_from_db()
    assert publication.withdrawn_at is None
    act(manager, DataPublication, "withdraw", publication, reason="Wrong sample.")
    publication.refresh_from_db()
    assert publication.withdrawal_reason == "Wrong sample."


def test_a_policy_in_use_is_frozen(manager: Client) -> None:
    used, unused = make_policy(), make_policy()
    make_proposal(embargo_policy=used)
    for policy, is_editable in ((used, False), (unused, True)):
        page = manager.get(address(type(policy), "change", policy.pk)).content.decode()
        assert ('name="duration_months"' in page) is is_editable


def test_the_admin_is_closed_to_scientists(client: Client) -> None:
    client.force_login(make_user())
    assert client.get(reverse("admin:index")).status_code == 302
