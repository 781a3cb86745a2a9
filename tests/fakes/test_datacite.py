"""The fake itself: it behaves as DataCite's documentation and source say; tests rest on it."""

import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.fakes.datacite import FakeDataCite, fake_datacite
from tests.fakes.datacite_rules import TRANSITIONS, Repository
from tests.fakes.faults import Fault, Faults, RateLimit

DOI = "10.1234/abc.7k3d-9qx2"
VALID: dict[str, Any] = {
    "titles": [{"title": "Water"}],
    "creators": [{"name": "Test, Person"}],
    "publisher": {"name": "Facility"},
    "publicationYear": 2026,
    "types": {"resourceTypeGeneral": "Dataset"},
    "schemaVersion": "http://datacite.org/schema/kernel-4",
    "url": "https://catalogue.example.org/doi/1",
}


@pytest.fixture
def datacite() -> Iterator[FakeDataCite]:
    with fake_datacite(Repository(domains=("catalogue.example.org", "*.facility.org"))) as server:
        yield server


@pytest.fixture
def client(datacite: FakeDataCite) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=datacite.url, auth=datacite.account) as client:
        yield client


def put(client: httpx.Client, doi: str = DOI, **attributes: Any) -> httpx.Response:
    return client.put(f"/dois/{doi}", json={"data": {"type": "dois", "attributes": attributes}})


def state(client: httpx.Client, doi: str = DOI) -> str:
    return str(client.get(f"/dois/{doi}").json()["data"]["attributes"]["state"])


def bring_into(client: httpx.Client, wanted: str) -> None:
    put(client, **VALID, event={"draft": "", "registered": "register"}.get(wanted, "publish"))


@pytest.mark.parametrize("event", ["register", "publish", "hide", "show", "nonsense"])
@pytest.mark.parametrize("present", ["draft", "registered", "findable"])
def test_only_allowed_events_change_the_state(
    client: httpx.Client, present: str, event: str
) -> None:
    bring_into(client, present)
    assert state(client) == present
    answer = put(client, event=event)
    assert answer.status_code == 200
    assert state(client) == TRANSITIONS.get((present, event), present)


def test_put_makes_and_then_merges(client: httpx.Client) -> None:
    assert put(client, **VALID).status_code == 201
    assert put(client, titles=[{"title": "Ice"}, {"title": "Snow"}]).status_code == 200
    held = client.get(f"/dois/{DOI.upper()}").json()["data"]["attributes"]
    assert [item["title"] for item in held["titles"]] == ["Ice", "Snow"]
    assert held["creators"] == VALID["creators"]
    assert held["doi"] == DOI


def test_post_makes_and_refuses_a_second(client: httpx.Client) -> None:
    body = {"data": {"type": "dois", "attributes": {"doi": DOI}}}
    assert client.post("/dois", json=body).status_code == 201
    answer = client.post("/dois", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["title"] == "This DOI has already been taken"


def test_a_draft_is_not_validated_and_a_findable_one_is(client: httpx.Client) -> None:
    assert put(client, titles=[]).status_code == 201
    answer = put(client, event="publish")
    assert answer.status_code == 422
    sources = {item["source"] for item in answer.json()["errors"]}
    assert {"url", "creators", "titles", "publication_year", "types"} <= sources
    assert state(client) == "draft"


@pytest.mark.parametrize(
    ("change", "source"),
    [
        ({"publicationYear": "soon"}, "publication_year"),
        ({"types": {"resourceTypeGeneral": "Beamline"}}, "types"),
        ({"dates": [{"date": "2026-01-01", "dateType": "Measured"}]}, "dates"),
        ({"url": "catalogue.example.org"}, "url"),
        ({"url": "https://elsewhere.org/1"}, "url"),
    ],
)
def test_what_the_schema_forbids_is_refused_by_name(
    client: httpx.Client, change: dict[str, Any], source: str
) -> None:
    answer = put(client, **{**VALID, **change}, event="publish")
    assert answer.status_code == 422
    assert [item["source"] for item in answer.json()["errors"]] == [source]
    assert client.get(f"/dois/{DOI}").status_code == 404


def test_a_subdomain_is_allowed_where_the_account_says_so(client: httpx.Client) -> None:
    url = {"url": "https://data.facility.org/1"}
    assert put(client, **{**VALID, **url}, event="publish").status_code == 201


@pytest.mark.parametrize(("doi", "status"), [("10.1234/a b", 422), ("10.9999/abc", 403)])
def test_names_that_are_not_the_accounts_are_refused(
    client: httpx.Client, doi: str, status: int
) -> None:
    assert put(client, doi, **VALID).status_code == status


def test_only_a_draft_can_be_deleted(client: httpx.Client) -> None:
    bring_into(client, "draft")
    assert client.delete(f"/dois/{DOI}").status_code == 204
    assert client.delete(f"/dois/{DOI}").status_code == 404
    bring_into(client, "findable")
    assert client.delete(f"/dois/{DOI}").status_code == 405


def test_wrong_credentials_are_401(datacite: FakeDataCite) -> None:
    with httpx.Client(base_url=datacite.url, auth=("TEST.REPO", "wrong")) as client:
        answer = put(client, **VALID)
    assert (answer.status_code, answer.json()["errors"][0]["title"]) == (401, "Bad credentials.")


def test_cursor_pages_name_each_doi_once(client: httpx.Client) -> None:
    wanted = [f"10.1234/{number:03}" for number in range(25)]
    for doi in wanted:
        put(client, doi)
    found, address = [], "/dois?client-id=test.repo&page[size]=10&page[cursor]=1"
    while address:
        page = client.get(address).json()
        assert page["meta"]["total"] == 25
        found += [item["id"] for item in page["data"]]
        address = page["links"].get("next", "")
    assert found == wanted


def test_past_the_limit_it_says_how_long_to_wait() -> None:
    with (
        fake_datacite(limit=RateLimit(2, 60)) as server,
        httpx.Client(base_url=server.url, auth=server.account) as client,
    ):
        statuses = [client.get("/dois").status_code for _ in range(3)]
        answer = client.get("/dois")
    assert statuses == [200, 200, 429]
    assert 0 < int(answer.headers["Retry-After"]) <= 60


@pytest.mark.parametrize("kind", ["dropped", "lost"])
def test_an_answer_can_be_lost_before_or_after_the_change(
    datacite: FakeDataCite, client: httpx.Client, kind: Any
) -> None:
    datacite.faults = Faults(Fault(kind))
    with pytest.raises(httpx.RemoteProtocolError):
        put(client, **VALID, event="publish")
    assert (DOI in datacite.dois) is (kind == "lost")


def test_an_event_can_be_ignored_on_demand(datacite: FakeDataCite, client: httpx.Client) -> None:
    datacite.faults = Faults(Fault("ignored"))
    assert put(client, **VALID, event="publish").status_code == 201
    assert state(client) == "draft"


def test_it_runs_by_itself() -> None:
    command = [sys.executable, "-m", "tests.fakes.datacite", "--port", "0", "--prefix", "10.4321"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        said = process.stdout.readline()
        address = re.search(r"http://\S+", said)
        assert address
        try:
            auth = ("TEST.REPO", "secret")
            with httpx.Client(base_url=address[0], auth=auth) as client:
                assert client.get("/heartbeat").status_code == 200
                assert put(client, "10.4321/a", **VALID).status_code == 201
        finally:
            process.kill()
