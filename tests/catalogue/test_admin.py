"""The data managers' admin: every list and form opens, and actions call the workflows."""

from datetime import UTC, date, datetime

import pytest
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.forms import modelform_factory
from django.test import Client
from django.urls import reverse

from catalogue.admin.base import ParameterForm
from catalogue.models import (
    AuditEvent,
    DataPublication,
    DataRead,
    Dataset,
    DatasetParameter,
    Investigation,
    ParameterType,
    ReleaseEvent,
    Sample,
)
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
    model
    for model in admin.site._registry
    if model._meta.app_label in ("catalogue", "harvest", "ingest")
]


@pytest.fixture
def manager(client: Client) -> Client:
    client.force_login(make_user(username="manager", is_staff=True, is_superuser=True))
    return client


def filled(investigation: Investigation) -> Investigation:
    make_member(investigation)
    make_datafile(dataset=make_dataset(investigation=investigation, file_count=1))
    refresh([investigation.pk], now=datetime.now(UTC))
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


def edited(manager: Client, investigation: Investigation, **changes: str) -> Investigation:
    """Posts the investigation's form as the browser would, with some fields changed."""
    page = manager.get(address(Investigation, "change", investigation.pk))
    form = page.context["adminform"].form
    data = {name: form[name].value() or "" for name in form.fields} | changes
    for formset in page.context["inline_admin_formsets"]:
        prefix = formset.formset.prefix
        data |= {f"{prefix}-TOTAL_FORMS": "0", f"{prefix}-INITIAL_FORMS": "0"}
    response = manager.post(address(Investigation, "change", investigation.pk), data)
    assert response.status_code == 302, response.context["errors"]
    return Investigation.objects.get(pk=investigation.pk)


def test_a_later_release_date_puts_open_data_back_under_embargo(manager: Client) -> None:
    policy = make_policy(metadata_visibility="minimal")
    proposal = make_proposal(embargo_policy=policy)
    investigation = filled(make_investigation(proposal=proposal, abstract="A hot abstract."))
    publication = publish_investigation(
        investigation.pk, act=Act(now=datetime.now(UTC)), registrar=LocalRegistrar()
    )
    assert "A hot abstract" in publication.oai_item.records.get(prefix="oai_datacite").xml
    after = edited(manager, investigation, release_date="2999-01-01")
    record = DataPublication.objects.get().record
    assert after.release_state == ReleaseState.UNDER_EMBARGO
    assert not record.is_open
    assert "A hot abstract" not in publication.oai_item.records.get(prefix="oai_datacite").xml
    event = ReleaseEvent.objects.get(action="set_day")
    assert (event.state_before, event.state_after) == ("open", "under_embargo")
    assert (event.actor_name, event.actor_role) == ("manager", "data_manager")


def test_emptying_the_release_date_of_open_data_closes_them(manager: Client) -> None:
    after = edited(manager, filled(make_investigation()), release_date="")
    assert (after.release_state, after.release_date) == ("under_embargo", None)


def test_an_edit_does_not_undo_a_withdrawal_that_came_between(manager: Client) -> None:
    investigation = filled(make_investigation())
    page = manager.get(address(Investigation, "change", investigation.pk))
    assert page.status_code == 200
    Investigation.objects.filter(pk=investigation.pk).update(
        release_state=ReleaseState.WITHDRAWN, dataset_count=7
    )
    after = edited(manager, investigation, title="A better title")
    assert (after.title, after.release_state, after.dataset_count) == (
        "A better title",
        "withdrawn",
        7,
    )


def test_making_a_policy_proprietary_closes_its_investigations(manager: Client) -> None:
    investigation = filled(make_embargoed_investigation())
    proposal = investigation.proposal
    proprietary = make_policy(facility=proposal.facility, never_release=True)
    form = {"facility": proposal.facility_id, "code": proposal.code, "title": proposal.title}
    response = manager.post(
        address(type(proposal), "change", proposal.pk),
        {**form, "abstract": "", "keywords": "", "embargo_policy": proprietary.pk},
    )
    assert response.status_code == 302
    investigation.refresh_from_db()
    assert investigation.release_state == ReleaseState.PROPRIETARY
    assert investigation.release_date is None


def test_deleting_a_dataset_recounts_its_investigation(manager: Client) -> None:
    investigation = filled(make_investigation())
    dataset = investigation.datasets.get()
    response = manager.post(address(type(dataset), "delete", dataset.pk), {"post": "yes"})
    assert response.status_code == 302
    investigation.refresh_from_db()
    assert investigation.dataset_count == 0
    assert AuditEvent.objects.get(action="delete").target_label == dataset.name


