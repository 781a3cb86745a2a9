"""What a filter parses to, and what is refused, with the path of the offending part."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from catalogue.search.errors import FilterError
from catalogue.search.filter import parse_filter, parse_item_filter
from catalogue.search.schema import CLASSES
from catalogue.search.tree import (
    ANYTHING,
    AllOf,
    AnyOf,
    Comparison,
    Filter,
    Include,
    Ordering,
    Text,
)
from catalogue.search.where import parse_where

DATASET = CLASSES["Dataset"]
DOCUMENT = CLASSES["Document"]


def comparisons(where: object) -> Any:
    return parse_where(where, DATASET)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({"title": "a"}, Comparison("title", "eq", "a", "where.title.eq")),
        ({"title": {"eq": "a"}}, Comparison("title", "eq", "a", "where.title.eq")),
        ({"title": 7}, Comparison("title", "eq", "7", "where.title.eq")),
        ({"title": None}, Comparison("title", "eq", None, "where.title.eq")),
        ({"size": {"gt": "10"}}, Comparison("size", "gt", 10.0, "where.size.gt")),
        ({"size": {"lt": 1.5}}, Comparison("size", "lt", 1.5, "where.size.lt")),
        (
            {"size": {"between": [5, 1]}},
            Comparison("size", "between", (5, 1), "where.size.between"),
        ),
        ({"pid": {"inq": []}}, Comparison("pid", "inq", (), "where.pid.inq")),
        ({"size": {"nin": [1, None]}}, Comparison("size", "nin", (1, None), "where.size.nin")),
        ({"isPublic": "true"}, Comparison("isPublic", "eq", True, "where.isPublic.eq")),
        ({"text": "copper"}, Text("copper")),
    ],
)
def test_one_condition(where: object, expected: object) -> None:
    assert comparisons(where) == expected


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2020-06-01", datetime(2020, 6, 1, tzinfo=UTC)),
        ("2020-06-01T09:00:00.500Z", datetime(2020, 6, 1, 9, 0, 0, 500_000, tzinfo=UTC)),
        ("2020-06-01T09:00:00", datetime(2020, 6, 1, 9, tzinfo=UTC)),
        (
            "2020-06-01T11:00:00+02:00",
            datetime(2020, 6, 1, 11, tzinfo=timezone(timedelta(hours=2))),
        ),
    ],
)
def test_a_date_is_read_as_iso_8601_in_utc(written: str, moment: datetime) -> None:
    assert comparisons({"creationDate": {"gt": written}}).value == moment


def test_several_keys_and_several_operators_are_all_required() -> None:
    found = comparisons({"size": {"gt": 10, "lt": 20}, "title": "a"})

    assert isinstance(found, AllOf)
    assert [(part.field, part.operator, part.value) for part in found.parts] == [
        ("size", "gt", 10),
        ("size", "lt", 20),
        ("title", "eq", "a"),
    ]


def test_and_and_or_nest() -> None:
    found = comparisons({"or": [{"and": [{"size": 1}, {"size": 2}]}, {"title": "a"}]})

    assert found == AnyOf(
        (
            AllOf(
                (
                    Comparison("size", "eq", 1, "where.or[0].and[0].size.eq"),
                    Comparison("size", "eq", 2, "where.or[0].and[1].size.eq"),
                )
            ),
            Comparison("title", "eq", "a", "where.or[1].title.eq"),
        )
    )


@pytest.mark.parametrize("where", [None, {}, {"and": []}])
def test_no_condition(where: object) -> None:
    assert comparisons(where) == (None if where is None else ANYTHING)


@pytest.mark.parametrize(
    ("where", "path"),
    [
        ({"colour": 1}, "where.colour"),
        ({"title": {"likes": "a"}}, "where.title.likes"),
        ({"title": {}}, "where.title"),
        ({"title": ["a"]}, "where.title.eq"),
        ({"title": True}, "where.title.eq"),
        ({"title": "a\0"}, "where.title.eq"),
        ({"title": "\ud800"}, "where.title.eq"),
        ({"size": "big"}, "where.size.eq"),
        ({"size": float("inf")}, "where.size.eq"),
        ({"size": {"gt": None}}, "where.size.gt"),
        ({"size": {"like": "1"}}, "where.size.like"),
        ({"size": {"between": [1]}}, "where.size.between"),
        ({"size": {"between": [1, None]}}, "where.size.between"),
        ({"size": {"inq": 1}}, "where.size.inq"),
        ({"size": {"inq": [1, "x"]}}, "where.size.inq[1]"),
        ({"creationDate": "yesterday"}, "where.creationDate.eq"),
        ({"creationDate": 2020}, "where.creationDate.eq"),
        ({"isPublic": "yes"}, "where.isPublic.eq"),
        ({"or": {}}, "where.or"),
        ({"and": [1]}, "where.and[0]"),
        ({"and": [{"or": [{"colour": 1}]}]}, "where.and[0].or[0].colour"),
        ([], "where"),
        ("text", "where"),
    ],
)
def test_what_is_wrong_is_named(where: object, path: str) -> None:
    with pytest.raises(FilterError) as refusal:
        parse_where(where, DATASET)

    assert refusal.value.path == path


def test_conditions_have_bounds() -> None:
    deep: dict[str, Any] = {"size": 1}
    for _ in range(20):
        deep = {"and": [deep]}

    for where in (
        deep,
        {"or": [{"size": 1}] * 300},
        {"size": {"inq": [1] * 2000}},
        {"title": {"regexp": "a" * 300}},
    ):
        with pytest.raises(FilterError):
            parse_where(where, DATASET)


@pytest.mark.parametrize(
    ("raw", "limit", "skip"),
    [
        ({}, 100, 0),
        ({"limit": 2, "skip": 3}, 2, 3),
        ({"limit": "25", "offset": "50"}, 25, 50),
        ({"limit": None, "skip": None}, 100, 0),
        ({"limit": 0}, 1000, 0),
        ({"limit": 10**9}, 1000, 0),
    ],
)
def test_pages(raw: object, limit: int, skip: int) -> None:
    found = parse_filter(raw, DATASET)

    assert (found.limit, found.skip) == (limit, skip)


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ({"limit": -1}, "filter.limit"),
        ({"limit": "x"}, "filter.limit"),
        ({"limit": True}, "filter.limit"),
        ({"limit": 1.5}, "filter.limit"),
        ({"skip": 10**30}, "filter.skip"),
        ({"skip": []}, "filter.skip"),
        ({"wher": {}}, "filter.wher"),
        ({"where": []}, "filter.where"),
        ({"include": 7}, "filter.include[0]"),
        ({"include": [{"relation": "nonsense"}]}, "filter.include[0].relation"),
        ({"include": [{"relation": {}}]}, "filter.include[0].relation"),
        ({"include": [{"scope": {}}]}, "filter.include[0].relation"),
        ({"include": [{"relation": "files", "scop": {}}]}, "filter.include[0].scop"),
        ({"include": [{"relation": "files", "scope": []}]}, "filter.include[0].scope"),
        (
            {"include": [{"relation": "files", "scope": {"where": {"colour": 1}}}]},
            "filter.include[0].scope.where.colour",
        ),
        ({"include": ["files"] * 30}, "filter.include"),
        ({"order": "colour"}, "filter.order"),
        ({"order": "title UP"}, "filter.order"),
        ({"order": ["title"] * 9}, "filter.order"),
        ({"order": {"title": "ASC"}}, "filter.order"),
        ({"fields": ["colour"]}, "filter.fields.colour"),
        ({"fields": {"title": "perhaps"}}, "filter.fields.title"),
        ({"query": ["copper"]}, "filter.query"),
        ({"query": "x" * 501}, "filter.query"),
        (
            {"include": [{"relation": "files", "scope": {"limit": -1}}]},
            "filter.include[0].scope.limit",
        ),
    ],
)
def test_what_is_wrong_in_a_filter_is_named(raw: object, path: str) -> None:
    with pytest.raises(FilterError) as refusal:
        parse_filter(raw, DATASET)

    assert refusal.value.path == path


@pytest.mark.parametrize(
    ("raw", "order"),
    [
        ("title", [Ordering("title")]),
        ("title DESC", [Ordering("title", is_descending=True)]),
        ("size desc, title ASC", [Ordering("size", is_descending=True), Ordering("title")]),
        (["size", "score DESC"], [Ordering("size"), Ordering("score", is_descending=True)]),
    ],
)
def test_orders(raw: object, order: list[Ordering]) -> None:
    assert parse_filter({"order": raw}, DATASET).order == tuple(order)


@pytest.mark.parametrize(
    ("raw", "fields"),
    [
        (["pid", "title"], {"pid", "title"}),
        ("pid", {"pid"}),
        ({"pid": True, "size": "true"}, {"pid", "size"}),
        ({"size": False}, {"pid", "title", "isPublic", "creationDate"}),
    ],
)
def test_fields(raw: object, fields: set[str]) -> None:
    assert parse_filter({"fields": raw}, DATASET).fields == fields


@pytest.mark.parametrize(
    "raw", ["techniques", ["techniques"], {"relation": "techniques"}, [{"relation": "techniques"}]]
)
def test_short_forms_of_include(raw: object) -> None:
    found = parse_filter({"include": raw}, DATASET).includes

    assert found == (Include("techniques", path="filter.include[0]"),)
    assert not found[0].filters


def test_an_include_filters_through_what_is_nested_in_it() -> None:
    names = {"relation": "person", "scope": {"where": {"fullName": "Ada"}}}
    members = {"relation": "members", "scope": {"include": [names]}}

    (found,) = parse_filter({"include": [members]}, DOCUMENT).includes

    assert found.where is None
    assert found.filters


def test_relations_are_included_two_deep() -> None:
    files = {"relation": "files", "scope": {"include": ["dataset"]}}
    datasets = {"relation": "datasets", "scope": {"include": [files]}}

    with pytest.raises(FilterError, match="2 deep"):
        parse_filter({"include": [datasets]}, DOCUMENT)


def test_an_item_takes_includes_and_the_limit_the_portal_sends() -> None:
    found = parse_item_filter({"include": ["files"], "limit": 0, "fields": ["pid"]}, DATASET)

    assert (found.includes[0].relation, found.fields) == ("files", {"pid"})
    with pytest.raises(FilterError):
        parse_item_filter({"where": {"size": 1}}, DATASET)


def test_an_empty_filter_is_the_first_page() -> None:
    assert parse_filter({}, DATASET) == Filter()
