"""One list out of many: the order, the totals, and pages that hold everything once."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogue.search.tree import Ordering
from harvest.federation.answers import Answer
from harvest.federation.merge import merge, scores
from tests.harvest.federation.asking import answer, items

Json = dict[str, Any]


def pids(*answers: Answer, skip: int = 0, limit: int = 100, **how: Any) -> list[str]:
    return [item["pid"] for item in merge(answers, skip=skip, limit=limit, **how).items]


def test_without_a_query_everyone_is_heard_in_turn() -> None:
    one, other = answer(items("a1", "a2", "a3"), "a"), answer(items("b1", "b2"), "b")
    assert pids(one, other) == ["a1", "b1", "a2", "b2", "a3"]
    assert {item["score"] for item in merge([one, other], skip=0, limit=9).items} == {0.5}


def test_one_thing_under_two_spellings_is_found_once_with_both_holders() -> None:
    one = answer(items("10.5072/A", "10.5072/B"), "a")
    other = answer(items("https://doi.org/10.5072/b", "doi:10.5072/C"), "b")
    found = merge([one, other], skip=0, limit=9)
    assert [(item["pid"], item["providers"]) for item in found.items] == [
        ("10.5072/A", ["https://a.example.org/api"]),
        (
            "https://doi.org/10.5072/b",
            ["https://b.example.org/api", "https://a.example.org/api"],
        ),
        ("doi:10.5072/C", ["https://b.example.org/api"]),
    ]
    assert (found.total, found.is_exact) == (3, True)


def test_local_names_of_two_houses_are_two_things() -> None:
    assert len(pids(answer(items("1", "2"), "a"), answer(items("1", "2"), "b"))) == 4


def test_one_doi_on_two_items_of_a_house_is_not_theirs() -> None:
    found = [{"pid": "1", "doi": "10.5072/paper"}, {"pid": "2", "doi": "10.5072/paper"}]
    assert pids(answer(found)) == ["1", "2"]


def test_the_same_pid_twice_from_one_house_is_one_item() -> None:
    assert pids(answer(items("10.5072/a", "10.5072/a", "10.5072/b"))) == ["10.5072/a", "10.5072/b"]


def test_comparable_scores_are_taken_as_they_are() -> None:
    ours = answer([*items("a", score=0.9), *items("b", score=0.2)], "x", is_comparable=True)
    theirs = answer([*items("c", score=0.7), *items("d", score=0.1)], "y", is_comparable=True)
    assert pids(ours, theirs, is_ranked=True) == ["a", "c", "b", "d"]
    assert [item["score"] for item in merge([ours], skip=0, limit=9, is_ranked=True).items] == [
        pytest.approx(0.9),
        pytest.approx(0.2),
    ]


def test_claiming_much_of_everything_gains_nothing() -> None:
    """Worked by hand: ½ for the best, then ½ · 20/21 = 0.476, then ½ · 20/22 = 0.4545."""
    boaster = answer(items("x", "y", "z", score=0.9999), "boaster")
    modest = answer(items("u", "v", "w", score=0.01), "modest")
    assert scores(boaster) == pytest.approx([0.5, 0.476190, 0.454545], abs=1e-6)
    assert scores(boaster) == scores(modest)


def test_an_unknown_scale_counts_against_its_own_best() -> None:
    found = answer([*items("a", score=0.8), *items("b", score=0.4)])
    assert scores(found) == pytest.approx([0.5, 0.5 * 0.5 * 20 / 21])


@pytest.mark.parametrize("odd", [0, -1, -0.5])
def test_who_says_that_nothing_matches_comes_last(odd: float) -> None:
    boaster = answer(items("none", score=odd), "a")
    assert pids(boaster, answer(items("some", score=0.01), "b"), is_ranked=True) == ["some", "none"]


@pytest.mark.parametrize("odd", [None, "0.9", True, float("nan"), float("inf"), [1]])
def test_a_score_that_is_no_number_is_neutral(odd: object) -> None:
    assert scores(answer([{"pid": "a", "score": odd}])) == [0.5]


def test_a_weight_multiplies_the_odds() -> None:
    """Odds of ½ are 1; three times as much is 3 : 1."""
    assert scores(answer(items("a", score=0.3), weight=3)) == pytest.approx([0.75])


def test_an_order_goes_before_the_score() -> None:
    one = answer([{"pid": "1", "title": "beta"}, {"pid": "2", "title": "Delta"}], "a")
    other = answer([{"pid": "3", "title": "Alpha"}, {"pid": "4"}], "b")
    assert pids(one, other, order=[Ordering("title")]) == ["3", "1", "2", "4"]
    falling = answer(list(reversed(one.items)), "a")
    assert pids(
        falling, answer([other.items[0]], "b"), order=[Ordering("title", is_descending=True)]
    ) == ["2", "1", "3"]


def test_a_total_that_others_may_double_is_not_exact() -> None:
    one = answer(items("10.5072/a"), "a", total=50, is_whole=False)
    other = answer(items("10.5072/a"), "b", total=70, is_whole=False)
    found = merge([one, other], skip=0, limit=1)
    assert (found.total, found.is_exact) == (119, False)
    found = merge([one, answer([], "b")], skip=0, limit=1)
    assert (found.total, found.is_exact) == (50, True)


# --- the property: pages of random catalogues ------------------------------------------------
SCORES = st.one_of(st.none(), st.just(0.5), st.floats(-1, 2), st.text(max_size=2))


@st.composite
def federations(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Draws providers that share some of their items, each with an order and scores of its own."""
    everything = [f"10.5072/{number}" for number in range(draw(st.integers(0, 14)))]
    return [
        {
            "items": [
                {"pid": draw(st.sampled_from([pid, pid.upper(), f"https://doi.org/{pid}"]))}
                | {"score": draw(SCORES)}
                for pid in draw(st.permutations(everything))
                if draw(st.booleans())
            ],
            "weight": draw(st.sampled_from([0.5, 1, 3])),
            "is_comparable": draw(st.booleans()),
        }
        for _ in range(draw(st.integers(1, 4)))
    ]


@settings(max_examples=150, deadline=None)
@given(federations(), st.integers(1, 6), st.sampled_from([{}, {"is_ranked": True}, "order"]))
def test_paging_gives_each_item_once_in_one_order(
    federation: list[dict[str, Any]], limit: int, how: Any
) -> None:
    """Each page asks everyone for no more than its first skip + limit items."""
    options = {"order": [Ordering("pid")]} if how == "order" else how

    def page(skip: int, limit: int) -> list[Json]:
        answers = [
            answer(
                held["items"][: skip + limit],
                f"p{number}",
                total=len(held["items"]),
                is_whole=len(held["items"]) <= skip + limit,
                weight=held["weight"],
                is_comparable=held["is_comparable"],
            )
            for number, held in enumerate(federation)
        ]
        return merge(answers, skip=skip, limit=limit, **options).items

    everything = page(0, 100)
    paged: list[Json] = []
    while len(found := page(len(paged), limit)) == limit:
        paged += found
    paged += found
    assert [item["pid"] for item in paged] == [item["pid"] for item in everything]
    names = [item["pid"].lower().removeprefix("https://doi.org/") for item in everything]
    held = {
        item["pid"].lower().removeprefix("https://doi.org/")
        for part in federation
        for item in part["items"]
    }
    assert sorted(names) == sorted(held)
    assert all(0 < item["score"] < 1 for item in everything)
    if options.get("is_ranked"):
        standing = [item["score"] for item in everything]
        assert standing == sorted(standing, reverse=True)
