"""The search API's addresses: items, pages, counts, files, errors, and what browsers need."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import resolve, reverse
from pytest_django import DjangoAssertNumQueries

from catalogue.models import Dataset, Sample
from catalogue.vocabulary.panet import IRI_PREFIX
from tests.factories import (
    make_datafile,
    make_dataset,
    make_facility,
    make_instrument,
    make_investigation,
    make_publication,
    make_record,
)

pytestmark = pytest.mark.django_db
API = "/panosc-api"


def get(client: Client, path: str, filter: object = None, **headers: Any) -> Any:
    query = {} if filter is None else {"filter": json.dumps(filter)}
    return client.get(f"{API}/{path}", query, **headers)


def pids(client: Client, path: str, filter: object = None) -> list[str]:
    response = get(client, path, filter)
    assert response.status_code == 200, response.content
    return [item["pid"] for item in response.json()]


def test_a_dataset(client: Client) -> None:
    dataset = make_dataset(
        title="Copper powder",
        start=datetime(2020, 5, 5, 15, 1, 2, 341_000, tzinfo=UTC),
        size_bytes=2048,
        file_count=1,
    )

    response = get(client, "Datasets")

    assert response.json() == [
        {
            "pid": str(dataset.uid),
            "title": "Copper powder",
            "isPublic": True,
            "size": 2048,
            "creationDate": "2020-05-05T15:01:02.341Z",
            "score": 0.5,
        }
    ]
    item = get(client, f"Datasets/{dataset.uid}").json()
    assert item == {key: value for key, value in response.json()[0].items() if key != "score"}


def test_a_dataset_without_a_title_goes_by_its_name(client: Client) -> None:
    make_dataset(name="run-7", start=None)

    (found,) = get(client, "Datasets", {"where": {"title": "run-7"}}).json()

    assert found["title"] == "run-7"
    assert found["creationDate"].endswith("Z")


def test_a_document_is_what_was_stored_when_it_was_published(client: Client) -> None:
    record = make_record(search_document={"title": "T", "type": "publication", "summary": "S"})
    doi = record.publication.doi

    (found,) = get(client, "Documents").json()

    assert found == {
        "pid": doi,
        "isPublic": True,
        "type": "publication",
        "title": "T",
        "summary": "S",
        "keywords": [],
        "score": 0.5,
    }


def test_an_instrument_goes_by_its_pid_or_by_its_place(client: Client) -> None:
    facility = make_facility(slug="ess", name="ESS")
    make_instrument(facility=facility, slug="loki", name="LoKI")
    make_instrument(facility=facility, slug="nmx", name="NMX", pid="10.5072/nmx")

    assert pids(client, "Instruments") == ["ess/loki", "10.5072/nmx"]
    for path in ("ess/loki", "ess%2Floki", "10.5072%2Fnmx"):
        assert get(client, f"instruments/{path}").json()["facility"] == "ESS"


@pytest.mark.parametrize("path", ["documents/{}", "Documents/{}", "DOCUMENTS/{}/"])
@pytest.mark.parametrize("slash", ["/", "%2F"])
def test_a_document_by_pid_whatever_the_case_and_the_slash(
    client: Client, path: str, slash: str
) -> None:
    doi = make_record().publication.doi

    response = client.get(f"{API}/{path.format(doi.upper().replace('/', slash))}")

    assert response.status_code == 200
    assert response.json()["pid"] == doi


def test_pages_come_after_filters(client: Client) -> None:
    wanted = [make_dataset(title="a") for _ in range(3)]
    for title in "bbb":
        make_dataset(title=title)

    found = get(client, "Datasets", {"where": {"title": "a"}, "limit": "2", "skip": "1"})

    assert [item["pid"] for item in found.json()] == [str(row.uid) for row in wanted[1:]]
    assert found["X-Total-Count"] == "3"


def test_limit_0_is_everything_up_to_the_greatest_page(client: Client) -> None:
    for _ in range(3):
        make_dataset()

    assert len(pids(client, "Datasets", {"limit": 0})) == 3
    assert pids(client, "Datasets", {"skip": 3}) == []


def test_count(client: Client) -> None:
    make_dataset(title="a", techniques=["PaNET01188"])
    make_dataset(title="b")

    def count(**query: object) -> object:
        parameters = {name: json.dumps(value) for name, value in query.items()}
        return client.get(f"{API}/Datasets/count", parameters).json()

    assert count() == {"count": 2}
    assert count(where={"title": "a"}) == {"count": 1}
    assert count(where={"text": "A"}) == {"count": 1}
    techniques = {"relation": "techniques", "scope": {"where": {"name": {"like": "x-ray"}}}}
    assert count(filter={"include": [techniques]}) == {"count": 1}
    assert count(where={"title": "b"}, filter={"include": [techniques]}) == {"count": 0}


def test_files_of_a_dataset_without_the_place_where_they_lie(client: Client) -> None:
    dataset = make_dataset()
    file = make_datafile(dataset=dataset, name="a.nxs", path="/secret/place/a.nxs", size_bytes=7)
    make_datafile(dataset=dataset, name="b.nxs", size_bytes=9)
    make_datafile(name="c.nxs")
    address = f"datasets/{dataset.uid}/files"

    assert get(client, address, {"where": {"size": {"lt": 8}}}).json() == [
        {"id": str(file.pk), "name": "a.nxs", "size": 7}
    ]
    assert client.get(f"{API}/{address}/count").json() == {"count": 2}
    assert client.get(f"{API}/{address}/count", {"where": '{"text": "A."}'}).json() == {"count": 1}


def test_browsers_of_any_site_may_read(client: Client) -> None:
    make_dataset()
    for path in ("Datasets", "Datasets/nope", "Datasets?filter=["):
        assert client.get(f"{API}/{path}")["Access-Control-Allow-Origin"] == "*"

    preflight = client.options(f"{API}/documents", headers={"origin": "https://data.panosc.eu"})

    assert preflight.status_code == 204
    assert preflight["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
    assert preflight["Access-Control-Allow-Origin"] == "*"


def test_head_and_conditional_get(client: Client) -> None:
    make_dataset()
    first = get(client, "Datasets")

    head = client.head(f"{API}/Datasets")
    again = client.get(f"{API}/Datasets", headers={"if-none-match": first["ETag"]})

    assert (head.status_code, head.content, head["X-Total-Count"]) == (200, b"", "1")
    assert (again.status_code, again.content) == (304, b"")
    assert again["Access-Control-Allow-Origin"] == "*"


def test_brackets_say_the_same_as_json(client: Client) -> None:
    make_dataset(title="a")
    make_dataset(title="b")
    query = {"filter[where][title]": "a", "filter[limit]": "5"}

    found = client.get(f"{API}/Datasets", query).json()

    assert [item["title"] for item in found] == ["a"]


def test_addresses_can_be_written() -> None:
    place = {"plural": "Documents", "pid": "10.5072/abc"}

    assert reverse("search:item", kwargs=place) == f"{API}/Documents/10.5072/abc"
    assert reverse("search:items", kwargs={"plural": "Datasets"}) == f"{API}/Datasets"
    assert resolve(reverse("search:files", kwargs={"pid": "a/b"})).kwargs == {"pid": "a/b"}


@pytest.mark.parametrize("how_many", [1, 7])
def test_the_number_of_queries_does_not_grow(
    client: Client, how_many: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(how_many):
        investigation = make_investigation()
        sample = Sample.objects.create(investigation=investigation, name="copper")
        dataset = make_dataset(
            investigation=investigation, sample=sample, techniques=["PaNET01188"]
        )
        make_datafile(dataset=dataset)
        make_record(publication=make_publication(investigation=dataset.investigation))
    every = ["documents", "techniques", "instrument", "files", "parameters", "samples"]

    # Savepoint and release, time-out, count, page; one for each relation, two for documents of
    # datasets, which may be experiments or selections, for samples, of which one comes first, and
    # for techniques: which are whose, and what they are.
    with django_assert_num_queries(5 + 9):
        found = get(client, "Datasets", {"include": every}).json()
    with django_assert_num_queries(5 + 1 + 2):
        nested = {"relation": "datasets", "scope": {"include": ["techniques"]}}
        documents = get(client, "Documents", {"include": [nested]}).json()

    assert len(found) == len(documents) == how_many
    assert found[-1]["techniques"][0]["pid"] == f"{IRI_PREFIX}PaNET01188"
    assert [item["pid"] for item in found[-1]["documents"]] == [documents[-1]["pid"]]


def test_days_pass(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    make_dataset(investigation=make_investigation(release_date=date(2030, 1, 1)))

    monkeypatch.setattr("django.utils.timezone.localdate", lambda: date(2029, 12, 31))
    assert pids(client, "Datasets") == []

    monkeypatch.setattr("django.utils.timezone.localdate", lambda: date(2030, 1, 1))
    assert pids(client, "Datasets") == [str(Dataset.objects.get().uid)]


@pytest.mark.parametrize("address", ["/panosc-api", "/panosc-api/"])
class TestTheRoot:
    def test_tells_programs_what_there_is(self, client: Client, address: str) -> None:
        answer = client.get(address)

        assert answer.status_code == 200
        assert answer.json()["lists"]["Datasets"].endswith("/panosc-api/Datasets")
        assert "Accept" in answer["Vary"]

    def test_leads_browsers_to_the_page_to_read(self, client: Client, address: str) -> None:
        accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
        answer = client.get(address, headers={"accept": accept})

        assert (answer.status_code, answer["Location"]) == (302, "/panosc-api/explorer")


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_writing_is_not_allowed_where_there_is_something_to_read(
    client: Client, method: str
) -> None:
    there = getattr(client, method)("/panosc-api/Datasets")
    nowhere = getattr(client, method)("/panosc-api/Nope")

    assert (there.status_code, there["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert nowhere.status_code == 404
    assert nowhere.json()["error"]["message"].endswith(f"{method.upper()} /panosc-api/Nope")
