from datetime import UTC, datetime

import pytest

from harvest.oaipmh.protocol import Verb
from harvest.oaipmh.request import MOST_ARGUMENTS, Request, parse_request, read_pairs

PREFIXES = ("oai_dc", "oai_datacite")


def parse(query: str) -> Request:
    return parse_request(read_pairs(query), prefixes=PREFIXES)


def codes(query: str) -> list[str]:
    return [error.code for error in parse(query).errors]


@pytest.mark.parametrize(
    "query",
    [
        "verb=Identify",
        "verb=ListSets",
        "verb=ListSets&resumptionToken=x",
        "verb=ListMetadataFormats",
        "verb=ListMetadataFormats&identifier=oai:a.b:1",
        "verb=GetRecord&identifier=oai:a.b:10.5072/x&metadataPrefix=oai_dc",
        "verb=ListRecords&metadataPrefix=oai_dc",
        "verb=ListIdentifiers&metadataPrefix=oai_dc&set=a:b&from=2024-01-01&until=2024-01-01",
        "verb=ListRecords&metadataPrefix=oai_dc&from=2024-01-01T00:00:00Z",
        "verb=ListRecords&resumptionToken=x",
    ],
)
def test_legal_requests_have_no_errors(query: str) -> None:
    assert codes(query) == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["badVerb"]),
        ("verb=", ["badVerb"]),
        ("verb=identify", ["badVerb"]),
        ("verb=Identify&verb=Identify", ["badVerb"]),
        ("verb=Identify&x=1", ["badArgument"]),
        ("verb=GetRecord", ["badArgument", "badArgument"]),
        ("verb=GetRecord&identifier=oai:a:1", ["badArgument"]),
        ("verb=ListRecords", ["badArgument"]),
        ("verb=ListRecords&metadataPrefix=x", ["cannotDisseminateFormat"]),
        ("verb=ListRecords&metadataPrefix=", ["badArgument"]),
        ("verb=ListRecords&metadataPrefix=a%20b", ["badArgument"]),
        ("verb=ListRecords&metadataPrefix=oai_dc&metadataPrefix=oai_dc", ["badArgument"]),
        ("verb=ListRecords&metadataPrefix=oai_dc&resumptionToken=x", ["badArgument"]),
        ("verb=ListSets&resumptionToken=x&resumptionToken=y", ["badArgument"]),
        ("verb=ListRecords&metadataPrefix=oai_dc&set=", ["badArgument"]),
        ("verb=ListRecords&metadataPrefix=oai_dc&set=a::b", ["badArgument"]),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=yesterday", ["badArgument"]),
        (
            "verb=ListRecords&metadataPrefix=oai_dc&from=2024-01-02&until=2024-01-01",
            ["badArgument"],
        ),
        (
            "verb=ListRecords&metadataPrefix=oai_dc&from=2024-01-01&until=2024-01-02T00:00:00Z",
            ["badArgument"],
        ),
        (
            "verb=GetRecord&metadataPrefix=oai_dc&identifier=no%20uri",
            ["badArgument", "idDoesNotExist"],
        ),
        (
            "verb=ListRecords&metadataPrefix=x&from=a&until=b&y=1",
            ["badArgument", "cannotDisseminateFormat", "badArgument", "badArgument"],
        ),
    ],
)
def test_everything_wrong_is_said_at_once(query: str, expected: list[str]) -> None:
    assert codes(query) == expected


def test_only_arguments_that_a_schema_takes_are_repeated() -> None:
    assert parse("verb=ListRecords&metadataPrefix=x").attributes == {
        "verb": "ListRecords",
        "metadataPrefix": "x",
    }
    assert parse("verb=ListRecords&metadataPrefix=oai_dc&from=x").attributes == {}
    assert parse("verb=x").attributes == {}


def test_until_day_includes_its_last_second() -> None:
    request = parse("verb=ListRecords&metadataPrefix=oai_dc&until=2024-01-01")
    assert request.verb is Verb.LIST_RECORDS
    assert request.since is None
    assert request.until == datetime(2024, 1, 1, 23, 59, 59, tzinfo=UTC)


def test_a_long_argument_is_refused_unread() -> None:
    assert codes(f"verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:{'a' * 2000}") == [
        "badArgument"
    ]


def test_wrong_utf8_becomes_a_character_no_argument_holds() -> None:
    assert read_pairs("set=%ff") == [("set", "\ufffd")]
    assert codes("verb=ListRecords&metadataPrefix=oai_dc&set=%ff") == ["badArgument"]


def test_too_many_pairs_are_not_read() -> None:
    with pytest.raises(ValueError, match="fields"):
        read_pairs("&".join(["a=1"] * (MOST_ARGUMENTS + 1)))
