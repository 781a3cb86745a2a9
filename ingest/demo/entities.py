"""The kinds of thing the demonstration scenario is made of, as frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

# The same words as the catalogue's own roles, so that they pass into it unchanged.
Role = Literal["principal investigator", "co-investigator", "local contact"]
FacilityKind = Literal["synchrotron", "neutron"]
TechniqueKind = Literal[
    "x-ray reflectometry",
    "neutron reflectometry",
    "SAXS",
    "SANS",
    "powder diffraction",
    "tomography",
    "XAS",
    "MX",
    "inelastic neutron scattering",
    "neutron events",
]


@dataclass(frozen=True, slots=True)
class DemoFacility:
    """One invented facility. `ror` is '' because nothing invented has one.

    `doi_prefix` is a test prefix; `source_energy_gev` is the stored or accelerated particle's.
    """

    slug: str
    name: str
    short_name: str
    kind: FacilityKind
    country: str
    time_zone: str
    doi_prefix: str
    publisher: str
    url: str
    contact_email: str
    licence: str
    embargo_years: int
    source_type: str
    probe: str
    source_energy_gev: float
    ror: str = ""


@dataclass(frozen=True, slots=True)
class DemoInstrument:
    """One instrument. `techniques` are PaNET codes, `kind` chooses what its files hold.

    `file_prefix` and `first_run` are those of its file names, `number_width` the digits of a run
    number there. `cites_proposal` is false where the files never name the proposal, so that only
    their folder tells it.
    """

    slug: str
    facility: str
    name: str
    long_name: str
    kind: TechniqueKind
    techniques: tuple[str, ...]
    description: str
    port: str
    local_contact: str
    file_prefix: str
    first_run: int
    number_width: int
    cites_proposal: bool = True


@dataclass(frozen=True, slots=True)
class DemoAffiliation:
    """An invented university, institute or company. `country` is ISO 3166-1 alpha-2."""

    name: str
    city: str
    country: str
    ror: str = ""


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """One invented person. `orcid` has a valid check digit, outside every assigned block."""

    slug: str
    given_name: str
    family_name: str
    orcid: str
    affiliation: str

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}"

    @property
    def email(self) -> str:
        """An address nobody can own (RFC 2606 §3)."""
        return f"{self.slug}@example.org"


@dataclass(frozen=True, slots=True)
class DemoMember:
    """One person's part in a proposal or visit."""

    person: DemoPerson
    role: Role


@dataclass(frozen=True, slots=True)
class DemoSample:
    """What was measured. `model` holds the numbers of the simple physics its data follow.

    `temperature_k` is the first and last temperature of a series of runs.
    """

    name: str
    formula: str
    description: str
    temperature_k: tuple[float, float] = (295.0, 295.0)
    model: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class VisitPlan:
    """A visit before it has a date: its last day lies `ended_days_ago` days before today.

    Its first `standard_runs` runs measure the proposal's second sample, a reference material.
    """

    instrument: str
    ended_days_ago: int
    days: int
    runs: int = 9
    standard_runs: int = 0


@dataclass(frozen=True, slots=True)
class ProposalPlan:
    """A proposal before it has dates. `team` holds slugs, the principal investigator's first."""

    facility: str
    serial: int
    title: str
    abstract: str
    keywords: tuple[str, ...]
    team: tuple[str, ...]
    samples: tuple[DemoSample, ...]
    visits: tuple[VisitPlan, ...]
    proprietary: bool = False
    withdrawal_reason: str = ""


@dataclass(frozen=True, slots=True)
class DemoVisit:
    """One investigation: a proposal's days on one instrument. `identifier` is code-number.

    `samples` are the sample proper and, where there are `standard_runs`, the reference material.
    """

    identifier: str
    number: int
    instrument: DemoInstrument
    start: date
    end: date
    samples: tuple[DemoSample, ...]
    members: tuple[DemoMember, ...]
    runs: int
    standard_runs: int


@dataclass(frozen=True, slots=True)
class DemoProposal:
    """One proposal with its visits in order of time.

    `withdrawal_reason` is '' unless its publication is to be withdrawn after it was published.
    """

    code: str
    facility: DemoFacility
    title: str
    abstract: str
    keywords: tuple[str, ...]
    submitted: date
    members: tuple[DemoMember, ...]
    samples: tuple[DemoSample, ...]
    visits: tuple[DemoVisit, ...]
    proprietary: bool
    withdrawal_reason: str
