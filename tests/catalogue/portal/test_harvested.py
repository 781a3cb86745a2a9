"""Harvested records in the portal: found, marked with their origin, and linked to it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from catalogue.models import HarvestedRecord, Origin
from tests.factories import make_publication, make_record

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def origin() -> Origin:
    return Origin.objects.create(name="Far Catalogue", base_url="https://far.example.org/oai")


def harvest(origin: Origin, title: str, **changes: Any) -> HarvestedRecord:
    values = {
        "identifier": f"oai:far.example.org:{title}",
        "metadata_prefix": "oai_dc",
        "harvested_at": NOW,
        "seen_at": NOW,
    }
    return HarvestedRecord.objects.create(origin=origin, title=title, **values | changes)


def answer(client: Client, query: str = "") -> str:
    return client.get(f"/search/harvested{query}").content.decode()


def test_a_record_is_found_by_its_words_and_links_to_its_origin(
    client: Client, origin: Origin
) -> None:
    harvest(origin, "Lysozyme at 100 K", doi="10.5555/far", url="https://doi.org/10.5555/far")
    harvest(origin, "Iron under pressure", creators="Franklin, Rosalind; Bragg, William")
    text = answer(client, "?q=lysozyme")
    assert '<a href="https://doi.org/10.5555/far" rel="external nofollow">Lysozyme' in text
    assert "From Far Catalogue" in text
    assert "Iron under pressure" not in text
    assert "Iron under pressure" in answer(client, "?q=Bragg")
    assert "Lysozyme" in answer(client, "?q=https://doi.org/10.5555/FAR")


def test_what_we_publish_ourselves_is_ours(client: Client, origin: Origin) -> None:
    harvest(origin, "Published here too", doi="10.5072/ours")
    assert "Published here too" in answer(client)
    make_record(publication=make_publication(doi="10.5072/OURS"))
    assert "Published here too" not in answer(client)


@pytest.mark.parametrize(
    "changes", [{"is_deleted": True, "title": ""}, {"origin__is_shown": False}], ids=str
)
def test_what_is_deleted_or_not_to_be_shown_is_not_found(
    client: Client, origin: Origin, changes: dict[str, Any]
) -> None:
    row = harvest(origin, "Gone or hidden")
    if "origin__is_shown" in changes:
        Origin.objects.update(is_shown=False)
    else:
        HarvestedRecord.objects.filter(pk=row.pk).update(**changes)
    assert "Gone or hidden" not in answer(client)


def test_only_open_and_markup_in_titles(client: Client, origin: Origin) -> None:
    harvest(origin, "Open <b>data", is_open=True)
    harvest(origin, "Closed data", is_open=False)
    harvest(origin, "Unsaid data")
    text = answer(client, "?access=open")
    assert "Open &lt;b&gt;data" in text
    assert "Closed data" not in text
    assert "Unsaid data" not in text


def test_a_page_costs_the_same_however_many(
    client: Client, origin: Origin, django_assert_max_num_queries: Any
) -> None:
    for place in range(25):
        harvest(origin, f"Data {place}")
    with django_assert_max_num_queries(3):
        assert "page=2" in answer(client, "?q=data")
