"""The public record of one DOI as plain values; every output format renders from it alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

# As COAR's access rights: open now, open on a known day, closed with no day known, open to whoever
# has logged in, or withdrawn.
Access = Literal["open", "embargoed", "restricted", "registered", "metadata_only"]

# DataCite 4.6 property 7.a, the values a facility uses.
ContributorType = Literal[
    "ContactPerson",
    "DataCollector",
    "DataCurator",
    "DataManager",
    "HostingInstitution",
    "ProjectLeader",
    "Researcher",
    "RightsHolder",
    "Supervisor",
    "Other",
]


@dataclass(frozen=True, slots=True)
class Organisation:
    """An institution. `ror` is the full URL (`https://ror.org/…`) or ''."""

    name: str
    ror: str = ""


@dataclass(frozen=True, slots=True)
class Agent:
    """A creator or contributor. `orcid` is the bare iD (`0000-0002-1825-0097`) or ''.

    `given_name` and `family_name` are '' where only the whole name is known; `is_organisation`
    tells DataCite's nameType.
    """

    name: str
    given_name: str = ""
    family_name: str = ""
    orcid: str = ""
    affiliations: tuple[Organisation, ...] = ()
    is_organisation: bool = False


@dataclass(frozen=True, slots=True)
class Contributor:
    """An agent with its DataCite contributorType."""

    agent: Agent
    contributor_type: ContributorType


@dataclass(frozen=True, slots=True)
class TechniqueTerm:
    """A PaNET technique: `iri` is its PURL, `path` the codes from the root down to itself."""

    code: str
    label: str
    iri: str


@dataclass(frozen=True, slots=True)
class InstrumentRef:
    """The instrument that collected the data. `pid` is its PIDINST DOI or Handle, or ''."""

    name: str
    slug: str
    pid: str = ""


@dataclass(frozen=True, slots=True)
class SampleRef:
    """A sample as it is named in public."""

    name: str
    formula: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence by its SPDX identifier, with its name and the address of its text."""

    spdx: str
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class RelatedIdentifier:
    """DataCite 4.6 property 12, e.g. relation_type `IsCollectedBy`, identifier_type `DOI`.

    One with a title is a related item too (property 20); that may lack the identifier.
    """

    identifier: str
    identifier_type: str
    relation_type: str
    resource_type: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class FundingReference:
    """DataCite 4.6 property 19. `funder_identifier`: a ROR or Crossref funder id as URL, or ''."""

    funder_name: str
    funder_identifier: str = ""
    award_number: str = ""
    award_title: str = ""
    award_uri: str = ""


@dataclass(frozen=True, slots=True)
class PublicFile:
    """A file that everyone may have, at its absolute address."""

    address: str
    name: str
    media_type: str
    size_bytes: int | None
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """All that may be said in public about one DOI on the day it was rendered.

    What policy hides is absent, not masked: a format cannot leak what the record does not hold.

    doi: without `https://doi.org/`, as registered; oai_identifier: `oai:domain:local`, stable for
    ever.
    discipline: one of B2FIND's, or ''.
    collected_from, collected_to: the days of the experiment (DataCite date type Collected).
    published: the day the record was first published (Issued).
    available: the day the data open or opened (Available); None when they never will.
    withdrawn, withdrawal_reason: the day the data were taken back (Withdrawn), and why.
    version: of a choice of datasets that was published anew, '1', '2', or ''.
    run_numbers: the facility's own numbers of what was chosen, where they are few.
    size_bytes, file_count: None while the files are under embargo.
    is_test_doi: true for DOIs of the local registrar, which do not resolve.
    imported_document: fields of a PaNOSC Document as the catalogue it was moved from gave them.
    """

    doi: str
    oai_identifier: str
    title: str
    creators: tuple[Agent, ...]
    publisher: Organisation
    publication_year: int
    facility_slug: str
    facility_name: str
    access: Access
    licence: Licence
    published: date
    modified: datetime
    is_test_doi: bool
    abstract: str = ""
    keywords: tuple[str, ...] = ()
    discipline: str = ""
    techniques: tuple[TechniqueTerm, ...] = ()
    instrument: InstrumentRef | None = None
    proposal_code: str = ""
    contributors: tuple[Contributor, ...] = ()
    samples: tuple[SampleRef, ...] = ()
    collected_from: date | None = None
    collected_to: date | None = None
    available: date | None = None
    size_bytes: int | None = None
    file_count: int | None = None
    dataset_count: int | None = None
    formats: tuple[str, ...] = ("application/x-hdf5",)
    language: str = "en"
    resource_type: str = "Dataset"
    related: tuple[RelatedIdentifier, ...] = field(default=())
    funding: tuple[FundingReference, ...] = ()
    version: str = ""
    run_numbers: tuple[str, ...] = ()
    withdrawn: date | None = None
    withdrawal_reason: str = ""
    imported_document: Mapping[str, object] = field(default_factory=dict)
