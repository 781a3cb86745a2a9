"""The page that searches everywhere: pieces as they come, and nothing of them believed."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from harvest.federation.findings import finding_of
from harvest.models import FederationProvider
from tests.factories import make_dataset
from tests.fakes.panosc_provider import Catalogue, documents, fake_provider
from tests.harvest.federation.asking import make_provider

pytestmark = pytest.mark.django_db
Json = dict[str, Any]
PAGE = "/search/everywhere"


@pytest.fixture(autouse=True)
def _on_this_machine(settings: LazySettings) -> None:
    settings.PRIVATE_HOSTS = ["127.0.0.1"]
    settings.FEDERATION_DEADLINE_S = 1


def pieces(client: Client, **query: Any) -> Iterator[str]:
    response = client.get(PAGE, {"q": "", **query})
    assert response.status_code == 200
    assert response.streaming
    for piece in response:
        yield piece.decode()


def page(client: Client, **query: Any) -> str:
    return "".join(pieces(client, **query))


def test_answers_are_sent_before_the_last_has_come(client: Client) -> None:
    with (
        fake_provider(Catalogue({"documents": documents(2, title="Quick")})) as quick,
        fake_provider(fault="hang") as slow,
    ):
        make_provider(quick, "quick")
        make_provider(slow, "slow")
        began = time.monotonic()
        found = [(piece, time.monotonic() - began) for piece in pieces(client)]
    head, waiting, own, first, last, merged, foot = (text for text, _ in found)
    assert "<form" in head
    assert "0 of 3" in waiting
    assert "Facility Metadata Catalogue" in own
    assert "Quick document 0" in first
    assert "2 of 3 facilities have answered." in first
    assert "Waiting for Facility slow" in first
    assert found[3][1] < 0.8 < found[4][1]
    assert "Did not answer in time" in last
    assert "progress" not in last
    assert "Without Facility slow: there may be more." in merged
    assert foot.rstrip().endswith("</html>")


def test_the_whole_is_well_formed_whoever_fails(client: Client) -> None:
    for fault in ("garbage", "scalars", "surrogate", "drop"):
        FederationProvider.objects.exclude(base_url="").delete()
        with fake_provider(fault=fault) as server:
            make_provider(server)
            text = page(client, q="x", kind="datasets")
        for tag in ("ol", "li", "section", "article", "main", "html"):
            assert text.count(f"<{tag}>") + text.count(f"<{tag} ") == text.count(f"</{tag}>"), tag


def test_what_providers_say_is_text_and_never_markup(client: Client) -> None:
    evil = {"pid": "<b>1</b>", "title": "<script>alert(1)</script>", "summary": "</main>"}
    bad = {"pid": "javascript:alert(1)", "title": {"a": 1}, "doi": "javascript:alert(1)"}
    with fake_provider(Catalogue({"documents": [evil, bad]})) as server:
        make_provider(server)
        text = page(client)
    assert "<script>" not in text
    assert "&lt;script&gt;" in text
    assert 'href="javascript' not in text
    assert text.count("</main>") == 1
    assert "Untitled" in text


def test_what_we_hold_leads_to_our_page_and_the_rest_to_its_doi(client: Client) -> None:
    dataset = make_dataset(title="Ours")
    theirs = [{"pid": "10.5072/theirs", "title": "Theirs"}, {"pid": "17", "title": "Local"}]
    with fake_provider(Catalogue({"datasets": theirs})) as server:
        make_provider(server)
        text = page(client, kind="datasets")
    assert f'href="/datasets/{dataset.uid}"' in text
    assert 'href="https://doi.org/10.5072/theirs"' in text
    assert "<h3>Local</h3>" in text


def test_pages_go_on_where_the_last_one_ended(client: Client) -> None:
    with fake_provider(Catalogue({"documents": documents(45)})) as server:
        make_provider(server)
        texts = [page(client, page=number) for number in (1, 2, 3)]
    shown = [
        [number for number in range(45) if f"document {number}</a></h3>" in text] for text in texts
    ]
    assert shown == [list(range(20)), list(range(20, 40)), list(range(40, 45))]
    assert "?q=&amp;page=2" in texts[0]
    assert "Next" not in texts[2]


def test_nobody_is_asked_before_somebody_searches(client: Client) -> None:
    with fake_provider() as server:
        make_provider(server)
        response = client.get(PAGE)
        head = client.head(PAGE, {"q": "x"})
        assert server.requests == []
    assert "Facility fake" in response.content.decode()
    assert not response.streaming
    assert head.status_code == 200


@pytest.mark.parametrize("query", ["page=51", "page=0", "provider=nobody"])
def test_what_is_not_there_is_not_found(client: Client, query: str) -> None:
    assert client.get(f"{PAGE}?q=x&{query}").status_code == 404


@pytest.mark.parametrize(
    ("item", "address"),
    [
        ({"pid": "10.5072/A"}, "https://doi.org/10.5072/a"),
        ({"pid": "1", "doi": "doi:10.5072/a?b"}, "https://doi.org/10.5072/a%3Fb"),
        ({"pid": "https://example.org/1"}, ""),
    ],
)
def test_only_dois_are_followed(item: Json, address: str) -> None:
    assert finding_of(item, facilities={}, own_url="").address == address
