"""Records of every shape for property tests: any text, any combination of absent parts."""

from datetime import UTC, date

from hypothesis import strategies as st

from catalogue.record import (
    Agent,
    Contributor,
    FundingReference,
    InstrumentRef,
    Organisation,
    Record,
    RelatedIdentifier,
    SampleRef,
)
from tests.records import CC_BY, SAXS

# Hostile on purpose: control characters, markup, astral planes, lone surrogates.
texts = st.one_of(
    st.text(max_size=20),
    st.text(st.characters(codec=None), max_size=20),
    st.sampled_from(
        ["]]>", "<script>alert(1)</script>", "\x00", "🔬", "\U0001f9ea\ufffe", "a\r\nb", " "]
    ),
)
rors = st.sampled_from(["", "https://ror.org/02550n020"])
orcids = st.sampled_from(["", "0000-0002-1825-0097"])
days = st.none() | st.dates(date(1900, 1, 1), date(2999, 12, 31))
counts = st.none() | st.integers(0, 2**62)
organisations = st.builds(Organisation, texts, rors)
agents = st.builds(
    Agent,
    texts,
    given_name=texts,
    family_name=texts,
    orcid=orcids,
    affiliations=st.lists(organisations, max_size=2).map(tuple),
    is_organisation=st.booleans(),
)
relations = st.builds(
    RelatedIdentifier,
    texts,
    st.sampled_from(["DOI", "Handle", "URL"]),
    st.sampled_from(["IsCitedBy", "IsPartOf", "IsCollectedBy"]),
    st.sampled_from(["", "Dataset", "JournalArticle"]),
    texts,
)
grants = st.builds(
    FundingReference,
    texts,
    st.sampled_from(["", "https://ror.org/019w4f821", "https://doi.org/10.13039/501100000780"]),
    texts,
    texts,
    st.sampled_from(["", "https://cordis.europa.eu/project/id/823852"]),
)
records = st.builds(
    Record,
    doi=st.just("10.5072/abc-1"),
    oai_identifier=st.just("oai:catalogue.example.org:10.5072/abc-1"),
    title=texts,
    creators=st.lists(agents, max_size=3).map(tuple),
    publisher=organisations,
    publication_year=st.integers(1900, 2999),
    facility_slug=st.from_regex(r"[a-z0-9_-]{1,20}", fullmatch=True),
    facility_name=texts,
    access=st.sampled_from(["open", "embargoed", "restricted", "metadata_only"]),
    licence=st.just(CC_BY),
    published=st.dates(date(1900, 1, 1), date(2999, 12, 31)),
    modified=st.datetimes(timezones=st.just(UTC)),
    is_test_doi=st.booleans(),
    abstract=texts,
    keywords=st.lists(texts, max_size=2).map(tuple),
    techniques=st.sampled_from([(), (SAXS,)]),
    instrument=st.none() | st.builds(InstrumentRef, texts, st.just("i"), texts),
    proposal_code=texts,
    contributors=st.lists(
        st.builds(Contributor, agents, st.sampled_from(["ContactPerson", "HostingInstitution"])),
        max_size=2,
    ).map(tuple),
    samples=st.lists(st.builds(SampleRef, texts, texts, texts), max_size=2).map(tuple),
    collected_from=days,
    collected_to=days,
    available=days,
    size_bytes=counts,
    file_count=counts,
    dataset_count=counts,
    formats=st.lists(texts, max_size=2).map(tuple),
    language=st.sampled_from(["en", "fr", "de-CH", ""]),
    related=st.lists(relations, max_size=2).map(tuple),
    funding=st.lists(grants, max_size=2).map(tuple),
    version=st.sampled_from(["", "1", "2"]),
    run_numbers=st.lists(texts, max_size=2).map(tuple),
    withdrawn=days,
    withdrawal_reason=texts,
)
