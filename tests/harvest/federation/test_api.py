"""`/federated-api` over real HTTP: what others do costs no more than the deadline, and is told."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from harvest.models import FederationProvider
from tests.fakes.panosc_provider import FAULTS, Catalogue, FakeProvider, documents, fake_provider
from tests.harvest.federation.asking import make_provider

pytestmark = pytest.mark.django_db
Json = dict[str, Any]


@pytest.fixture(autouse=True)
def _on_this_machine(settings: LazySettings) -> None:
    settings.PRIVATE_HOSTS = ["127.0.0.1"]
    settings.FEDERATION_DEADLINE_S = 3
    FederationProvider.objects.filter(base_url="").delete()


@pytest.fixture
def start() -> Iterator[Any]:
    """Returns a maker of providers: `start("ess", documents(3), fault="drip")`."""
    with ExitStack() as running:

        def make(slug: str, found: list[Json] | Catalogue = (), **options: Any) -> FakeProvider:  # type: ignore[assignment]
            row = {
                name: options.pop(name)
                for name in ("timeout_s", "is_comparable", "weight")
                if name in options
            }
            holds = found if isinstance(found, Catalogue) else Catalogue({"documents": list(found)})
            server = running.enter_context(fake_provider(holds, **options))
            make_provider(server, slug, **row)
            return server

        yield make


def ask(client: Client, path: str = "Documents", **query: Any) -> Any:
    texts = {
        name: json.dumps(value) if isinstance(value, dict) else str(value)
        for name, value in query.items()
    }
    return client.get(f"/federated-api/{path}", texts)


def test_the_list_is_an_array_and_the_header_says_who_answered(client: Client, start: Any) -> None:
    start("ess", documents(2, prefix="10.5072/ess"))
    start("ill", documents(1, prefix="10.5072/ill"))
    response = ask(client)
    assert [item["pid"] for item in response.json()] == [
        "10.5072/ess.0",
        "10.5072/ill.0",
        "10.5072/ess.1",
    ]
    assert response.headers["X-Total-Count"] == "3"
    assert response.headers["X-Federation-Status"].startswith("ess=answered;items=2;ms=")
    assert "X-Federation-Status" in response.headers["Access-Control-Expose-Headers"]


def test_the_envelope_says_it_in_the_body(client: Client, start: Any) -> None:
    start("ess", documents(1))
    start("ill", fault="error")
    body = ask(client, envelope=1).json()
    status = body["status"]
    assert (status["asked"], status["answered"], status["partial"]) == (2, 1, True)
    ess, ill = status["providers"]
    assert ess.keys() == {"key", "facility", "url", "state", "items", "total", "ms"}
    assert ill["state"] == "failed"
    assert ill["note"] == "500: Cannot read properties of undefined"
    assert (body["total"], len(body["items"])) == (1, 1)


@pytest.mark.parametrize(
    "fault",
    [fault for fault in FAULTS if fault not in ("", "refuse-include", "surrogate", "string-count")],
)
def test_no_fault_of_one_costs_the_others_anything_but_time(
    client: Client, start: Any, fault: str
) -> None:
    start("good", documents(2))
    start("bad", documents(2, prefix="10.5072/bad"), fault=fault, timeout_s=0.4)
    began = time.monotonic()
    response = ask(client, envelope=1)
    assert time.monotonic() - began < 2
    assert response.status_code == 200
    body = response.json()
    assert [item["pid"] for item in body["items"] if "fake" in item["pid"]] == [
        "10.5072/fake.0",
        "10.5072/fake.1",
    ]
    bad = body["status"]["providers"][1]
    assert bad["state"] != "answered" or bad["note"]


def test_half_a_character_does_not_break_the_answer(client: Client, start: Any) -> None:
    start("odd", fault="surrogate")
    assert ask(client).json()[0]["title"] == "half \ufffd"


def test_a_count_of_strings_is_not_added_up(client: Client, start: Any) -> None:
    start("good", documents(3))
    start("bad", fault="string-count")
    assert ask(client, "Documents/count").json() == {"count": 3}
    body = ask(client, "Documents/count", envelope=1).json()
    assert body["count"] == 3
    assert body["status"]["providers"][1]["state"] == "garbled"


def test_counts_of_several_may_double(client: Client, start: Any) -> None:
    start("ess", documents(3))
    start("ill", documents(2))
    assert ask(client, "documents/count").json() == {"count": 5, "approximate": True}


def test_pages_hold_everything_once(client: Client, start: Any) -> None:
    start("a", documents(7))
    start("b", [*documents(12)[4:], *documents(3, prefix="10.5072/B")])
    found = [
        item["pid"]
        for skip in range(0, 20, 4)
        for item in ask(client, filter={"skip": skip, "limit": 4}).json()
    ]
    assert len(found) == len(set(found)) == 15
    assert found == [item["pid"] for item in ask(client).json()]


def test_links_lead_through_the_pages_and_keep_what_else_was_asked(
    client: Client, start: Any
) -> None:
    start("a", documents(3))
    start("b", documents(3, prefix="10.5072/b"))
    response = ask(client, filter={"limit": 2}, provider="a", envelope=1)
    (following,) = re.findall(r'<([^>]*)>; rel="next"', response.headers["Link"])
    body = client.get(f"/federated-api/Documents{following}").json()
    assert [item["pid"] for item in body["items"]] == ["10.5072/fake.2"]
    assert "Link" not in ask(client).headers


def test_everyone_is_asked_from_the_start_with_the_callers_own_filter(
    client: Client, start: Any
) -> None:
    server = start("ess", documents(3))
    ask(client, filter={"where": {"type": "publication"}, "limit": "2", "skip": 4})
    (address,) = server.requests
    assert address.startswith("/api/Documents?filter=%7B%22where%22")
    assert "%22limit%22%3A6" in address
    assert "skip" not in address


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"filter": {"where": {"colour": "red"}}}, "filter.where.colour"),
        ({"filter": {"include": [{"relation": "people"}]}}, "has no relation 'people'"),
        ({"filter": {"skip": 1000}}, "filter.skip: expected less than 1000"),
        ({"provider": "esrf"}, "provider: there is no 'esrf'; there are: ess"),
        ({"envelope": "yes"}, "envelope: expected 0 or 1"),
        ({"page": 2}, "page: unknown parameter"),
    ],
)
def test_a_bad_question_is_refused_here_and_asked_of_nobody(
    client: Client, start: Any, query: Json, message: str
) -> None:
    server = start("ess", documents(1))
    response = ask(client, **query)
    assert response.status_code == 400
    assert message in response.json()["error"]["message"]
    assert server.requests == []


def test_a_query_ranks_and_an_order_goes_before_it(client: Client, start: Any) -> None:
    def titles(**asked: Any) -> list[str]:
        return [item["title"] for item in ask(client, filter=asked).json()]

    one = [{"pid": "10.5072/1", "title": "Silver"}, {"pid": "10.5072/2", "title": "Blue silver"}]
    start("a", one, is_comparable=True)
    start("b", [{"pid": "10.5072/3", "title": "Blue"}], is_comparable=True)
    assert titles(query="blue silver") == ["Blue silver", "Silver", "Blue"]
    assert titles(query="blue silver", order="title") == ["Blue", "Blue silver", "Silver"]


def test_only_the_fields_asked_for_are_shown(client: Client, start: Any) -> None:
    server = start("ess", documents(1))
    (item,) = ask(client, filter={"fields": ["title"]}).json()
    assert item.keys() == {"title", "score", "provider", "providers"}
    item = ask(client, "Documents/10.5072%2Ffake.0", filter={"fields": ["doi"]}).json()
    assert item.keys() == {"doi", "provider"}
    assert "fields" not in "".join(server.requests)


def test_a_refused_relation_is_left_out_and_told(client: Client, start: Any) -> None:
    server = start("ess", documents(1), fault="refuse-include")
    body = ask(client, filter={"include": ["members", "parameters"]}, envelope=1).json()
    assert body["items"][0]["members"] == []
    assert body["status"]["providers"][0]["note"].startswith("refused the relations")
    assert len(server.requests) == 2


def test_a_refused_relation_that_filters_is_not_left_out(client: Client, start: Any) -> None:
    start("ess", documents(1), fault="refuse-include")
    start("ill", documents(1))
    wanted = {"relation": "datasets", "scope": {"where": {"title": "x"}}}
    body = ask(client, filter={"include": [wanted]}, envelope=1).json()
    assert body["status"]["providers"][0]["state"] == "refused"


def test_an_item_comes_from_whoever_has_it_first(client: Client, start: Any) -> None:
    start("slow", documents(1), delay_s=5)
    quick = start("quick", documents(1))
    start("other", documents(3))
    began = time.monotonic()
    response = ask(client, "documents/10.5072%2Ffake.0")
    assert time.monotonic() - began < 2
    assert response.json()["pid"] == "10.5072/fake.0"
    assert response.json()["provider"] in (
        quick.url,
        FederationProvider.objects.get(slug="other").base_url,
    )


def test_an_item_that_nobody_has_is_unknown(client: Client, start: Any) -> None:
    start("ess", documents(1))
    start("ill", fault="drop")
    response = ask(client, "Documents/10.5072%2Fnone")
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "MODEL_NOT_FOUND"


def test_files_come_from_the_provider_that_holds_the_dataset(client: Client, start: Any) -> None:
    files = [{"id": str(number), "name": f"run-{number}.nxs"} for number in range(5)]
    held = Catalogue({"datasets": [{"pid": "a/1", "title": "run"}]}, {"a/1": files})
    start("ess")
    start("ill", held)
    response = ask(client, "Datasets/a%2F1/files", filter={"skip": 1, "limit": 2})
    assert [file["name"] for file in response.json()] == ["run-1.nxs", "run-2.nxs"]
    assert ask(client, "Datasets/a%2F1/files/count").json() == {"count": 5}
    assert ask(client, "Datasets/a%2F2/files").status_code == 404


def test_one_provider_can_be_asked_alone(client: Client, start: Any) -> None:
    ess, ill = start("ess", documents(1)), start("ill", documents(1, prefix="10.5072/ill"))
    assert [item["provider"] for item in ask(client, provider="ill").json()] == [ill.url]
    assert ess.requests == []


def test_nobody_answering_is_an_error_and_not_an_empty_list(client: Client, start: Any) -> None:
    start("ess", fault="drop")
    response = ask(client)
    assert response.status_code == 503
    assert "ess: unreachable" in response.json()["error"]["message"]


def test_a_question_that_comes_back_is_not_passed_on(
    client: Client, start: Any, settings: LazySettings
) -> None:
    server = start("ess", documents(1))
    passed = {"X-Federated-By": f"https://a.example.org, {settings.BASE_URL}"}
    response = client.get("/federated-api/Documents", headers=passed)
    assert response.status_code == 508
    assert server.requests == []


def test_the_root_tells_who_is_asked_without_asking(client: Client, start: Any) -> None:
    server = start("ess", documents(1))
    ask(client)
    asked = len(server.requests)
    body = client.get("/federated-api").json()
    assert body["data_providers"] == [server.url]
    assert body["providers"][0]["breaker"] == "closed"
    assert body["providers"][0]["latency_ms"] >= 0
    assert len(server.requests) == asked


def test_other_addresses_have_the_envelope_of_errors(client: Client) -> None:
    response = client.get("/federated-api/Files")
    assert response.status_code == 404
    assert (
        response.json()["error"]["message"]
        == "There is no method to handle GET /federated-api/Files"
    )


def test_the_whole_is_read_with_one_query_and_written_once_a_minute(
    client: Client, start: Any, django_assert_num_queries: Any
) -> None:
    for number in range(4):
        start(f"p{number}", documents(1))
    ask(client)
    with django_assert_num_queries(1):
        ask(client)
