"""A running catalogue behind this one, over real HTTP: what both hold comes once."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import LazySettings
from django.test import Client

from catalogue.outbound import many
from tests.factories import make_publication, make_record
from tests.fakes.panosc_provider import Catalogue, documents, fake_provider
from tests.harvest.federation.asking import make_provider


@pytest.fixture(autouse=True)
def _no_connection_is_kept() -> Iterator[None]:
    """A server that is still connected would hold on to the test's database."""
    yield
    many.stop()


@pytest.mark.django_db(transaction=True)
def test_two_catalogues_that_share_their_records_and_a_third_that_shares_some(
    client: Client, live_server: Any, settings: LazySettings
) -> None:
    settings.PRIVATE_HOSTS = ["127.0.0.1", "localhost"]
    dois = [f"10.5072/fake.{number}" for number in range(5)]
    for doi in dois:
        make_record(publication=make_publication(doi=doi), is_open=True)
    port = urlsplit(live_server.url).port
    with fake_provider(Catalogue({"documents": documents(8)[3:]})) as server:
        make_provider(f"http://127.0.0.1:{port}/panosc-api", "twin")
        make_provider(f"http://localhost:{port}/federated-api", "circle")
        make_provider(server, "some")
        body = ask(client)
        pages = [
            item["pid"]
            for skip in range(0, 9, 2)
            for item in ask(client, skip=skip, limit=2)["items"]
        ]
    assert sorted(item["pid"] for item in body["items"]) == [f"10.5072/fake.{n}" for n in range(8)]
    assert pages == [item["pid"] for item in body["items"]]
    assert (body["total"], body["status"]["exact"]) == (8, True)
    held = {item["pid"]: len(item["providers"]) for item in body["items"]}
    assert [held[doi] for doi in dois] == [2, 2, 2, 3, 3]
    states = {line["key"]: line["state"] for line in body["status"]["providers"]}
    # Asked by us, it would ask us again.
    assert states == {"own": "answered", "twin": "answered", "circle": "failed", "some": "answered"}


def ask(client: Client, **asked: Any) -> Any:
    query = {"filter": json.dumps(asked), "envelope": 1}
    return client.get("/federated-api/Documents", query).json()
