"""Filters as they stand in a query string: JSON, and LoopBack's brackets."""

import pytest

from catalogue.search.errors import FilterError
from catalogue.search.query_string import read_parameters

KNOWN = ("filter", "where")


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([("filter", '{"limit": 2}')], {"filter": {"limit": 2}}),
        ([("filter", "")], {}),
        ([("filter", "null")], {}),
        ([("where[isPublic]", "true")], {"where": {"isPublic": "true"}}),
        (
            [("filter[where][title]", "x"), ("filter[limit]", "2")],
            {"filter": {"where": {"title": "x"}, "limit": "2"}},
        ),
        (
            [("filter[where][or][1][size]", "2"), ("filter[where][or][0][size]", "1")],
            {"filter": {"where": {"or": [{"size": "1"}, {"size": "2"}]}}},
        ),
    ],
)
def test_parameters(pairs: list[tuple[str, str]], expected: object) -> None:
    assert read_parameters(pairs, known=KNOWN) == expected


@pytest.mark.parametrize(
    "pairs",
    [
        [("limit", "2")],
        [("filter[", "2")],
        [("filter", "{")],
        [("filter", "[]")],
        [("filter", "7")],
        [("filter", '{"limit": NaN}')],
        [("filter", "[" * 100_000)],
        [("filter", "{}"), ("filter", "{}")],
        [("filter[limit]", "1"), ("filter[limit]", "2")],
        [("filter[where]", "1"), ("filter[where][title]", "2")],
        [("filter", '{"limit": 2}'), ("filter[limit]", "2")],
        [("filter" + "[a]" * 100, "2")],
    ],
    ids=lambda pairs: pairs[0][0][:20] + "=" + pairs[0][1][:20],
)
def test_what_is_no_filter_is_refused(pairs: list[tuple[str, str]]) -> None:
    with pytest.raises(FilterError):
        read_parameters(pairs, known=KNOWN)


def test_empty_brackets_are_the_next_place_of_an_array() -> None:
    pairs = [
        ("filter[include][]", "files"),
        ("filter[include][]", "techniques"),
        ("filter[where][and][][size]", "5"),
    ]

    assert read_parameters(pairs, known=("filter",)) == {
        "filter": {"include": ["files", "techniques"], "where": {"and": [{"size": "5"}]}}
    }
