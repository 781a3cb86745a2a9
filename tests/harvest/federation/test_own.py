"""This catalogue among the providers: what anybody may see of it, and nothing else."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from catalogue.models import Dataset
from harvest.models import FederationProvider
from tests.factories import make_datafile, make_dataset, make_embargoed_investigation, make_user
from tests.fakes.panosc_provider import Catalogue, fake_provider
from tests.harvest.federation.asking import make_provider

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_this_machine(settings: LazySettings) -> None:
    settings.PRIVATE_HOSTS = ["127.0.0.1"]


@pytest.fixture
def dataset() -> Dataset:
    found = make_dataset(title="Lysozyme", start=datetime(2020, 1, 1, tzinfo=UTC))
    make_datafile(dataset=found, name="run.nxs")
    return found


def test_it_is_a_provider_from_the_start(client: Client, dataset: Dataset, settings: Any) -> None:
    response = client.get("/federated-api/Datasets")
    (item,) = response.json()
    assert item["title"] == "Lysozyme"
    assert item["provider"] == f"{settings.BASE_URL}/panosc-api"
    assert response.headers["X-Federation-Status"].startswith("own=answered;items=1;")


def test_its_items_and_files_are_found_by_pid(client: Client, dataset: Dataset) -> None:
    pid = client.get("/federated-api/Datasets").json()[0]["pid"]
    assert client.get(f"/federated-api/datasets/{pid}").json()["title"] == "Lysozyme"
    (file,) = client.get(f"/federated-api/Datasets/{pid}/files").json()
    assert file["name"] == "run.nxs"
    assert client.get(f"/federated-api/Datasets/{pid}/files/count").json() == {"count": 1}


def test_a_pid_with_anything_in_it_reaches_its_address(client: Client) -> None:
    for pid in ("10.5072%2Fx%25y", "a%20b%3Fc%23d", "%C3%A9", "..%2F..%2FInstruments"):
        response = client.get(f"/federated-api/Documents/{pid}")
        assert response.status_code == 404
        assert response.json()["error"]["code"] == "MODEL_NOT_FOUND"


def test_staff_get_from_it_what_everybody_gets(client: Client, dataset: Dataset) -> None:
    make_dataset(investigation=make_embargoed_investigation(), title="Secret")
    client.force_login(make_user(is_staff=True, is_superuser=True))
    found = client.get("/federated-api/Datasets").json()
    assert [item["title"] for item in found] == ["Lysozyme"]


def test_it_answers_among_others(client: Client, dataset: Dataset) -> None:
    theirs = [{"pid": "10.5072/lyso", "title": "Lysozyme, theirs"}]
    with fake_provider(Catalogue({"datasets": theirs})) as server:
        make_provider(server)
        found = client.get("/federated-api/Datasets").json()
    assert [item["title"] for item in found] == ["Lysozyme", "Lysozyme, theirs"]


def test_a_fault_in_it_costs_the_others_nothing(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalogue.search.views.ItemList.answer", lambda *_, **__: 1 / 0)
    with fake_provider(Catalogue({"datasets": [{"pid": "10.5072/a"}]})) as server:
        make_provider(server)
        response = client.get("/federated-api/Datasets?envelope=1")
    body = response.json()
    assert [item["pid"] for item in body["items"]] == ["10.5072/a"]
    assert body["status"]["providers"][0] == {
        "key": "own",
        "facility": FederationProvider.objects.get(base_url="").facility,
        "url": body["status"]["providers"][0]["url"],
        "state": "failed",
        "items": 0,
        "ms": body["status"]["providers"][0]["ms"],
        "note": "internal error",
    }


def test_a_count_takes_a_filter_too(client: Client) -> None:
    make_dataset(title="copper", techniques=["PaNET01188"])
    make_dataset(title="copper")
    make_dataset(title="lead", techniques=["PaNET01188"])
    saxs = {"relation": "techniques", "scope": {"where": {"name": "SAXS"}}}

    where = {"title": "copper"}
    assert count(client, filter={"where": where}) == {"count": 2}
    assert count(client, where={}, filter={"where": where}) == {"count": 2}
    # A provider may pass over what it does not know of.
    filtered = count(client, where=where, filter={"include": [saxs], "limit": 1})
    assert filtered == {"count": 1, "approximate": True}
    assert count(client, filter={"query": "lead"}) == {"count": 1, "approximate": True}


def count(client: Client, **asked: Any) -> Any:
    texts = {name: json.dumps(part) for name, part in asked.items()}
    answer = client.get("/federated-api/Datasets/count", texts)
    assert answer.status_code == 200, answer.content
    return answer.json()
