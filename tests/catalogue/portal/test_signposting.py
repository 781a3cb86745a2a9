from dataclasses import replace
from datetime import UTC, date, datetime

from catalogue.portal.signposting import MOST_ITEMS, cite_as, landing_links, link_header
from catalogue.record import Agent, Organisation, Record
from catalogue.vocabulary.licences import LICENCES

PAGE = "https://data.example.org/doi/10.1234/abc"
RECORD = Record(
    doi="10.1234/abc",
    oai_identifier="oai:example.org:abc",
    title="A title",
    creators=(Agent("Marie Curie", orcid="0000-0002-1825-0097"), Agent("Without ORCID")),
    publisher=Organisation("A facility"),
    publication_year=2026,
    facility_slug="fac",
    facility_name="A facility",
    access="open",
    licence=LICENCES["CC-BY-4.0"],
    published=date(2026, 1, 1),
    modified=datetime(2026, 1, 1, tzinfo=UTC),
    is_test_doi=False,
)


def test_the_header_carries_every_relation_of_signposting() -> None:
    links = landing_links(
        RECORD,
        page=PAGE,
        described_by=[(f"{PAGE}?format=json-ld", "application/ld+json")],
        items=[("https://data.example.org/files/1/a.nxs", "application/x-hdf5")],
    )
    assert link_header(links) == (
        '<https://doi.org/10.1234/abc>; rel="cite-as", '
        '<https://schema.org/Dataset>; rel="type", '
        '<https://schema.org/AboutPage>; rel="type", '
        '<https://orcid.org/0000-0002-1825-0097>; rel="author", '
        '<https://creativecommons.org/licenses/by/4.0/>; rel="license", '
        f'<{PAGE}?format=json-ld>; rel="describedby"; type="application/ld+json", '
        '<https://data.example.org/files/1/a.nxs>; rel="item"; type="application/x-hdf5"'
    )


def test_a_test_doi_is_cited_by_the_page_because_it_does_not_resolve() -> None:
    assert cite_as(replace(RECORD, is_test_doi=True), page=PAGE) == PAGE


def test_a_doi_cannot_break_out_of_its_brackets() -> None:
    assert cite_as(replace(RECORD, doi='10.1/a>; rel="x'), page=PAGE) == (
        "https://doi.org/10.1/a%3E%3B%20rel%3D%22x"
    )


def test_the_header_stays_short_however_many_files_there_are() -> None:
    items = [(f"https://data.example.org/files/{n}/a.nxs", "application/x-hdf5") for n in range(99)]
    links = landing_links(RECORD, page=PAGE, described_by=[], items=items)
    assert len([link for link in links if link.rel == "item"]) == MOST_ITEMS == 20
