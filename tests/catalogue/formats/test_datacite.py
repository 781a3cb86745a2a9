import json
from collections.abc import Callable
from datetime import date
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given, settings
from jsonschema import Draft201909Validator

from catalogue.formats.datacite import datacite_json
from catalogue.record import (
    Agent,
    Contributor,
    FundingReference,
    InstrumentRef,
    Record,
    RelatedIdentifier,
)
from tests.catalogue.formats.strategies import records
from tests.records import (
    make_embargoed_record_value,
    make_minimal_record_value,
    make_record_value,
)

LICENCE_RIGHTS = {
    "rights": "Creative Commons Attribution 4.0 International",
    "rightsUri": "https://creativecommons.org/licenses/by/4.0/",
    "rightsIdentifier": "CC-BY-4.0",
    "rightsIdentifierScheme": "SPDX",
    "schemeUri": "https://spdx.org/licenses/",
}
FULL: dict[str, Any] = {
    "doi": "10.5072/abc-1",
    "creators": [
        {
            "name": "Doe, Jane",
            "nameType": "Personal",
            "givenName": "Jane",
            "familyName": "Doe",
            "nameIdentifiers": [
                {
                    "nameIdentifier": "https://orcid.org/0000-0002-1825-0097",
                    "nameIdentifierScheme": "ORCID",
                    "schemeUri": "https://orcid.org",
                }
            ],
            "affiliation": [
                {
                    "name": "Example University",
                    "affiliationIdentifier": "https://ror.org/02mhbdp94",
                    "affiliationIdentifierScheme": "ROR",
                    "schemeUri": "https://ror.org",
                }
            ],
        },
        {"name": "Plato", "nameType": "Personal"},
    ],
    "titles": [{"title": "Growth of silica particles"}],
    "publisher": {
        "name": "Aurora Light Source",
        "publisherIdentifier": "https://ror.org/02550n020",
        "publisherIdentifierScheme": "ROR",
        "schemeUri": "https://ror.org",
    },
    "publicationYear": 2024,
    "types": {"resourceTypeGeneral": "Dataset", "resourceType": "Dataset"},
    "subjects": [
        {
            "subject": "small angle x-ray scattering",
            "subjectScheme": "PaNET",
            "schemeUri": "http://purl.org/pan-science/PaNET",
            "valueUri": "http://purl.org/pan-science/PaNET/PaNET01188",
        },
        {"subject": "silica"},
    ],
    "contributors": [
        {
            "name": "Li, Wei",
            "nameType": "Personal",
            "givenName": "Wei",
            "familyName": "Li",
            "contributorType": "ContactPerson",
        },
        {
            "name": "Aurora Light Source",
            "nameType": "Organizational",
            "contributorType": "HostingInstitution",
        },
    ],
    "dates": [
        {"date": "2021-05-03/2021-05-06", "dateType": "Collected"},
        {"date": "2024-03-01", "dateType": "Issued"},
        {"date": "2024-05-06", "dateType": "Available"},
    ],
    "language": "en",
    "alternateIdentifiers": [
        {"alternateIdentifier": "P-17", "alternateIdentifierType": "Proposal number"},
        {"alternateIdentifier": "4711", "alternateIdentifierType": "Run number"},
    ],
    "relatedIdentifiers": [
        {
            "relatedIdentifier": "10.5072/instrument-7",
            "relatedIdentifierType": "DOI",
            "relationType": "IsCollectedBy",
            "resourceTypeGeneral": "Instrument",
        },
        {
            "relatedIdentifier": "10.5072/paper-9",
            "relatedIdentifierType": "DOI",
            "relationType": "IsCitedBy",
            "resourceTypeGeneral": "JournalArticle",
        },
    ],
    "relatedItems": [
        {
            "relatedItemType": "Instrument",
            "relationType": "IsCollectedBy",
            "relatedItemIdentifier": {
                "relatedItemIdentifier": "10.5072/instrument-7",
                "relatedItemIdentifierType": "DOI",
            },
            "titles": [{"title": "SAXS-1"}],
        },
        {
            "relatedItemType": "Book",
            "relationType": "References",
            "titles": [{"title": "The Book of Silica"}],
        },
    ],
    "sizes": ["12345 bytes", "3 files"],
    "formats": ["application/x-hdf5"],
    "version": "2",
    "fundingReferences": [
        {
            "funderName": "European Commission",
            "funderIdentifier": "https://doi.org/10.13039/501100000780",
            "funderIdentifierType": "Crossref Funder ID",
            "awardNumber": "823852",
            "awardUri": "https://cordis.europa.eu/project/id/823852",
            "awardTitle": "PaNOSC",
        }
    ],
    "rightsList": [
        LICENCE_RIGHTS,
        {
            "rights": "open access",
            "rightsUri": "http://purl.org/coar/access_right/c_abf2",
            "rightsIdentifierScheme": "COAR",
            "schemeUri": "http://purl.org/coar/access_right/scheme",
        },
        {"rights": "open access", "rightsUri": "info:eu-repo/semantics/openAccess"},
    ],
    "descriptions": [
        {"description": "Silica was grown & watched.", "descriptionType": "Abstract"},
        {"description": "Samples: S1 (SiO2); blank", "descriptionType": "TechnicalInfo"},
    ],
    "schemaVersion": "http://datacite.org/schema/kernel-4",
}


