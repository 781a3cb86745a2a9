"""What is passed on as it came, what is made from it, and what is said of where it came from."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from lxml import etree

from catalogue.formats.oai_formats import documents
from catalogue.formats.oai_provenance import Origin, provenance_xml, read_provenance
from catalogue.formats.oai_reexposed import Received, reexposed
from tests.records import make_record_value
from tests.schemas import faults, needs_schemas

FETCHED = datetime(2026, 3, 1, 12, tzinfo=UTC)
ORIGIN = Origin("https://other.example.org/oai", "oai:o:1", "2020-01-01", "", FETCHED)
OURS = documents(make_record_value())
SCHEMALESS = re.sub(' xsi:schemaLocation="[^"]*"', "", OURS["oai_datacite"])
DATACITE = "http://datacite.org/schema/kernel-4"
OAI_DATACITE = "http://schema.datacite.org/oai/oai-1.1/"
DC = "http://www.openarchives.org/OAI/2.0/oai_dc/"
ENVELOPE = (
    '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>2026-03-01T12:00:00Z'
    '</responseDate><request verb="GetRecord">https://here.example.org/oai</request><GetRecord>'
    "<record><header><identifier>oai:o:1</identifier><datestamp>2026-03-01T12:00:00Z</datestamp>"
    "</header><metadata>{}</metadata><about>{}</about></record></GetRecord></OAI-PMH>"
)


def received(metadata: str, **changes: object) -> Received:
    said = (("title", "Größe & \x02 <b>"), ("creator", "Franklin, Rosalind"))
    return replace(Received(metadata, ORIGIN, said, "other.example.org"), **changes)  # type: ignore[arg-type]


def origin_of(about: tuple[str, ...]) -> Origin:
    (one,) = about
    found = read_provenance(one)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("metadata", "prefixes", "unaltered"),
    [
        (OURS["oai_datacite"], {"oai_dc", "datacite", "oai_datacite"}, "oai_datacite"),
        (OURS["datacite"], {"oai_dc", "datacite", "oai_datacite"}, "datacite"),
        (OURS["oai_dc"], {"oai_dc"}, "oai_dc"),
        (OURS["datacite"].replace("kernel-4", "kernel-3"), {"oai_dc"}, ""),
        (OURS["oai_datacite"].replace("oai-1.1", "oai-1.0"), {"oai_dc", "datacite"}, ""),
        (f'<resource xmlns="{DATACITE}"><titles/></resource>', {"oai_dc"}, ""),
        (SCHEMALESS, {"oai_dc", "datacite", "oai_datacite"}, ""),
        (f'<dc xmlns="{DC}"><title>In no namespace of its own</title></dc>', {"oai_dc"}, ""),
        (f'<resource xmlns="{DATACITE}">&undeclared;</resource>', {"oai_dc"}, ""),
        ("<html/>", {"oai_dc"}, ""),
        ("no XML", {"oai_dc"}, ""),
    ],
    ids=[
        *("wrapped", "bare", "dublin core", "kernel 3", "old wrapper", "incomplete", "no schema"),
        *("wrong dublin core", "entity", "other root", "no xml"),
    ],
)
@needs_schemas
def test_the_formats_of_what_came(metadata: str, prefixes: set[str], unaltered: str) -> None:
    shown = reexposed(received(metadata))
    assert prefixes <= set(shown.documents)
    assert set(shown.documents) == set(shown.abouts)
    assert ("datacite" in shown.documents) == ("datacite" in prefixes)
    for prefix, document in shown.documents.items():
        assert faults(ENVELOPE.format(document, shown.abouts[prefix][0])) == []
        assert origin_of(shown.abouts[prefix]).is_altered == (prefix != unaltered)
    if unaltered:
        assert shown.documents[unaltered] == metadata
    else:
        assert "<dc:title>Größe &amp;  &lt;b&gt;</dc:title>" in shown.documents["oai_dc"]


def test_provenance_names_the_namespace_of_what_came_in_every_format() -> None:
    shown = reexposed(received(OURS["oai_datacite"]))
    assert {origin_of(about).namespace for about in shown.abouts.values()} == {OAI_DATACITE}


def test_datacite_is_wrapped_for_those_who_ask_for_it_so() -> None:
    element = etree.fromstring(reexposed(received(OURS["datacite"])).documents["oai_datacite"])
    assert element.findtext(f"{{{OAI_DATACITE}}}datacentreSymbol") == "other.example.org"
    assert element.find(f".//{{{DATACITE}}}resource/{{{DATACITE}}}creators") is not None


def test_provenance_is_read_as_it_was_written_with_every_step_before() -> None:
    first = replace(ORIGIN, namespace="a:b", is_altered=True)
    second = replace(first, base_url="https://second.example.org/oai", before=first)
    assert read_provenance(provenance_xml(second)) == second


@pytest.mark.parametrize(
    "xml",
    ["", "<a/>", "<a", provenance_xml(replace(ORIGIN, base_url=""))],
    ids=["nothing", "another element", "no xml", "no base url"],
)
def test_provenance_that_does_not_say_enough_is_none(xml: str) -> None:
    assert read_provenance(xml) is None


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2020-01-01", "2020-01-01"),
        ("2020-01-01T10:00:00Z", "2020-01-01T10:00:00Z"),
        ("2020-01-01T10:00:00.123+02:00", "2020-01-01T08:00:00Z"),
        ("yesterday", "2026-03-01T12:00:00Z"),
        ("", "2026-03-01T12:00:00Z"),
        ("２０２０-01-01", "2026-03-01T12:00:00Z"),
    ],
)
@needs_schemas
def test_provenance_is_valid_whatever_a_source_wrote(written: str, expected: str) -> None:
    origin = replace(
        ORIGIN, identifier="a b|c#ü%20%#", datestamp=written, namespace="no uri at all"
    )
    about = provenance_xml(origin)
    assert faults(ENVELOPE.format(OURS["oai_dc"], about)) == []
    assert f"<datestamp>{expected}</datestamp>" in about
    assert "<identifier>a%20b%7Cc#%C3%BC%20%25%23</identifier>" in about