def test_chosen_datasets_get_a_doi_of_their_own(manager: Client) -> None:
    investigation = filled(make_embargoed_investigation())
    chosen = make_dataset(investigation=investigation, file_count=1)
    assert "A title is needed" in act(manager, Dataset, "publish_selection", chosen, title=" ")
    page = act(manager, Dataset, "publish_selection", chosen, title="Figure 3", release_early="on")
    publication = DataPublication.objects.get()
    assert publication.doi in page
    assert (publication.kind, publication.title) == ("selection", "Figure 3")
    assert list(publication.datasets.all()) == [chosen]
    assert publication.record.is_open


def test_datasets_of_two_investigations_cannot_share_a_doi(manager: Client) -> None:
    page = act(manager, Dataset, "publish_selection", make_dataset(), make_dataset(), title="Both")
    assert "one investigation" in page
    assert not DataPublication.objects.exists()


def parameter_form(**values: object) -> ParameterForm:
    kind, _ = ParameterType.objects.get_or_create(name="sample_temperature", label="temperature")
    fields = ["type", "number", "unit", "number_min", "number_max", "error", "text", "moment"]
    form = modelform_factory(DatasetParameter, form=ParameterForm, fields=fields)
    return form({"type": kind.pk, **values})


def test_a_number_entered_by_hand_gets_its_si_value() -> None:
    form = parameter_form(number="5", unit="kelvin")
    assert form.is_valid()
    assert form.instance.si_value == 5
    form = parameter_form(number="50", unit="mK")
    assert form.is_valid()
    assert form.instance.si_value == pytest.approx(0.05)
    form = parameter_form(text="cold")
    assert form.is_valid()
    assert form.instance.si_value is None


def test_a_range_and_an_error_entered_by_hand_get_their_si_values() -> None:
    form = parameter_form(number="25", unit="celsius", number_min="20", number_max="30", error="1")
    assert form.is_valid(), form.errors
    row = form.instance
    assert (row.si_value, row.si_min, row.si_max, row.si_error) == (298.15, 293.15, 303.15, 1)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"number": "25", "number_min": "30", "number_max": "20"}, "both ends in their order"),
        ({"number": "25", "number_min": "20"}, "both ends in their order"),
        ({"text": "warm", "number_min": "20", "number_max": "30"}, "A range needs a number"),
        ({"number": "25", "error": "-1"}, "not below zero"),
        ({"text": "warm", "error": "1"}, "An error needs a number"),
    ],
)
def test_a_range_is_ordered_and_of_a_number(values: dict[str, str], message: str) -> None:
    form = parameter_form(**values)
    assert not form.is_valid()
    assert message in str(form.errors)


@pytest.mark.parametrize("values", [{}, {"number": "5", "text": "cold"}])
def test_a_parameter_has_exactly_one_value(values: dict[str, str]) -> None:
    form = parameter_form(**values)
    assert not form.is_valid()
    assert "one of them" in str(form.errors)


def test_proprietary_data_get_no_release_date() -> None:
    investigation = make_investigation(
        release_state=ReleaseState.PROPRIETARY, release_date=None, released_at=None
    )
    investigation.release_date = date(2030, 1, 1)
    with pytest.raises(ValidationError, match="Proprietary data have no release date"):
        investigation.full_clean()


@pytest.mark.parametrize("model", [Dataset, Investigation, Sample], ids=lambda m: m.__name__)
def test_si_values_are_shown_and_never_typed(model: type, manager: Client) -> None:
    dataset = make_dataset()
    sample = Sample.objects.create(investigation=dataset.investigation, name="water")
    row = {Dataset: dataset, Investigation: dataset.investigation, Sample: sample}[model]
    page = manager.get(address(model, "change", row.pk)).content.decode()
    assert "parameters-__prefix__-number" in page
    assert "parameters-__prefix__-si_value" not in page


@pytest.mark.parametrize("what", ["investigation", "dataset", "datafile", "sample"])
def test_a_look_at_closed_data_in_the_admin_is_written_down(manager: Client, what: str) -> None:
    looks = []
    for investigation in (make_embargoed_investigation(), make_investigation()):
        dataset = make_dataset(investigation=investigation)
        rows = {
            "investigation": investigation,
            "dataset": dataset,
            "datafile": make_datafile(dataset=dataset),
            "sample": Sample.objects.create(investigation=investigation, name="ice"),
        }
        row = rows[what]
        assert manager.get(address(type(row), "change", row.pk)).status_code == 200
        looks.append(list(DataRead.objects.filter(investigation_id=investigation.pk)))
    [closed, of_open] = looks
    assert of_open == []
    [look] = closed
    assert (look.way, look.user_name) == ("data_manager", "manager")
    assert look.what.startswith(f"admin page of {what}")
