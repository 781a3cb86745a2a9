"""What is taken of a provider's reply, and what is only told."""

import json

import pytest

from harvest.federation.answers import State
from harvest.federation.merge import merge
from harvest.federation.question import Shape
from tests.harvest.federation.asking import items, read


@pytest.mark.parametrize(
    ("body", "note"),
    [
        (b"<html>", "is not JSON"),
        (b"", "is not JSON"),
        (b"\xff\xfe\x00", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b'[{"pid":"a","score":NaN}]', "NaN"),
        (b'[{"pid":"a","size":' + b"9" * 5000 + b"}]", "is not JSON"),
        (b"null", "expected an array of objects, got null"),
        (b'{"pid":"a"}', "expected an array of objects"),
    ],
)
def test_what_is_no_list_is_garbled(body: bytes, note: str) -> None:
    found = read(body)
    assert found.state is State.GARBLED
    assert note in found.note


def test_good_items_are_taken_from_among_bad_ones() -> None:
    body = b'[1,null,"x",[],{"title":"none"},{"pid":7},{"pid":true},{"pid":"b","isPublic":false}]'
    found = read(body)
    assert [item["pid"] for item in found.items] == ["7"]
    assert found.note == "left out: 4 no objects, 2 without pid, 1 not public"


def test_half_a_surrogate_pair_is_mended_and_a_whole_one_is_kept() -> None:
    found = read(rb'[{"pid":"a","title":"\ud83d\ude00 \ud83d","\ud800":1}]')
    assert found.items[0]["title"] == "😀 \ufffd"
    json.dumps(found.items, ensure_ascii=False).encode()


def test_included_relations_are_arrays_whatever_came() -> None:
    body = b'[{"pid":"a","files":null,"samples":"x","techniques":[{"pid":"t"}]}]'
    lists = ("files", "samples", "techniques", "parameters")
    (item,) = read(body, lists=lists).items
    expected = {"files": [], "samples": [], "techniques": [{"pid": "t"}], "parameters": []}
    assert {name: item[name] for name in lists} == expected


def test_no_more_is_taken_than_was_asked_for() -> None:
    found = read(json.dumps(items("a", "b", "c")).encode(), window=2)
    assert [item["pid"] for item in found.items] == ["a", "b"]
    assert not found.is_whole


@pytest.mark.parametrize(
    ("header", "number", "total", "is_whole"),
    [
        ("7", 3, 7, False),
        ("3", 3, 3, True),
        ("1", 3, 3, True),
        ("many", 3, None, False),
        ("many", 2, 2, True),
        ("-5", 2, 2, True),
    ],
)
def test_totals_that_are_told_or_follow(
    header: str, number: int, total: int | None, is_whole: bool
) -> None:
    body = json.dumps(items(*"abc"[:number])).encode()
    found = read(body, window=3, headers={"x-total-count": header})
    assert (found.total, found.is_whole) == (total, is_whole)


def test_a_provider_that_gives_less_than_it_has_is_found_out() -> None:
    found = read(json.dumps(items("a")).encode(), window=3, headers={"x-total-count": "9"})
    assert found.note == "gave 1 of 9, however many asked"


@pytest.mark.parametrize("body", [b'{"count":"1000"}', b'{"count":-1}', b'{"count":true}', b"[]"])
def test_a_count_that_is_no_number_is_garbled(body: bytes) -> None:
    assert read(body, shape=Shape.COUNT).state is State.GARBLED


@pytest.mark.parametrize("body", [b'{"count":7}', b"7"])
def test_a_count_may_be_bare(body: bytes) -> None:
    assert read(body, shape=Shape.COUNT).count == 7


@pytest.mark.parametrize(
    ("status", "body", "state", "note"),
    [
        (400, b'{"error":{"message":"unknown key"}}', State.REFUSED, "400: unknown key"),
        (422, b'{"detail":"no"}', State.REFUSED, "422: no"),
        (500, b"<html>", State.FAILED, "500: no reason that can be read"),
        (503, b"{}", State.FAILED, "503: no reason given"),
        (429, b'{"error":"slow down"}', State.FAILED, "429: slow down"),
        (404, b"", State.REFUSED, "404: no reason that can be read"),
        (204, b"", State.FAILED, "204: no reason that can be read"),
    ],
)
def test_errors_are_told_with_their_reason(
    status: int, body: bytes, state: State, note: str
) -> None:
    found = read(body, status)
    assert (found.state, found.note) == (state, note)


def test_where_it_has_moved_to_is_told() -> None:
    found = read(b"", 301, headers={"location": "https://new.example.org/api"})
    assert found.note == "moved to https://new.example.org/api: enter that address in its place"


def test_an_item_that_a_provider_has_not_is_no_failure() -> None:
    found = read(b"", 404, shape=Shape.ITEM, is_of_one=True)
    assert (found.state, found.is_absent) == (State.ANSWERED, True)


def test_a_total_that_was_not_counted_to_the_end_is_not_exact() -> None:
    headers = {"x-total-count": "10000", "x-total-count-exact": "false"}
    found = read(json.dumps(items("a", "b", "c")).encode(), window=3, headers=headers)

    assert (found.total, found.is_total_exact, found.is_whole) == (10_000, False, False)
    merged = merge([found], skip=0, limit=3, is_ranked=False)
    assert (merged.total, merged.is_exact) == (10_000, False)
