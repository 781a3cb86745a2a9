"""The pages of harvest sources, as a data manager uses them."""

from collections.abc import Iterator

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from tests.factories import make_user
from tests.fakes.oai_pmh import Endpoint, fake_endpoint, records
from tests.harvest.oaipmh.harvester.harvesting import live, make_source, run

pytestmark = pytest.mark.django_db
SOURCE = "admin:harvest_harvestsource"


@pytest.fixture(autouse=True)
def _settings(settings: LazySettings) -> None:
    settings.PRIVATE_HOSTS = ["127.0.0.1"]


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with fake_endpoint(records(20), "illegal_header") as server:
        yield server


@pytest.fixture
def manager(client: Client) -> Client:
    client.force_login(make_user(is_staff=True, is_superuser=True))
    return client


def test_the_connection_is_tested_on_demand_alone(endpoint: Endpoint, manager: Client) -> None:
    source = make_source(endpoint)
    page = reverse(f"{SOURCE}_connection", args=[source.pk])
    assert manager.get(page).status_code == 200
    assert endpoint.requests == []
    text = manager.post(page).content.decode()
    assert "<b>Fake</b> answers" in text
    assert "oai_datacite" in text
    assert "Raw data" in text


def test_an_endpoint_that_is_away_is_told(endpoint: Endpoint, manager: Client) -> None:
    source = make_source(endpoint, base_url="http://127.0.0.1:1/oai")
    text = manager.post(reverse(f"{SOURCE}_connection", args=[source.pk])).content.decode()
    assert "It cannot be harvested: http://127.0.0.1:1/oai" in text
    text = manager.post(reverse(f"{SOURCE}_conformance", args=[source.pk])).content.decode()
    assert "It cannot be asked" in text


def test_an_endpoint_is_judged_rule_by_rule(endpoint: Endpoint, manager: Client) -> None:
    source = make_source(endpoint)
    text = manager.post(reverse(f"{SOURCE}_conformance", args=[source.pk])).content.decode()
    assert "rules kept" in text
    assert "<h2>Broken</h2>" in text
    assert "oai:fake.example.org:" in text


def test_harvest_now_harvests_and_the_pages_show_what_came(
    endpoint: Endpoint, manager: Client
) -> None:
    source = make_source(endpoint)
    asked = {"action": "harvest_now", "_selected_action": [source.pk]}
    manager.post(reverse(f"{SOURCE}_changelist"), asked)
    assert len(live(source)) == 20
    made = source.runs.get()
    shown = manager.get(reverse("admin:harvest_harvestrun_change", args=[made.pk]))
    assert "A header has attributes or a status that the schema forbids." in shown.content.decode()
    for page in (
        reverse(f"{SOURCE}_changelist"),
        reverse(f"{SOURCE}_change", args=[source.pk]),
        reverse(f"{SOURCE}_add"),
        reverse(f"{SOURCE}_own_conformance"),
        reverse("admin:harvest_harvestrun_changelist"),
        reverse("admin:harvest_harvestrun_changelist") + f"?source__origin_ptr__exact={source.pk}",
    ):
        assert manager.get(page).status_code == 200, page
    runs = manager.get(reverse("admin:harvest_harvestrun_changelist")).content.decode()
    assert "20 listed: 20 new<" in runs
    assert f"{made.warnings.count()} kind" in runs


def test_a_list_of_sources_or_runs_costs_the_same_however_many(
    endpoint: Endpoint, manager: Client, django_assert_max_num_queries: object
) -> None:
    for place in range(5):
        run(make_source(endpoint, name=f"Source {place}"))
    with django_assert_max_num_queries(8):  # type: ignore[operator]
        manager.get(reverse(f"{SOURCE}_changelist"))
    with django_assert_max_num_queries(8):  # type: ignore[operator]
        manager.get(reverse("admin:harvest_harvestrun_changelist"))


@pytest.mark.parametrize("name", ["connection", "conformance"])
def test_who_may_not_change_a_source_asks_no_endpoint(
    endpoint: Endpoint, client: Client, name: str
) -> None:
    client.force_login(make_user(is_staff=True))
    source = make_source(endpoint)
    assert client.post(reverse(f"{SOURCE}_{name}", args=[source.pk])).status_code == 403
    assert endpoint.requests == []
