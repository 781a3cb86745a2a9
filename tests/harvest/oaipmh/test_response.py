from dataclasses import replace
from datetime import UTC, datetime

from harvest.oaipmh import response
from harvest.oaipmh.protocol import OaiError, Verb
from harvest.oaipmh.response import SetEntry
from harvest.oaipmh.resumption import Listing, SetListing

NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)
DELETED = "<record><header status='deleted'/></record>"
FIRST = Listing(Verb.LIST_RECORDS, "oai_dc", NOON, True, complete_list_size=3)
LAST = replace(FIRST, after=(NOON, 1), cursor=2)


def listed(listing: Listing, *, token: str) -> str:
    return "".join(response.list_records([DELETED], listing, token=token))


def test_an_envelope_says_when_and_to_what_it_answers() -> None:
    text = response.envelope(
        ["<b>", "</b>"],
        base_url="https://c.example.org/oai",
        attributes={"verb": "ListSets", "resumptionToken": 'a"<\x00\n'},
        response_date=NOON.replace(microsecond=5),
    )
    assert text == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        ' xsi:schemaLocation="http://www.openarchives.org/OAI/2.0/'
        ' http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd">'
        "<responseDate>2024-01-01T12:00:00Z</responseDate>"
        '<request verb="ListSets" resumptionToken=\'a"&lt;&#10;\'>https://c.example.org/oai'
        "</request><b></b></OAI-PMH>"
    )


def test_a_split_list_carries_its_token() -> None:
    assert listed(FIRST, token="t.1").endswith(
        '<resumptionToken completeListSize="3" cursor="0">t.1</resumptionToken></ListRecords>'
    )


def test_the_last_page_of_a_split_list_carries_an_empty_token() -> None:
    assert listed(LAST, token="").endswith(
        '<resumptionToken completeListSize="3" cursor="2"></resumptionToken></ListRecords>'
    )


def test_a_list_that_is_not_split_carries_no_token() -> None:
    assert "resumptionToken" not in listed(FIRST, token="")


def test_a_list_is_named_by_its_verb() -> None:
    listing = replace(FIRST, verb=Verb.LIST_IDENTIFIERS)
    text = "".join(response.list_records(["<header/>"], listing, token=""))
    assert text == "<ListIdentifiers><header/></ListIdentifiers>"


def test_a_set_has_a_description_where_there_is_one_to_give() -> None:
    sets = [SetEntry("a", "A & B", "All <a>."), SetEntry("b", "B")]
    text = response.list_sets(sets, SetListing(), token="")
    assert "<setName>A &amp; B</setName><setDescription><oai_dc:dc" in text
    assert "All &lt;a&gt;." in text
    assert "<setName>B</setName></set></ListSets>" in text


def test_errors_are_escaped() -> None:
    assert response.errors([OaiError("badVerb", "<\x00>"), OaiError("badArgument", "b")]) == (
        '<error code="badVerb">&lt;&gt;</error><error code="badArgument">b</error>'
    )
