import pytest
from hypothesis import given
from lxml import etree

from catalogue.formats.datacite_xml import datacite_xml
from catalogue.formats.oai_datacite import oai_datacite_xml
from catalogue.formats.oai_dc import oai_dc_xml
from catalogue.record import Record
from tests.catalogue.formats.strategies import records
from tests.records import (
    make_embargoed_record_value,
    make_minimal_record_value,
    make_record_value,
)
from tests.schemas import KERNELS, faults, needs_schemas

FULL_DC = [
    ("title", "Growth of silica particles"),
    ("creator", "Doe, Jane"),
    ("creator", "Plato"),
    ("subject", "small angle x-ray scattering"),
    ("subject", "silica"),
    ("description", "Silica was grown & watched."),
    ("description", "Samples: S1 (SiO2); blank"),
    ("publisher", "Aurora Light Source"),
    ("contributor", "Li, Wei"),
    ("contributor", "Aurora Light Source"),
    ("date", "2024-03-01"),
    ("type", "Dataset"),
    ("format", "application/x-hdf5"),
    ("identifier", "https://doi.org/10.5072/abc-1"),
    ("identifier", "P-17"),
    ("identifier", "4711"),
    ("language", "en"),
    ("relation", "https://doi.org/10.5072/instrument-7"),
    ("relation", "https://doi.org/10.5072/paper-9"),
    ("coverage", "2021-05-03/2021-05-06"),
    ("rights", "info:eu-repo/semantics/openAccess"),
    ("rights", "Creative Commons Attribution 4.0 International"),
    ("rights", "https://creativecommons.org/licenses/by/4.0/"),
]


def test_dublin_core_of_a_full_record() -> None:
    assert _statements(make_record_value()) == FULL_DC


def test_dublin_core_is_one_element_that_names_its_schema() -> None:
    assert oai_dc_xml(make_minimal_record_value()).startswith(
        '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xsi:schemaLocation="http://www.openarchives.org/OAI/2.0/oai_dc/'
        ' http://www.openarchives.org/OAI/2.0/oai_dc.xsd"><dc:title>Growth of silica particles'
        "</dc:title>"
    )


def test_the_end_of_an_embargo_is_a_date() -> None:
    statements = _statements(make_embargoed_record_value())
    assert ("date", "info:eu-repo/date/embargoEnd/2999-01-02") in statements
    assert ("rights", "info:eu-repo/semantics/embargoedAccess") in statements


def test_open_data_have_no_embargo_date() -> None:
    assert "embargoEnd" not in oai_dc_xml(make_record_value())


def test_the_wrapper_holds_the_very_datacite_document() -> None:
    wrapper = etree.fromstring(oai_datacite_xml(make_record_value()))
    namespace = "{http://schema.datacite.org/oai/oai-1.1/}"
    assert wrapper.tag == f"{namespace}oai_datacite"
    assert wrapper.findtext(f"{namespace}schemaVersion") == "4.5"
    assert wrapper.findtext(f"{namespace}datacentreSymbol") == "AURORA"
    payload = wrapper.find(f"{namespace}payload/*")
    plain = etree.fromstring(datacite_xml(make_record_value()))
    assert payload is not None
    assert _nodes(payload) == _nodes(plain)


def test_the_wrapper_names_the_datacite_repository_where_there_is_one() -> None:
    document = oai_datacite_xml(make_record_value(), datacentre_symbol="INIST.ILL")
    assert "<datacentreSymbol>INIST.ILL</datacentreSymbol>" in document


@needs_schemas
@pytest.mark.parametrize("kernel", KERNELS)
@given(record=records)
def test_any_record_makes_valid_documents(record: Record, kernel: str) -> None:
    assert faults(oai_dc_xml(record), kernel) == []
    assert faults(oai_datacite_xml(record), kernel) == []


def _nodes(element: etree._Element) -> list[tuple[str, dict[str, str], str | None]]:
    return [(str(node.tag), dict(node.attrib), node.text) for node in element.iter()]


def _statements(record: Record) -> list[tuple[str, str | None]]:
    element = etree.fromstring(oai_dc_xml(record))
    return [(etree.QName(child).localname, child.text) for child in element]
