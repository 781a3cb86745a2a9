from typing import Any

import pytest
from hypothesis import given
from lxml import etree

from catalogue.formats.datacite import datacite_json
from catalogue.formats.datacite_xml import datacite_xml
from catalogue.record import Record
from tests.catalogue.formats.strategies import records
from tests.records import (
    make_embargoed_record_value,
    make_minimal_record_value,
    make_record_value,
)
from tests.schemas import KERNELS, faults, needs_schemas

HOSTILE = "a\x00\x0b]]> <script>alert('&')</script> \U0001f52c \ufffe\ud800é\r\n\t\"'"
CASES = {
    "full": make_record_value(),
    "minimal": make_minimal_record_value(),
    "embargoed": make_embargoed_record_value(),
    "restricted": make_record_value(access="restricted", available=None),
    "hostile": make_record_value(title=HOSTILE, abstract=HOSTILE, keywords=(HOSTILE,)),
    "empty": make_minimal_record_value(title="", creators=()),
}

MINIMAL = (
    '<resource xmlns="http://datacite.org/schema/kernel-4"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xsi:schemaLocation="http://datacite.org/schema/kernel-4'
    ' https://schema.datacite.org/meta/kernel-4.5/metadata.xsd">'
    '<identifier identifierType="DOI">10.5072/abc-1</identifier>'
    '<creators><creator><creatorName nameType="Organizational">Aurora Light Source'
    "</creatorName></creator></creators>"
    "<publisher>Aurora Light Source</publisher>"
    "<publicationYear>2024</publicationYear>"
    '<resourceType resourceTypeGeneral="Dataset">Dataset</resourceType>'
    '<contributors><contributor contributorType="ContactPerson">'
    '<contributorName nameType="Organizational">Aurora Light Source</contributorName>'
    '</contributor><contributor contributorType="HostingInstitution">'
    '<contributorName nameType="Organizational">Aurora Light Source</contributorName>'
    "</contributor></contributors>"
    "<language>en</language>"
    "<titles><title>Growth of silica particles</title></titles>"
    '<dates><date dateType="Issued">2024-03-01</date></dates>'
    '<rightsList><rights rightsURI="https://creativecommons.org/licenses/by/4.0/"'
    ' rightsIdentifier="CC-BY-4.0" rightsIdentifierScheme="SPDX"'
    ' schemeURI="https://spdx.org/licenses/">Creative Commons Attribution 4.0 International'
    "</rights>"
    '<rights rightsURI="http://purl.org/coar/access_right/c_abf2" rightsIdentifierScheme="COAR"'
    ' schemeURI="http://purl.org/coar/access_right/scheme">open access</rights>'
    '<rights rightsURI="info:eu-repo/semantics/openAccess">open access</rights></rightsList>'
    "</resource>"
)


def test_a_minimal_record_in_full() -> None:
    assert datacite_xml(make_minimal_record_value()) == MINIMAL


def test_an_agent_carries_orcid_and_ror() -> None:
    assert (
        '<creator><creatorName nameType="Personal">Doe, Jane</creatorName>'
        "<givenName>Jane</givenName><familyName>Doe</familyName>"
        '<nameIdentifier nameIdentifierScheme="ORCID" schemeURI="https://orcid.org">'
        "https://orcid.org/0000-0002-1825-0097</nameIdentifier>"
        '<affiliation affiliationIdentifier="https://ror.org/02mhbdp94"'
        ' affiliationIdentifierScheme="ROR" schemeURI="https://ror.org">Example University'
        "</affiliation></creator>"
    ) in datacite_xml(make_record_value())


def test_the_instrument_is_a_related_item() -> None:
    assert (
        '<relatedItem relatedItemType="Instrument" relationType="IsCollectedBy">'
        '<relatedItemIdentifier relatedItemIdentifierType="DOI">10.5072/instrument-7'
        "</relatedItemIdentifier><titles><title>SAXS-1</title></titles></relatedItem>"
    ) in datacite_xml(make_record_value())


@needs_schemas
@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("record", CASES.values(), ids=CASES.keys())
def test_every_kernel_accepts_the_document(record: Record, kernel: str) -> None:
    assert faults(datacite_xml(record), kernel) == []


@given(records)
def test_xml_says_what_the_json_says(record: Record) -> None:
    element = etree.fromstring(datacite_xml(record))
    assert sorted(_texts_of(element)) == sorted(_texts_in(datacite_json(record)))


@needs_schemas
@given(records)
def test_any_record_makes_a_valid_document(record: Record) -> None:
    assert faults(datacite_xml(record), "4.5") == []


def _texts_of(element: etree._Element) -> list[str]:
    """Returns every text and attribute of a document but those that JSON has no place for."""
    fixed = ("identifierType", "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation")
    found = []
    for node in element.iter():
        found += [text for name, text in node.attrib.items() if name not in fixed]
        found += [node.text] if node.text else []
    return found


def _texts_in(value: Any) -> list[str]:
    """Returns every text of the JSON but the schema's name."""
    if isinstance(value, dict):
        return [
            text
            for key, item in value.items()
            if key != "schemaVersion"
            for text in _texts_in(item)
        ]
    if isinstance(value, list):
        return [text for item in value for text in _texts_in(item)]
    return [str(value)]
