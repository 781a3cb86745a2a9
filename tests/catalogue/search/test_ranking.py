"""What a query finds, and in which order."""

import json
from typing import Any

import pytest
from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from catalogue.models import Dataset, DatasetWords, Sample, Technique
from catalogue.publication.publish import Act, publish_investigation
from catalogue.publication.registrar import LocalRegistrar
from catalogue.publication.schedule import refresh
from catalogue.search.words import near_spellings, words_of
from tests.catalogue.search.asking import give
from tests.factories import (
    make_dataset,
    make_embargoed_investigation,
    make_facility,
    make_instrument,
    make_investigation,
    make_member,
)

pytestmark = pytest.mark.django_db


def ask(client: Client, items: str, **asked: Any) -> list[dict[str, Any]]:
    response = client.get(f"/panosc-api/{items}", {"filter": json.dumps(asked)})
    assert response.status_code == 200, response.content
    return list(response.json())


def found(client: Client, query: str, **asked: Any) -> list[str]:
    return [item["title"] for item in ask(client, "Datasets", query=query, **asked)]


@pytest.mark.parametrize(
    ("title", "query"),
    [
        ("Copper powder at 20 K", "copper"),
        ("Superconducting cuprates", "superconductor"),
        ("Étude du verre à 1,5 Å", "etude"),
        ("Etude", "étude"),
        ("β-lactoglobulin in water", "lactoglobulin"),
        ("β-lactoglobulin in water", "β-lactoglobulin"),
        ("Lysozyme crystals", "lyso"),
        ("Lysozyme crystals", "lysozime"),
        ("Lysozyme crystals", "lisozyme growth"),
        ("Crystals of 李", "李"),
        ("x-ray tomography", "tomografy"),
        ("run 4711", "4711"),
    ],
)
def test_words_are_found_however_they_are_written(client: Client, title: str, query: str) -> None:
    make_dataset(title=title)
    make_dataset(title="nothing of the kind")

    assert found(client, query) == [title]


@pytest.mark.parametrize("query", ["zirconium", "the of", "!!!", "pow", "o'brien' | & :* \\"])
def test_what_nothing_holds_finds_nothing(client: Client, query: str) -> None:
    make_dataset(title="Copper at the synchrotron")

    assert found(client, query) == []


def test_more_words_in_better_places_come_first(client: Client) -> None:
    investigation = make_investigation()
    sample = Sample.objects.create(investigation=investigation, name="copper powder")
    for title, described, of in [
        ("tin", "copper powder " + "and much else " * 40, None),
        ("copper and tin", "", None),
        ("measured", "", sample),
        ("copper powder", "", None),
        ("coppery", "", None),
    ]:
        make_dataset(investigation=investigation, title=title, description=described, sample=of)

    items = ask(client, "Datasets", query="copper powder")

    assert [item["title"] for item in items] == [
        "copper powder",
        "copper and tin",
        "measured",
        "coppery",
        "tin",
    ]
    scores = [item["score"] for item in items]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score < 1 for score in scores)
    assert len(set(scores)) == 5


def test_a_score_is_that_of_the_item_alone(client: Client) -> None:
    make_dataset(title="copper powder")
    before = ask(client, "Datasets", query="copper")[0]["score"]
    for number in range(5):
        make_dataset(title=f"copper {number}")

    after = {item["title"]: item["score"] for item in ask(client, "Datasets", query="copper")}

    assert after["copper powder"] == before


def test_query_condition_relation_page_and_order_compose(client: Client) -> None:
    for number in range(5):
        dataset = make_dataset(title=f"copper {number}", size_bytes=number)
        give(dataset, "n", number)
    asked = {
        "query": "copper",
        "where": {"size": {"gt": 0}},
        "include": [{"relation": "parameters", "scope": {"where": {"value": {"lt": 4}}}}],
    }

    assert found(client, **asked) == ["copper 1", "copper 2", "copper 3"]
    assert found(client, **asked, limit=1, skip=1) == ["copper 2"]
    assert found(client, **asked, order="size DESC") == ["copper 3", "copper 2", "copper 1"]
    assert found(client, **asked, order="score ASC", limit=1) == ["copper 1"]
    count = client.get("/panosc-api/Datasets/count", {"filter": json.dumps(asked)})
    assert count.json() == {"count": 3}


def test_documents_and_instruments_are_ranked_too(client: Client) -> None:
    facility = make_facility(name="Boreal Source")
    make_instrument(facility=facility, name="LoKI", long_name="Small angle scattering")
    investigation = make_investigation(title="Copper oxides", abstract="Superconductors.")
    make_dataset(investigation=investigation)
    make_member(investigation)
    refresh([investigation.pk], now=timezone.now())
    publish_investigation(investigation.pk, act=Act(now=timezone.now()), registrar=LocalRegistrar())

    for items, key, query, name in [
        ("Documents", "title", "superconductors", "Copper oxides"),
        ("Documents", "title", "coper", "Copper oxides"),
        ("Instruments", "name", "loki", "LoKI"),
        ("Instruments", "name", "boreal scatter", "LoKI"),
    ]:
        (item,) = ask(client, items, query=query)
        assert item[key] == name
        assert 0 < item["score"] < 1


