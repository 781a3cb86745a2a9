"""Dates, numbers, names and identifiers as files spell them."""

import pytest

from catalogue.vocabulary.orcid import normalise_orcid
from ingest.nexus.values import (
    BadDate,
    is_placeholder,
    parse_date,
    split_names,
    to_number,
    to_text,
)

ZURICH = "Europe/Zurich"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-10-28T09:18:14.376Z", "2024-10-28T09:18:14.376000+00:00"),
        ("2025-12-17T21:02:14.522275+01:00", "2025-12-17T21:02:14.522275+01:00"),
        ("2010-12-05T12:37:39.123456789-05:00", "2010-12-05T12:37:39.123456-05:00"),
        ("2022-07-02 07:26:32", "2022-07-02T07:26:32+02:00"),
        ("2022-12-02T07:26:32", "2022-12-02T07:26:32+01:00"),
        ("2013-09-28T04:50:48+0100", "2013-09-28T04:50:48+01:00"),
        ("2024-05-17T15:13:27.025+01", "2024-05-17T15:13:27.025000+01:00"),
        ("04-Mar-13 14:55:14", "2013-03-04T14:55:14+01:00"),
        ("04-MAR-1998 14:55:14", "1998-03-04T14:55:14+01:00"),
        ("04-Mar-98 14:55:14", "1998-03-04T14:55:14+01:00"),
        ("2009-07-15T14:54:60+0100", "2009-07-15T14:55:00+01:00"),
        ("Fri Feb 29 12:00:00 2008", "2008-02-29T12:00:00+01:00"),
        ("2024-02-29T12:00:00 GMT", "2024-02-29T12:00:00+00:00"),
        ("2024-02-29T12:00:00,123", "2024-02-29T12:00:00.123000+01:00"),
        ("20240229T120000", "2024-02-29T12:00:00+01:00"),
        ("2024-02-29", "2024-02-29T00:00:00+01:00"),
        ("2024/02/29 12:00:00", "2024-02-29T12:00:00+01:00"),
        ("2024-02-29T24:00:00", "2024-03-01T00:00:00+01:00"),
        ("2024-02-29T12:00", "2024-02-29T12:00:00+01:00"),
    ],
)
def test_every_date_spelling_becomes_one_instant(text: str, expected: str) -> None:
    assert parse_date(text, ZURICH).isoformat() == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2024-02-30T00:00:00", "day is out of range"),
        ("0000-00-00T00:00:00", "out of range"),
        ("2024-02/29T12:00:00", "not ISO 8601"),
        ("2024-02-29T24:00:01", "hour must be"),
        ("21:44:05", "time of day only"),
        ("[1319617013, -1075840652]", "it is a number"),
        ("1709204400", "it is a number"),
        ("29/02/2024 12:00", "not ISO 8601"),
        ("04-Foo-13 14:55:14", "there is no month 'Foo'"),
        ("2024-01-01T00:00:00+25:00", "there is no offset"),
        ("1970-01-01T00:00:00Z", "clock"),
        ("0001-01-01T00:00:00+00:00", "clock"),
        ("9999-12-31T23:59:59Z", "clock"),
        ("{Date and time of file creation}", "not ISO 8601"),
    ],
)
def test_no_date_says_why(text: str, reason: str) -> None:
    with pytest.raises(BadDate, match=reason.replace("(", r"\(")) as raised:
        parse_date(text, ZURICH)
    assert raised.value.text == text


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (3, 3.0),
        ("4.5", 4.5),
        ((2.0, 2.0), 2.0),
        ((2.0, 3.0), None),
        (float("nan"), None),
        (float("inf"), None),
        (True, None),
        ("warm", None),
        (None, None),
        ((), None),
    ],
)
def test_number_is_one_finite_value(value: object, number: float | None) -> None:
    assert to_number(value) == number  # type: ignore[arg-type]


def test_text_of_numbers_and_rows() -> None:
    assert to_text(3701.0) == "3701"
    assert to_text(("one ", "", "two")) == "one two"
    assert to_text(None) == ""


@pytest.mark.parametrize(
    "text", ["", " ", "_", "UNKNOWN", "n/a", "Not Specified", "{title}", "NaN"]
)
def test_placeholders_say_nothing(text: str) -> None:
    assert is_placeholder(text)


def test_chemical_symbol_is_no_placeholder() -> None:
    assert not is_placeholder("Na")


@pytest.mark.parametrize(
    ("text", "orcid"),
    [
        ("https://orcid.org/0000-0002-1825-0097", "0000-0002-1825-0097"),
        ("0000000218250097", "0000-0002-1825-0097"),
        ("0000-0002-1694-233x", "0000-0002-1694-233X"),
        ("0000-0002-1825-0098", None),
        ("tlq17716", None),
        ("", None),
    ],
)
def test_orcid_is_normalised_and_checked(text: str, orcid: str | None) -> None:
    assert normalise_orcid(text) == orcid


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("A. Person", [("A. Person", "")]),
        ("Alpha,Beta", [("Alpha", ""), ("Beta", "")]),
        ("Alpha, Beta", [("Alpha, Beta", "")]),
        ("Alpha,B", [("Alpha,B", "")]),
        ("Ann Alpha, Bob Beta (Uni X)", [("Ann Alpha", ""), ("Bob Beta", "Uni X")]),
        ("Ann Alpha; Bob Beta", [("Ann Alpha", ""), ("Bob Beta", "")]),
        ("Ann Alpha and Bob Beta", [("Ann Alpha", ""), ("Bob Beta", "")]),
        ("Alpha,Beta,", [("Alpha", ""), ("Beta", "")]),
    ],
)
def test_joined_user_names_are_split(text: str, names: list[tuple[str, str]]) -> None:
    assert list(split_names(text)) == names
