"""RO-Crate 1.2 metadata: flattened JSON-LD whose every reference leads somewhere."""

from typing import Any

from hypothesis import given, settings

from catalogue.formats.ro_crate import ro_crate
from catalogue.record import PublicFile, Record
from tests.catalogue.formats.strategies import records
from tests.records import make_record_value

FILE = PublicFile("https://e.org/files/1/run.nxs", "run.nxs", "application/x-hdf5", 9, "0" * 64)
ROOT = "https://doi.org/10.5072/abc-1"


def graph(record: Record, *files: PublicFile) -> dict[str, dict[str, Any]]:
    entities = ro_crate(record, files)["@graph"]
    assert len({entity["@id"] for entity in entities}) == len(entities)
    return {entity["@id"]: entity for entity in entities}


def references(value: Any) -> list[str]:
    if isinstance(value, list):
        return [found for item in value for found in references(item)]
    if isinstance(value, dict) and set(value) == {"@id"}:
        return [value["@id"]]
    return []


def test_the_descriptor_names_profile_and_root() -> None:
    assert graph(make_record_value())["ro-crate-metadata.json"] == {
        "@id": "ro-crate-metadata.json",
        "@type": "CreativeWork",
        "conformsTo": {"@id": "https://w3id.org/ro/crate/1.2"},
        "about": {"@id": ROOT},
    }


def test_the_root_says_what_the_profile_requires() -> None:
    root = graph(make_record_value())[ROOT]
    assert root["@type"] == "Dataset"
    assert root["name"] == "Growth of silica particles"
    assert root["datePublished"] == "2024-03-01"
    assert root["license"] == {"@id": "https://creativecommons.org/licenses/by/4.0/"}


def test_files_funding_and_instrument_are_entities() -> None:
    entities = graph(make_record_value(), FILE)
    assert entities[FILE.address]["sha256"] == "0" * 64
    assert entities[ROOT]["hasPart"] == [{"@id": FILE.address}]
    assert entities["#experiment"]["instrument"] == {"@id": "https://doi.org/10.5072/instrument-7"}
    grant = entities["https://cordis.europa.eu/project/id/823852"]
    assert grant["identifier"] == "823852"
    assert entities["https://orcid.org/0000-0002-1825-0097"]["name"] == "Jane Doe"


@given(records)
@settings(max_examples=50)
def test_every_reference_leads_to_an_entity(record: Record) -> None:
    entities = graph(record)
    outside = {"https://w3id.org/ro/crate/1.2"}
    asked = {
        one
        for entity in entities.values()
        for value in entity.values()
        for one in references(value)
    }
    assert asked - set(entities) - outside == set()