def test_closed_data_change_no_spelling_and_no_score(client: Client) -> None:
    make_dataset(title="combat")
    before = ask(client, "Datasets", query="wombat")
    assert [item["title"] for item in before] == ["combat"]

    make_dataset(title="wombat", investigation=make_embargoed_investigation())

    assert ask(client, "Datasets", query="wombat") == before


def test_without_a_query_every_score_is_the_same(client: Client) -> None:
    make_dataset()
    make_dataset()

    assert {item["score"] for item in ask(client, "Datasets", order="score DESC")} == {0.5}


def test_files_are_not_ranked(client: Client) -> None:
    dataset = make_dataset()

    address = f"/panosc-api/Datasets/{dataset.uid}/files"
    response = client.get(address, {"filter": '{"query":"a"}'})

    assert response.status_code == 400
    assert "filter.query" in response.json()["error"]["message"]


@pytest.mark.parametrize("query", ["copper", "copper tin lead zinc iron gold silver platinum"])
def test_the_number_of_queries_is_fixed(
    client: Client, query: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_dataset(title="copper and platinums")

    # Savepoint and release, limits, known words, spellings, count, page.
    with django_assert_num_queries(7 if " " in query else 6):
        assert len(ask(client, "Datasets", query=query)) == 1


class TestTheWordsFollowTheRows:
    def test_a_dataset(self, client: Client) -> None:
        dataset = make_dataset(title="one")
        Dataset.objects.filter(pk=dataset.pk).update(title="two")

        assert found(client, "two") == ["two"]
        assert found(client, "one") == []
        dataset.delete()
        assert DatasetWords.objects.count() == 0

    def test_its_techniques(self, client: Client) -> None:
        dataset = make_dataset(title="a", techniques=["PaNET01188"])
        assert found(client, "SAXS") == ["a"]
        dataset.techniques.clear()
        assert found(client, "SAXS") == []

    def test_a_technique_of_the_facility(self, client: Client) -> None:
        term = Technique.objects.get(code="PaNET01188")
        own = Technique.objects.create(code="own", pid="t/1", label="frobnication")
        make_dataset(title="a").techniques.set([own])
        assert found(client, "frobnication") == ["a"]
        own.panet_term = term
        own.save()
        assert found(client, "SAXS") == ["a"]

    def test_its_samples(self, client: Client) -> None:
        investigation = make_investigation()
        first, second = (
            Sample.objects.create(investigation=investigation, name=name)
            for name in ("tin", "holder")
        )
        dataset = make_dataset(title="a", investigation=investigation, sample=first)
        dataset.further_samples.set([second])
        assert found(client, "tin") == found(client, "holder") == ["a"]
        Sample.objects.filter(pk=second.pk).update(name="vessel")
        assert found(client, "holder") == []
        assert found(client, "vessel") == ["a"]

    def test_its_parameters(self, client: Client) -> None:
        dataset = make_dataset(title="a")
        give(dataset, "sample_chemical_formula", "CuO")
        assert found(client, "CuO") == ["a"]
        dataset.parameters.update(text="Fe2O3")
        assert found(client, "Fe2O3") == ["a"]
        dataset.parameters.all().delete()
        assert found(client, "Fe2O3") == []

    def test_its_instrument(self, client: Client) -> None:
        instrument = make_instrument(name="LoKI")
        make_dataset(title="a", instrument=instrument)
        instrument.name = "Skadi"
        instrument.save()
        assert found(client, "skadi") == ["a"]
        instrument.facility.name = "Frostheim"
        instrument.facility.save()
        assert found(client, "frostheim") == ["a"]


def test_words_are_kept_by_index_however_small_the_tables_are() -> None:
    """A session keeps a trigger's plans: one made for small tables would read large ones whole."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE catalogue_dataset, catalogue_datasetwords")
        dataset = make_dataset(title="a", techniques=["PaNET01188"])
        before = _whole_reads(cursor)
        give(dataset, "sample_chemical_formula", "CuO")
        dataset.techniques.clear()
        Dataset.objects.filter(pk=dataset.pk).update(title="b")
        assert _whole_reads(cursor) == before


def _whole_reads(cursor: CursorWrapper) -> int:
    """Returns how often this transaction has read all of the table of words."""
    cursor.execute(
        "SELECT seq_scan FROM pg_stat_xact_user_tables WHERE relname = 'catalogue_datasetwords'"
    )
    return int(cursor.fetchone()[0])


def test_a_query_walks_its_index(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT dataset_id FROM catalogue_datasetwords"
            " WHERE search_vector @@ to_tsquery('catalogue', 'copper')"
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert "dataset_words" in plan


@given(st.text())
def test_any_text_has_words(text: str) -> None:
    assert all(word.strip() for word in words_of(text))


def test_near_spellings_are_the_nearest_first() -> None:
    known = ["Lysozyme", "and", "lysozymes", "unrelated", "Étude"]

    assert near_spellings("lysozime", known)[0].lower() == "lysozyme"
    assert near_spellings("etudee", known) == ["Étude"]
    assert near_spellings("zirconium", known) == []
