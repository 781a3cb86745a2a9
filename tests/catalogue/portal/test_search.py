from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from lxml import html

from catalogue.models import PublishedRecord
from catalogue.portal.search import Search
from tests.catalogue.portal.experiments import publish
from tests.factories import (
    make_dataset,
    make_embargoed_investigation,
    make_facility,
    make_instrument,
    make_investigation,
    make_policy,
    make_proposal,
)


def titles(answer: Any) -> list[str]:
    return [a.text_content() for a in html.fromstring(answer.content).xpath("//h3/a")]


@pytest.mark.django_db
def test_a_word_of_the_title_ranks_above_one_of_the_abstract_and_is_marked(client: Client) -> None:
    publish(make_investigation(title="Salt"), abstract="With halite inside.")
    publish(make_investigation(title="Strained halite"))
    answer = client.get("/search?q=halite")
    assert titles(answer) == ["Strained halite", "Salt"]
    assert "Strained <mark>halite</mark>" in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("magnons", {"Magnons in ice"}),
        ("magnon", {"Magnons in ice"}),
        ("magnons or phonons", {"Magnons in ice", "Phonons in ice"}),
        ("ice -phonons", {"Magnons in ice"}),
        ('"in ice"', {"Magnons in ice", "Phonons in ice"}),
        ('"ice phonons"', set()),
        ("'\"((", set()),
        ("", {"Magnons in ice", "Phonons in ice"}),
        ("\0", {"Magnons in ice", "Phonons in ice"}),
    ],
)
def test_people_search_as_they_do_elsewhere(query: str, found: set[str], client: Client) -> None:
    for title in ("Magnons in ice", "Phonons in ice"):
        publish(make_investigation(title=title))
    assert set(titles(client.get("/search", {"q": query}))) == found


@pytest.mark.django_db
@pytest.mark.parametrize("form", ["{}", "https://doi.org/{}", "doi:{}", " DOI: {} "])
def test_a_doi_leads_straight_to_its_page(form: str, client: Client) -> None:
    publish(make_investigation(), doi="10.5072/Straight.1")
    answer = client.get("/search", {"q": form.format("10.5072/straight.1")})
    assert answer.status_code == 302
    assert answer["Location"] == "/doi/10.5072/Straight.1"


@pytest.mark.django_db
def test_a_doi_nobody_published_is_searched_for_as_words(client: Client) -> None:
    assert "What may help" in client.get("/search?q=10.5072/nothing").content.decode()


@pytest.mark.django_db
def test_embargoed_data_are_found_with_the_day_they_open(client: Client) -> None:
    publish(make_embargoed_investigation(title="Closed magnons"))
    answer = client.get("/search?q=magnons")
    assert titles(answer) == ["Closed magnons"]
    assert "Embargoed until 1 January 2999" in answer.content.decode()
    assert titles(client.get("/search?q=magnons&access=open")) == []


@pytest.mark.django_db
def test_a_set_limits_to_a_facility_or_an_instrument(client: Client) -> None:
    facility = make_facility(slug="ess", name="European Spallation Source")
    policy = make_policy(facility=facility)
    for slug in ("loki", "dream"):
        instrument = make_instrument(facility=facility, slug=slug, name=slug.upper())
        proposal = make_proposal(embargo_policy=policy)
        publish(make_investigation(title=slug, proposal=proposal, instrument=instrument))
    publish(make_investigation(title="elsewhere"))
    assert set(titles(client.get("/search?set=ess"))) == {"loki", "dream"}
    assert titles(client.get("/search?set=ess:loki")) == ["loki"]
    assert "Data from LOKI" in client.get("/search?set=ess:loki").content.decode()


@pytest.mark.django_db
def test_a_technique_finds_open_data_made_with_it_or_with_one_below_it(client: Client) -> None:
    # PaNET01189 small angle neutron scattering is below PaNET01124 small angle scattering.
    for title, maker in {"open": make_investigation, "shut": make_embargoed_investigation}.items():
        investigation = maker(title=title)
        make_dataset(investigation=investigation, techniques=["PaNET01189"])
        publish(investigation)
    publish(make_investigation(title="of another technique"))
    assert titles(client.get("/search?technique=PaNET01189")) == ["open"]
    assert titles(client.get("/search?technique=PaNET01124")) == ["open"]
    assert titles(client.get("/search?technique=nonsense")) == []


@pytest.mark.django_db
def test_pages_follow_each_other_without_gap_or_repetition(client: Client) -> None:
    for number in range(45):
        publish(make_investigation(title=f"Magnon run {number:02}"))
    pages = [client.get(f"/search?q=magnon&page={n}") for n in (1, 2, 3)]
    found = [title for page in pages for title in titles(page)]
    assert sorted(found) == [f"Magnon run {number:02}" for number in range(45)]
    assert "45 records found" in pages[0].content.decode()
    assert 'rel="next" href="?q=magnon&amp;page=2"' in pages[0].content.decode()
    assert 'rel="next"' not in pages[2].content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["0", "-1", "x", "1001", "²", "9" * 5000])
def test_a_page_that_cannot_be_is_told_readably(page: str, client: Client) -> None:
    answer = client.get("/search", {"page": page})
    assert answer.status_code == 404
    assert "write a number from 1 to 1000" in answer.content.decode()


@pytest.mark.django_db
def test_withdrawn_records_are_not_found(client: Client) -> None:
    publication = publish(make_investigation(title="Withdrawn magnons"))
    PublishedRecord.objects.filter(publication=publication).update(
        is_deleted=True, is_open=False, title="", json_ld={}, search_document={}
    )
    assert titles(client.get("/search?q=magnons")) == []
    assert titles(client.get("/search")) == []
    assert titles(client.get("/")) == []


@pytest.mark.django_db
def test_markup_in_titles_and_queries_is_shown_and_never_run(client: Client) -> None:
    publish(make_investigation(title="<script>alert(1)</script> magnons"))
    for query in ("magnons", "alert", "<script>alert(2)</script>", '"><svg onload=x>'):
        page = html.fromstring(client.get("/search", {"q": query}).content)
        assert page.xpath("//script") == []
        assert page.xpath("//svg") == []


@pytest.mark.django_db
def test_as_many_queries_for_ten_results_as_for_one(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(10):
        publish(make_investigation(title=f"Magnon run {number}"))
    with django_assert_max_num_queries(2):
        client.get("/search?q=magnon")


def test_a_search_is_cut_to_a_length_that_can_be_answered() -> None:
    assert len(Search.parse(QueryDict(f"q={'a' * 5000}")).text) == 300


@pytest.mark.parametrize(
    ("text", "doi"),
    [
        ("10.5072/a.b", "10.5072/a.b"),
        ("http://dx.doi.org/10.5072/a", "10.5072/a"),
        ("10.5072/a and words", ""),
        ("lysozyme", ""),
    ],
)
def test_what_counts_as_a_doi(text: str, doi: str) -> None:
    assert Search.parse(_query(text)).doi == doi


def _query(text: str) -> QueryDict:
    query = QueryDict(mutable=True)
    query["q"] = text
    return query
