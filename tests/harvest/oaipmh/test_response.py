from dataclasses import replace
from datetime import UTC, datetime

from harvest.oaipmh import response
from harvest.oaipmh.protocol import Item, OaiError, Verb
from harvest.oaipmh.resumption import Listing

NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)
LIVE = Item(1, "oai:a.b:1&2", NOON, False, ["a:b", "c"], "<x xmlns='urn:x'/>")
DELETED = Item(2, "oai:a.b:2", NOON, True, [])
FIRST = Listing(Verb.LIST_RECORDS, "oai_dc", NOON, True, complete_list_size=3)
LAST = replace(FIRST, after=(NOON, 1), cursor=2)


def test_an_envelope_says_when_and_to_what_it_answers() -> None:
    text = response.envelope(
        "<b/>",
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
        "</request><b/></OAI-PMH>"
    )


def test_a_record_has_its_header_and_its_document() -> None:
    assert response.get_record(LIVE) == (
        "<GetRecord><record><header><identifier>oai:a.b:1&amp;2</identifier>"
        "<datestamp>2024-01-01T12:00:00Z</datestamp><setSpec>a:b</setSpec><setSpec>c</setSpec>"
        "</header><metadata><x xmlns='urn:x'/></metadata></record></GetRecord>"
    )


def test_a_deleted_record_has_only_its_header() -> None:
    assert response.get_record(DELETED) == (
        '<GetRecord><record><header status="deleted"><identifier>oai:a.b:2</identifier>'
        "<datestamp>2024-01-01T12:00:00Z</datestamp></header></record></GetRecord>"
    )


def test_a_split_list_carries_its_token() -> None:
    assert response.list_items([DELETED], FIRST, token="t.1").endswith(
        '<resumptionToken completeListSize="3" cursor="0">t.1</resumptionToken></ListRecords>'
    )


def test_the_last_page_of_a_split_list_carries_an_empty_token() -> None:
    assert response.list_items([DELETED], LAST, token="").endswith(
        '<resumptionToken completeListSize="3" cursor="2"></resumptionToken></ListRecords>'
    )


def test_a_list_that_is_not_split_carries_no_token() -> None:
    assert "resumptionToken" not in response.list_items([DELETED], FIRST, token="")


def test_identifiers_are_listed_without_documents() -> None:
    listing = replace(FIRST, verb=Verb.LIST_IDENTIFIERS)
    text = response.list_items([LIVE], listing, token="")
    assert text.startswith("<ListIdentifiers><header>")
    assert "<metadata>" not in text


def test_identifiers_not_made_by_the_guidelines_are_not_described() -> None:
    assert _identify(domain="a.b", sample="oai:a.b:1").count("<oai-identifier ") == 1
    assert "oai-identifier" not in _identify(domain="localhost", sample="oai:localhost:1")
    assert "oai-identifier" not in _identify(domain="a.b", sample="oai:other.b:1")
    assert "oai-identifier" not in _identify(domain="a.b", sample="oai:a.b:ä")


def test_errors_are_escaped() -> None:
    assert response.errors([OaiError("badVerb", "<\x00>"), OaiError("badArgument", "b")]) == (
        '<error code="badVerb">&lt;&gt;</error><error code="badArgument">b</error>'
    )


def _identify(*, domain: str, sample: str) -> str:
    return response.identify(
        name="A",
        base_url="https://a.b/oai",
        admin_email="a@b.org",
        earliest=NOON,
        domain=domain,
        sample=sample,
    )
