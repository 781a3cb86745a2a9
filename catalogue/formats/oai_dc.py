"""Unqualified Dublin Core, the format OAI-PMH 2.0 §3.4 makes every repository serve."""

from collections.abc import Iterable, Iterator
from typing import Any

from catalogue.formats.datacite import datacite_json
from catalogue.formats.oai_format import MetadataFormat
from catalogue.formats.terms import ACCESS_RIGHTS, collected, doi_url, is_under_embargo
from catalogue.formats.xml import add, legal_text, root, serialise
from catalogue.record import Record

NAMESPACE = "http://www.openarchives.org/OAI/2.0/oai_dc/"
SCHEMA = "http://www.openarchives.org/OAI/2.0/oai_dc.xsd"
DC = "http://purl.org/dc/elements/1.1/"
ELEMENTS = frozenset(
    [
        *("contributor", "coverage", "creator", "date", "description", "format", "identifier"),
        *("language", "publisher", "relation", "rights", "source", "subject", "title", "type"),
    ]
)


def oai_dc_xml(record: Record) -> str:
    """Returns the `oai_dc:dc` element, without an XML declaration."""
    return dublin_core_xml(_statements(record, datacite_json(record)))


def description_xml(text: str) -> str:
    """Returns a document of one description, as OAI-PMH 2.0 §4.6 has them for sets."""
    return dublin_core_xml([("description", legal_text(text))])


def dublin_core_xml(statements: Iterable[tuple[str, str]]) -> str:
    """Returns the `oai_dc:dc` element of (element, text) pairs, whose text is legal already."""
    element = root("dc", namespace=NAMESPACE, schema=SCHEMA, prefix="oai_dc", dc=DC)
    for tag, text in statements:
        add(element, tag, text, namespace=DC)
    return serialise(element)


def _statements(record: Record, attributes: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yields (element, text) in the order of Dublin Core; the texts are DataCite's."""
    yield from _texts("title", attributes["titles"], "title")
    yield from _texts("creator", attributes["creators"], "name")
    yield from _texts("subject", attributes.get("subjects", []), "subject")
    yield from _texts("description", attributes.get("descriptions", []), "description")
    yield "publisher", attributes["publisher"]["name"]
    yield from _texts("contributor", attributes.get("contributors", []), "name")
    yield from _dates(record)
    yield "type", attributes["types"]["resourceTypeGeneral"]
    yield from (("format", text) for text in attributes.get("formats", []))
    yield "identifier", doi_url(attributes["doi"])
    yield from _texts(
        "identifier", attributes.get("alternateIdentifiers", []), "alternateIdentifier"
    )
    yield from (("language", text) for text in (attributes.get("language"),) if text)
    yield from _relations(attributes.get("relatedIdentifiers", []))
    yield from (("coverage", text) for text in (collected(record),) if text)
    yield from _rights(record, attributes)


def _texts(tag: str, items: list[dict[str, str]], key: str) -> Iterator[tuple[str, str]]:
    return ((tag, item[key]) for item in items)


def _dates(record: Record) -> Iterator[tuple[str, str]]:
    """Yields the day of publication and the embargo's end, as OpenAIRE's guidelines spell it."""
    yield "date", record.published.isoformat()
    if is_under_embargo(record) and record.available:
        yield "date", f"info:eu-repo/date/embargoEnd/{record.available.isoformat()}"


def _relations(related: list[dict[str, str]]) -> Iterator[tuple[str, str]]:
    for item in related:
        identifier = item["relatedIdentifier"]
        is_doi = item["relatedIdentifierType"] == "DOI"
        yield "relation", doi_url(identifier) if is_doi else identifier


def _rights(record: Record, attributes: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield "rights", ACCESS_RIGHTS[record.access].eu_repo
    licence = attributes["rightsList"][0]
    yield from (("rights", licence[key]) for key in ("rights", "rightsUri") if key in licence)


FORMAT = MetadataFormat("oai_dc", NAMESPACE, SCHEMA, oai_dc_xml)
