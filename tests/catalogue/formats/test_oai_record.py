from datetime import UTC, datetime

import pytest

from catalogue.formats.oai_provenance import Origin, provenance_xml
from catalogue.formats.oai_record import header_xml, record_xml
from tests.schemas import faults, needs_schemas

NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)


def test_a_record_has_its_header_its_document_and_what_is_said_about_it() -> None:
    header = header_xml("oai:a.b:1&2", NOON, ["a:b", "c"], is_deleted=False)
    assert record_xml(header, "<x/>", abouts=["<y/>", "<z/>"]) == (
        "<record><header><identifier>oai:a.b:1&amp;2</identifier>"
        "<datestamp>2024-01-01T12:00:00Z</datestamp><setSpec>a:b</setSpec><setSpec>c</setSpec>"
        "</header><metadata><x/></metadata><about><y/></about><about><z/></about></record>"
    )


def test_a_deleted_record_has_only_its_header() -> None:
    header = header_xml("oai:a.b:2", NOON, [], is_deleted=True)
    assert record_xml(header, "", abouts=["<y/>"]) == (
        '<record><header status="deleted"><identifier>oai:a.b:2</identifier>'
        "<datestamp>2024-01-01T12:00:00Z</datestamp></header></record>"
    )


@needs_schemas
@pytest.mark.parametrize("is_altered", [True, False])
def test_provenance_tells_every_source_on_the_way(is_altered: bool) -> None:
    first = Origin("https://a.b/oai", "oai:a.b:1", "2020-01-01", "urn:x", NOON)
    second = Origin(
        "https://c.d/oai", "oai:c.d:1", "2021-01-01T00:00:00Z", "urn:x", NOON, is_altered, first
    )
    document = provenance_xml(second)
    assert faults(document) == []
    assert document.count("<originDescription ") == 2
    assert document.index("https://c.d/oai") < document.index("https://a.b/oai")
    assert f'altered="{str(is_altered).lower()}"' in document
