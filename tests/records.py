"""Records as values for tests: `make_record_value(**changes)` sets only what the test is about."""

from datetime import UTC, date, datetime
from typing import Any

from catalogue.record import (
    Agent,
    Contributor,
    FundingReference,
    InstrumentRef,
    Licence,
    Organisation,
    Record,
    RelatedIdentifier,
    SampleRef,
    TechniqueTerm,
)

CC_BY = Licence(
    "CC-BY-4.0",
    "Creative Commons Attribution 4.0 International",
    "https://creativecommons.org/licenses/by/4.0/",
)
SAXS = TechniqueTerm(
    "PaNET01188",
    "small angle x-ray scattering",
    "http://purl.org/pan-science/PaNET/PaNET01188",
)


def make_record_value(**changes: Any) -> Record:
    """Returns the record of an open experiment that carries everything a record can say."""
    values: dict[str, Any] = {
        "doi": "10.5072/abc-1",
        "oai_identifier": "oai:catalogue.example.org:10.5072/abc-1",
        "title": "Growth of silica particles",
        "creators": (
            Agent(
                "Jane Doe",
                given_name="Jane",
                family_name="Doe",
                orcid="0000-0002-1825-0097",
                affiliations=(Organisation("Example University", "https://ror.org/02mhbdp94"),),
            ),
            Agent("Plato"),
        ),
        "publisher": Organisation("Aurora Light Source", "https://ror.org/02550n020"),
        "publication_year": 2024,
        "facility_slug": "aurora",
        "facility_name": "Aurora Light Source",
        "access": "open",
        "licence": CC_BY,
        "published": date(2024, 3, 1),
        "modified": datetime(2024, 6, 2, 8, 30, tzinfo=UTC),
        "is_test_doi": False,
        "abstract": "Silica was grown & watched.",
        "keywords": ("silica",),
        "techniques": (SAXS,),
        "instrument": InstrumentRef("SAXS-1", "saxs-1", "10.5072/instrument-7"),
        "proposal_code": "P-17",
        "contributors": (
            Contributor(Agent("Li Wei", given_name="Wei", family_name="Li"), "ContactPerson"),
        ),
        "samples": (SampleRef("S1", "SiO2"), SampleRef("blank")),
        "collected_from": date(2021, 5, 3),
        "collected_to": date(2021, 5, 6),
        "available": date(2024, 5, 6),
        "size_bytes": 12345,
        "file_count": 3,
        "dataset_count": 2,
        "related": (
            RelatedIdentifier("10.5072/paper-9", "DOI", "IsCitedBy", "JournalArticle"),
            RelatedIdentifier("", "", "References", "Book", "The Book of Silica"),
        ),
        "funding": (
            FundingReference(
                "European Commission",
                "https://doi.org/10.13039/501100000780",
                "823852",
                "PaNOSC",
                "https://cordis.europa.eu/project/id/823852",
            ),
        ),
        "version": "2",
        "run_numbers": ("4711",),
    }
    return Record(**values | changes)


def make_minimal_record_value(**changes: Any) -> Record:
    """Returns a record with what DataCite requires and nothing besides."""
    bare: dict[str, Any] = {
        "creators": (Agent("Aurora Light Source", is_organisation=True),),
        "publisher": Organisation("Aurora Light Source"),
        "abstract": "",
        "keywords": (),
        "techniques": (),
        "instrument": None,
        "proposal_code": "",
        "contributors": (),
        "samples": (),
        "collected_from": None,
        "collected_to": None,
        "available": None,
        "size_bytes": None,
        "file_count": None,
        "dataset_count": None,
        "formats": (),
        "related": (),
        "funding": (),
        "version": "",
        "run_numbers": (),
    }
    return make_record_value(**bare | changes)


def make_embargoed_record_value(**changes: Any) -> Record:
    """Returns a record whose data open on 2999-01-02."""
    closed: dict[str, Any] = {
        "access": "embargoed",
        "available": date(2999, 1, 2),
        "size_bytes": None,
        "file_count": None,
        "dataset_count": None,
    }
    return make_record_value(**closed | changes)