def test_a_full_record_says_every_property() -> None:
    assert datacite_json(make_record_value()) == FULL


def test_a_minimal_record_says_what_is_required() -> None:
    attributes = datacite_json(make_minimal_record_value())
    assert attributes == {
        "doi": "10.5072/abc-1",
        "creators": [{"name": "Aurora Light Source", "nameType": "Organizational"}],
        "titles": [{"title": "Growth of silica particles"}],
        "publisher": {"name": "Aurora Light Source"},
        "publicationYear": 2024,
        "types": {"resourceTypeGeneral": "Dataset", "resourceType": "Dataset"},
        "contributors": [
            {
                "name": "Aurora Light Source",
                "nameType": "Organizational",
                "contributorType": kind,
            }
            for kind in ("ContactPerson", "HostingInstitution")
        ],
        "dates": [{"date": "2024-03-01", "dateType": "Issued"}],
        "language": "en",
        "rightsList": FULL["rightsList"],
        "schemaVersion": "http://datacite.org/schema/kernel-4",
    }


def test_an_embargo_runs_from_accepted_to_available() -> None:
    attributes = datacite_json(make_embargoed_record_value())
    assert attributes["dates"] == [
        {"date": "2021-05-03/2021-05-06", "dateType": "Collected"},
        {"date": "2024-03-01", "dateType": "Accepted"},
        {"date": "2024-03-01", "dateType": "Issued"},
        {"date": "2999-01-02", "dateType": "Available"},
    ]
    assert "sizes" not in attributes


@pytest.mark.parametrize(
    ("access", "label", "coar", "eu_repo"),
    [
        ("open", "open access", "c_abf2", "openAccess"),
        ("embargoed", "embargoed access", "c_f1cf", "embargoedAccess"),
        ("restricted", "restricted access", "c_16ec", "restrictedAccess"),
        ("metadata_only", "metadata only access", "c_14cb", "closedAccess"),
    ],
)
def test_the_access_right_is_said_once_in_each_vocabulary(
    access: str, label: str, coar: str, eu_repo: str
) -> None:
    rights = datacite_json(make_record_value(access=access))["rightsList"]
    assert [(item["rights"], item["rightsUri"]) for item in rights] == [
        (LICENCE_RIGHTS["rights"], LICENCE_RIGHTS["rightsUri"]),
        (label, f"http://purl.org/coar/access_right/{coar}"),
        (label, f"info:eu-repo/semantics/{eu_repo}"),
    ]


