from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from lxml import html

from catalogue.models import PublishedRecord
from tests.catalogue.portal.experiments import NOW, publish
from tests.factories import (
    make_dataset,
    make_embargoed_investigation,
    make_facility,
    make_instrument,
    make_investigation,
    make_policy,
    make_proposal,
)

pytestmark = pytest.mark.django_db


def titles(page: Any) -> list[str]:
    return [a.text_content() for a in page.xpath("//h3/a")]


def test_the_newest_open_data_come_in_pages_by_place(client: Client) -> None:
    for number in range(13):
        publication = publish(make_investigation(title=f"Run {number:02}"))
        # Three records share each second: the key orders them.
        stamp = NOW + timedelta(seconds=number // 3)
        PublishedRecord.objects.filter(publication=publication).update(datestamp=stamp)
    publish(make_embargoed_investigation(title="Closed"))
    first = html.fromstring(client.get("/").content)
    (more,) = first.xpath("//a[@rel='next']/@href")
    second = html.fromstring(client.get(f"/{more}").content)
    assert titles(first) == [f"Run {number:02}" for number in range(12, 0, -1)]
    assert titles(second) == ["Run 00"]
    assert not second.xpath("//a[@rel='next']")


@pytest.mark.parametrize("place", ["x", "2026-01-01~1", "2026-01-01T00:00:00+00:00~x", "~", "\0"])
def test_a_place_that_is_none_is_told_readably(place: str, client: Client) -> None:
    answer = client.get("/", {"before": place})
    assert answer.status_code == 404
    assert "is no place in this list" in answer.content.decode()


def test_the_figures_count_what_is_open_and_nothing_else(client: Client) -> None:
    make_investigation(dataset_count=3, file_count=5, size_bytes=2048)
    make_embargoed_investigation(dataset_count=100, file_count=100, size_bytes=10**9)
    page = html.fromstring(client.get("/").content)
    figures = dict(
        zip(
            [dt.text_content() for dt in page.xpath("//dl[@class='figures']//dt")],
            [dd.text_content() for dd in page.xpath("//dl[@class='figures']//dd")],
            strict=True,
        )
    )
    assert figures == {
        "open investigation": "1",
        "datasets": "3",
        "files": "5",
        "to download": "2.0\xa0KB",
    }


def test_facilities_instruments_and_techniques_lead_to_searches(client: Client) -> None:
    facility = make_facility(slug="ess", name="European Spallation Source")
    instrument = make_instrument(facility=facility, slug="loki", name="LOKI")
    proposal = make_proposal(embargo_policy=make_policy(facility=facility))
    investigation = make_investigation(proposal=proposal, instrument=instrument)
    make_dataset(investigation=investigation, techniques=["PaNET01189"])
    publish(investigation)
    closed = make_embargoed_investigation()
    make_dataset(investigation=closed, techniques=["PaNET01027"])
    page = html.fromstring(client.get("/").content)
    links = {a.text_content(): a.get("href") for a in page.xpath("//aside//a")}
    assert links == {
        "European Spallation Source": "/search?set=ess",
        "LOKI": "/search?set=ess%3Aloki",
        "small angle neutron scattering": "/search?technique=PaNET01189",
    }


def test_an_empty_catalogue_says_so(client: Client) -> None:
    assert "No data are open yet" in client.get("/").content.decode()


def test_as_many_queries_for_ten_records_as_for_one(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    for _ in range(10):
        publish(make_investigation())
    with django_assert_max_num_queries(6):
        client.get("/")
    with django_assert_max_num_queries(1):
        client.get("/")


@pytest.mark.parametrize(
    "place",
    [
        "0001-01-01T00:00:00+23:59~1",
        "9999-12-31T23:59:59-23:59~1",
        "2020-01-01T00:00:00+00:00:30.5~1",
        "2020-01-01~1",
        "x~1",
    ],
)
def test_a_place_that_is_none_is_not_found(client: Client, place: str) -> None:
    assert client.get("/", {"before": place}).status_code == 404
