import json

from hypothesis import given

from catalogue.formats.schema_org import json_ld
from catalogue.record import Record
from tests.catalogue.formats.strategies import records
from tests.records import make_embargoed_record_value, make_record_value


def test_a_full_record() -> None:
    assert json_ld(make_record_value()) == {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "@id": "https://doi.org/10.5072/abc-1",
        "url": "https://doi.org/10.5072/abc-1",
        "identifier": {
            "@type": "PropertyValue",
            "propertyID": "https://registry.identifiers.org/registry/doi",
            "value": "doi:10.5072/abc-1",
            "url": "https://doi.org/10.5072/abc-1",
        },
        "name": "Growth of silica particles",
        "description": "Silica was grown & watched.",
        "creator": [
            {
                "@type": "Person",
                "@id": "https://orcid.org/0000-0002-1825-0097",
                "name": "Doe, Jane",
                "givenName": "Jane",
                "familyName": "Doe",
                "affiliation": [
                    {
                        "@type": "Organization",
                        "@id": "https://ror.org/02mhbdp94",
                        "name": "Example University",
                    }
                ],
            },
            {"@type": "Person", "name": "Plato"},
        ],
        "contributor": [
            {"@type": "Person", "name": "Li, Wei", "givenName": "Wei", "familyName": "Li"}
        ],
        "publisher": {
            "@type": "Organization",
            "@id": "https://ror.org/02550n020",
            "name": "Aurora Light Source",
        },
        "datePublished": "2024-03-01",
        "dateModified": "2024-06-02",
        "temporalCoverage": "2021-05-03/2021-05-06",
        "keywords": ["silica"],
        "measurementTechnique": [
            {
                "@type": "DefinedTerm",
                "@id": "http://purl.org/pan-science/PaNET/PaNET01188",
                "name": "small angle x-ray scattering",
                "termCode": "PaNET01188",
                "inDefinedTermSet": "http://purl.org/pan-science/PaNET",
            }
        ],
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "isAccessibleForFree": True,
        "conditionsOfAccess": "open access",
        "encodingFormat": ["application/x-hdf5"],
        "size": "12345 bytes",
        "inLanguage": "en",
        "version": "2",
        "funding": [
            {
                "@type": "Grant",
                "@id": "https://cordis.europa.eu/project/id/823852",
                "name": "PaNOSC",
                "identifier": "823852",
                "funder": {
                    "@type": "Organization",
                    "@id": "https://doi.org/10.13039/501100000780",
                    "name": "European Commission",
                },
            }
        ],
    }


def test_closed_data_say_when_they_open() -> None:
    document = json_ld(make_embargoed_record_value())
    assert document["isAccessibleForFree"] is False
    assert document["conditionsOfAccess"] == "embargoed access until 2999-01-02"


@given(records)
def test_any_record_is_json_that_a_database_takes(record: Record) -> None:
    text = json.dumps(json_ld(record), ensure_ascii=False)
    assert "\\u0000" not in text
    assert json.loads(text.encode().decode()) == json_ld(record)