@pytest.mark.parametrize(
    ("pid", "expected"),
    [
        ("10.5072/i", [("10.5072/i", "DOI")]),
        ("https://doi.org/10.5072/i", [("10.5072/i", "DOI")]),
        ("doi:10.5072/i", [("10.5072/i", "DOI")]),
        ("21.11157/i", [("21.11157/i", "Handle")]),
        ("https://hdl.handle.net/21.T11998/i", [("21.T11998/i", "Handle")]),
        ("https://example.org/i", [("https://example.org/i", "URL")]),
        ("the big one", []),
        ("", []),
    ],
)
def test_the_instruments_pid_is_related_by_its_type(
    pid: str, expected: list[tuple[str, str]]
) -> None:
    record = make_record_value(instrument=InstrumentRef("I", "i", pid), related=())
    related = datacite_json(record).get("relatedIdentifiers", [])
    assert [
        (item["relatedIdentifier"], item["relatedIdentifierType"]) for item in related
    ] == expected


def test_a_relation_is_said_once() -> None:
    same = RelatedIdentifier("10.5072/instrument-7", "DOI", "IsCollectedBy", "Instrument")
    attributes = datacite_json(make_record_value(related=(same,)))
    assert len(attributes["relatedIdentifiers"]) == 1


def test_a_named_host_is_not_joined_by_the_facility() -> None:
    host = Contributor(Agent("Data Centre", is_organisation=True), "HostingInstitution")
    attributes = datacite_json(make_record_value(contributors=(host,)))
    assert [(agent["name"], agent["contributorType"]) for agent in attributes["contributors"]] == [
        ("Data Centre", "HostingInstitution"),
        ("Aurora Light Source", "ContactPerson"),
    ]


def test_required_properties_that_are_not_known_say_so() -> None:
    attributes = datacite_json(make_record_value(title="\x00", creators=()))
    assert attributes["titles"] == [{"title": ":unav"}]
    assert attributes["creators"] == [{"name": ":unav"}]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ({"collected_to": None}, ["2021-05-03"]),
        ({"collected_from": None}, ["2021-05-06"]),
        ({"collected_from": None, "collected_to": None}, []),
    ],
)
def test_half_known_days_are_said_alone(days: dict[str, None], expected: list[str]) -> None:
    dates = datacite_json(make_record_value(**days))["dates"]
    assert [item["date"] for item in dates if item["dateType"] == "Collected"] == expected


@pytest.mark.parametrize(
    ("identifier", "kind"),
    [
        ("https://ror.org/019w4f821", "ROR"),
        ("https://doi.org/10.13039/501100000780", "Crossref Funder ID"),
        ("10.13039/501100000780", "Crossref Funder ID"),
        ("https://doi.org/10.1234/not-a-funder", ""),
        ("the ministry", ""),
        ("", ""),
    ],
)
def test_a_funder_is_named_by_ror_or_crossref_id(identifier: str, kind: str) -> None:
    grant = FundingReference("A funder", identifier)
    (said,) = datacite_json(make_record_value(funding=(grant,)))["fundingReferences"]
    assert said.get("funderIdentifierType", "") == kind
    assert ("funderIdentifier" in said) is bool(kind)


def test_a_withdrawal_is_a_date_with_its_reason() -> None:
    record = make_record_value(
        access="metadata_only", withdrawn=date(2026, 5, 4), withdrawal_reason="Wrong sample."
    )
    assert datacite_json(record)["dates"][-1] == {
        "date": "2026-05-04",
        "dateType": "Withdrawn",
        "dateInformation": "Wrong sample.",
    }


SCHEMA = json.loads(files("datacite").joinpath("schemas/datacite-v4.5.json").read_text("utf-8"))


@pytest.mark.parametrize(
    "make", [make_record_value, make_minimal_record_value, make_embargoed_record_value]
)
def test_the_schema_of_another_client_accepts_the_json(make: Callable[[], Record]) -> None:
    assert schema_faults(make()) == []


@given(records)
@settings(max_examples=50)
def test_whatever_a_record_holds_the_json_is_valid(record: Record) -> None:
    assert schema_faults(record) == []


def schema_faults(record: Record) -> list[str]:
    document = datacite_json(record)
    # That schema is of the years' text; DataCite's API takes the number, and gives it.
    document["publicationYear"] = f"{document['publicationYear']:04}"
    return [error.message for error in Draft201909Validator(SCHEMA).iter_errors(document)]
