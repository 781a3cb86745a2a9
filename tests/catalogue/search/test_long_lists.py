"""Lists that are longer than is worth counting, and words that too many items hold to be ranked."""

import json
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from catalogue.search import ranking, totals
from tests.catalogue.search.asking import names, scoped
from tests.factories import make_dataset

pytestmark = pytest.mark.django_db


def listed(client: Client, **asked: Any) -> HttpResponse:
    return client.get("/panosc-api/Datasets", {"filter": json.dumps(asked)})  # type: ignore[return-value]


@pytest.fixture
def _five() -> None:
    for number in range(5):
        make_dataset(title=f"copper {number}")


@pytest.mark.usefixtures("_five")
class TestCounting:
    @pytest.fixture(autouse=True)
    def _counts_to_three(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(totals, "MOST_COUNTED", 3)
        monkeypatch.setattr(totals, "MOST_COUNTED_BY_RELATION", 2)

    def test_stops_and_says_so(self, client: Client) -> None:
        found = listed(client, limit=2)

        assert found["X-Total-Count"] == "3"
        assert found["X-Total-Count-Exact"] == "false"
        assert 'rel="next"' in found["Link"]
        assert 'rel="last"' not in found["Link"]

    def test_goes_on_to_the_end_by_links(self, client: Client) -> None:
        seen, address = [], "/panosc-api/Datasets?filter[limit]=2"
        while address:
            found = client.get(address)
            seen += names(found.json())
            links = dict(
                reversed(link.split("; ", 1)) for link in found.get("Link", "").split(", ") if link
            )
            following = links.get('rel="next"', "")
            address = f"/panosc-api/Datasets{following.strip('<>')}" if following else ""

        assert seen == [f"copper {number}" for number in range(5)]

    def test_is_exact_up_to_there(self, client: Client) -> None:
        found = listed(client, where={"title": {"inq": ["copper 1", "copper 2", "copper 3"]}})

        assert found["X-Total-Count"] == "3"
        assert "X-Total-Count-Exact" not in found

    def test_stops_sooner_where_relations_are_asked_for(self, client: Client) -> None:
        asked = {"include": [scoped("instrument", {"name": {"neq": "none"}})]}

        found = listed(client, **asked)
        exact = client.get("/panosc-api/Datasets/count", {"filter": json.dumps(asked)})

        assert (found["X-Total-Count"], found["X-Total-Count-Exact"]) == ("2", "false")
        assert len(found.json()) == exact.json()["count"] == 5

    @pytest.mark.parametrize("order", [None, "title DESC"])
    def test_goes_on_beyond_what_was_counted(self, client: Client, order: str | None) -> None:
        asked = {"include": [scoped("instrument", {"name": {"neq": "none"}})], "order": order}

        found = [
            name
            for skip in (0, 2, 4)
            for name in names(listed(client, limit=2, skip=skip, **asked).json())
        ]

        wanted = [f"copper {number}" for number in range(5)]
        assert found == (wanted[::-1] if order else wanted)

    def test_is_exact_where_it_is_asked_for(self, client: Client) -> None:
        assert client.get("/panosc-api/Datasets/count").json() == {"count": 5}


@pytest.mark.usefixtures("_five")
class TestRanking:
    @pytest.fixture(autouse=True)
    def _ranks_three(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ranking, "MOST_RANKED", 3)
        monkeypatch.setattr(ranking, "FEW_HELD", 2)

    def test_ranks_the_newest_of_too_many(self, client: Client) -> None:
        found = listed(client, query="copper", limit=2)

        assert names(found.json()) == ["copper 2", "copper 3"]
        assert (found["X-Total-Count"], found["X-Total-Count-Exact"]) == ("3", "false")
        assert names(listed(client, query="copper", limit=2, skip=2).json()) == ["copper 4"]

    def test_ranks_the_old_one_that_has_the_rare_word(self, client: Client) -> None:
        found = listed(client, query="copper 0 zinc", limit=2)

        assert names(found.json()) == ["copper 0", "copper 2"]
        assert (found["X-Total-Count"], found["X-Total-Count-Exact"]) == ("3", "false")

    def test_ranks_the_old_one_that_has_all_words(
        self, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(ranking, "FEW_HELD", 1)  # so that no word is rare

        assert names(listed(client, query="copper 0", limit=1).json()) == ["copper 0"]
        assert names(listed(client, query="coper 0", limit=1).json()) == ["copper 0"]

    def test_ranks_the_old_ones_that_have_the_word_in_their_titles(self, client: Client) -> None:
        for _ in range(4):
            make_dataset(title="zinc", description="on a holder of copper")

        assert names(listed(client, query="copper").json()) == ["copper 2", "copper 3", "copper 4"]

    def test_filters_before_it_chooses(self, client: Client) -> None:
        where = {"title": {"inq": ["copper 0", "copper 1"]}}
        found = listed(client, query="copper", where=where)

        assert names(found.json()) == ["copper 0", "copper 1"]
        assert "X-Total-Count-Exact" not in found

    def test_scores_an_item_the_same(self, client: Client) -> None:
        alone = listed(client, query="copper", where={"title": "copper 4"}).json()
        among = listed(client, query="copper").json()

        assert alone[0]["score"] == among[-1]["score"]

    def test_counts_all(self, client: Client) -> None:
        answer = client.get("/panosc-api/Datasets/count", {"filter": '{"query": "copper"}'})

        assert answer.json() == {"count": 5}

    def test_orders_all_by_a_field(self, client: Client) -> None:
        found = listed(client, query="copper", order="title DESC")

        assert names(found.json()) == [f"copper {number}" for number in reversed(range(5))]


@pytest.mark.parametrize("how_many", [1, 12])
def test_techniques_are_looked_up_in_one_query(
    client: Client, how_many: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_dataset(title="a", techniques=["PaNET01188"])
    where = {"or": [{"name": "small angle scattering"}] * how_many}
    asked = {"include": [scoped("techniques", where), scoped("techniques", {"name": {"neq": "x"}})]}

    # Savepoint and release, limits, techniques, keys, page, which techniques to show, and they.
    with django_assert_num_queries(8):
        assert names(listed(client, **asked).json()) == ["a"]
