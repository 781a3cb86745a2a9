"""Harvested records in the portal: found, marked with their origin, and linked to it."""

import html
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client

from catalogue.models import HarvestedRecord, Origin
from catalogue.portal.harvested import Limits, _after, harvested_found
from catalogue.portal.search import Search
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
        harvest(origin, f"Data {place}", doi=f"10.5555/{place}")
    with django_assert_max_num_queries(4):
        assert "after=" in answer(client, "?q=data")


@pytest.mark.parametrize("words", ["", "q=data"], ids=["newest first", "best first"])
def test_pages_follow_each_other_without_a_gap(client: Client, origin: Origin, words: str) -> None:
    for place in range(45):
        title = f"Data {place:02}" + " data" * (place % 3)
        harvest(origin, title, harvested_at=NOW + timedelta(seconds=place // 30))
    query, seen = f"?{words}", []
    while query:
        text = answer(client, query)
        seen += re.findall(r"Data (\d\d)", re.sub("<title>.*?</title>", "", text))
        following = re.search(r'rel="next" href="([^"]+)"', text)
        query = html.unescape(following[1]) if following else ""
        assert ("From the beginning" in text) is (len(seen) > 20)
    assert len(seen) == 45
    assert sorted(seen) == [f"{place:02}" for place in range(45)]


@pytest.mark.parametrize(
    "place", ["x", "0.5~1", "2026-03-01T00:00:00+00:00~-1", "2026-03-01T00:00:00~1", "~"]
)
def test_a_place_that_is_none_is_not_found(client: Client, origin: Origin, place: str) -> None:
    answered = client.get("/search/harvested", {"after": place})
    assert answered.status_code == 404


def test_limits_to_a_catalogue_a_year_and_a_type(client: Client, origin: Origin) -> None:
    near = Origin.objects.create(name="Near", base_url="https://near.example.org/oai")
    harvest(origin, "Far one", year=2020, resource_type="Dataset")
    harvest(near, "Near one", year=2021, resource_type="Software")
    harvest(near, "Near two", year=2020, resource_type="Dataset")
    for query, expected in {
        f"?origin={near.pk}": {"Near one", "Near two"},
        "?year=2020": {"Far one", "Near two"},
        "?type=Software": {"Near one"},
        f"?origin={near.pk}&year=2020&type=Dataset": {"Near two"},
        "?origin=x&year=MMXX&type=%00": {"Far one", "Near one", "Near two"},
        "?year=99999999999999999999": {"Far one", "Near one", "Near two"},
        "?origin=999999999": set(),
    }.items():
        text = answer(client, query)
        assert {name for name in ("Far one", "Near one", "Near two") if name in text} == expected
    assert "Look without the limits" in answer(client, "?year=1999")


def test_a_doi_in_two_catalogues_is_shown_once_with_both(client: Client, origin: Origin) -> None:
    near = Origin.objects.create(name="Near", base_url="https://near.example.org/oai")
    harvest(origin, "Twice", doi="10.5555/twice")
    harvest(near, "Twice", doi="10.5555/twice", identifier="oai:near:1")
    for query in ("", "?q=twice", "?q=10.5555/twice", f"?origin={near.pk}"):
        text = answer(client, query)
        assert text.count("<article") == 1
        assert "From Far Catalogue" in text
        assert "From Near" in text
    Origin.objects.filter(pk=origin.pk).update(is_shown=False)
    text = answer(client)
    assert text.count("<article") == 1
    assert "From Far Catalogue" not in text


def test_accents_do_not_matter(client: Client, origin: Origin) -> None:
    harvest(origin, "Diffusion de Gaëlle")
    assert "Diffusion" in answer(client, "?q=gaelle")


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("", "harvested_newest"),
        ("?origin={origin}", "harvested_of_origin"),
        ("?year=1999", "harvested_of_year"),
        ("?type=Software", "harvested_of_type"),
    ],
)
def test_a_page_is_walked_along_an_index(origin: Origin, query: str, index: str) -> None:
    limits = Limits.parse(QueryDict(query.format(origin=origin.pk).lstrip("?")))
    rows = [
        HarvestedRecord(
            **{"origin": origin, "identifier": str(place), "title": "a", "metadata_prefix": "x"},
            **{"harvested_at": NOW + timedelta(seconds=place), "seen_at": NOW},
            year=1999 if place % 100 == 0 else 2000,
            resource_type="Software" if place % 100 == 0 else "Dataset",
        )
        for place in range(3000)
    ]
    HarvestedRecord.objects.bulk_create(rows)
    if "origin" in query:
        others = Origin.objects.create(name="Other", base_url="https://other.example.org/oai")
        HarvestedRecord.objects.filter(identifier__regex="[1-9]$").update(origin=others)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE catalogue_harvestedrecord")
    found = harvested_found(Search.parse(QueryDict("")), limits)
    place = f"{(NOW + timedelta(seconds=1500)).isoformat()}~{rows[1500].pk}"
    assert index in _after(found, place)[:21].explain()
