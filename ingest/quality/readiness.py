"""How ready a file's metadata are for the catalogue: the state of each field, and a score; pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ingest.nexus import fields
from ingest.record import ExtractedRecord, Problem, Sourced

PLACEHOLDER_CODE = "placeholder_"  # … and the field's name: placeholder_title
INCIDENT = ("incident_wavelength", "incident_photon_energy", "incident_energy")
COUNTING = ("counting_time", "detector_count_time", "duration")
OUTSIDE_CODES = ("external_link", "external_storage", "virtual_dataset")
UNIT_CODES = ("unknown_unit", "wrong_unit")
BROKEN_CODES = ("broken_link", "link_loop")


class State(StrEnum):
    """Said; said with words that say nothing; said so that nobody can read it; not said."""

    PRESENT = "present"
    PLACEHOLDER = "placeholder"
    UNPARSEABLE = "unparseable"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Field:
    """One thing a file should say: where NeXus has it, what to write there, and who asks for it.

    `weight` is its share of the score; the weights add up to 100.
    """

    name: str
    label: str
    weight: int
    path: str
    advice: str
    wanted_by: str


# The weights follow what is lost without the field. Half of them go to what DataCite 4.6 requires
# or a file cannot be placed without (proposal, title, dates, people); a third to what the PaNOSC
# search API and OpenAIRE find data by (sample, instrument, technique, beam, ORCID iD); the rest to
# what makes a file pleasant to use once it is found.
FIELDS = (
    Field(
        *("proposal", "Proposal", 15, "/NXentry/experiment_identifier"),
        "the proposal's number, as the user office writes it",
        "Without it, and without a job that names it, the file is quarantined.",
    ),
    Field(
        *("title", "Title", 10, "/NXentry/title"),
        "a title that tells this measurement from the next",
        "DataCite requires a title (property 3); it is what people search and read first.",
    ),
    Field(
        *("start", "Start", 10, "/NXentry/start_time", "e.g. 2026-03-01T10:00:00+01:00"),
        "DataCite requires a year (property 5), and the embargo is counted from the day.",
    ),
    Field(
        *("users", "People", 8, "/NXentry/NXuser/name", "the people of the experiment"),
        "DataCite requires creators (property 2).",
    ),
    Field(
        *("instrument", "Instrument", 8, "/NXentry/NXinstrument/name", "the beamline's name"),
        "PaNOSC finds data by instrument; OAI-PMH sets are made of instruments.",
    ),
    Field(
        *("sample", "Sample", 8, "/NXentry/NXsample/name", "the name of the sample"),
        "PaNOSC finds data by sample; it is what reuse starts from.",
    ),
    Field(
        *("definition", "Application definition", 7, "/NXentry/definition"),
        "the application definition, e.g. NXsas",
        "It tells the technique (PaNET), which PaNOSC finds data by.",
    ),
    Field(
        *("orcid", "ORCID iD", 5, "/NXentry/NXuser/ORCID"),
        "e.g. https://orcid.org/0000-0002-1825-0097",
        "OpenAIRE and DataCite (nameIdentifier) link people by it; it gives its owner access.",
    ),
    Field(
        *("incident", "Wavelength or energy", 5, "/NXentry/NXinstrument/NXbeam/incident_energy"),
        "the incident energy or wavelength, with its unit",
        "PaNOSC ranks data by it.",
    ),
    Field(
        *("probe", "Probe", 4, "/NXentry/NXinstrument/NXsource/probe"),
        "neutron, x-ray, muon or electron",
        "It tells neutron from X-ray techniques (PaNET).",
    ),
    Field(
        *("default_plot", "Default plot", 4, "/NXentry@default"),
        "the name of an NXdata group that has @signal",
        "Viewers open the data there.",
    ),
    Field(
        *("units", "Units", 4, "@units", "a UDUNITS unit, e.g. mm, keV or 1/angstrom"),
        "Values without a known unit have no SI value and are not found by range.",
    ),
    Field(
        *("end", "End", 2, "/NXentry/end_time", "e.g. 2026-03-01T11:00:00+01:00"),
        "DataCite has the days of collection (property 8).",
    ),
    Field(
        *("run_number", "Run", 2, "/NXentry/entry_identifier", "the run or scan number"),
        "It is what the logbook calls the measurement.",
    ),
    Field(
        *("source", "Source", 2, "/NXentry/NXinstrument/NXsource/name", "the facility's source"),
        "It names the facility once the file has left it.",
    ),
    Field(
        *("links", "Links", 2, "any link, layout or storage of the file"),
        "the data themselves, or keep linked files beside this one",
        "What stands in other files is lost when they are moved.",
    ),
    Field(
        *("detector", "Detector", 1, "/NXentry/NXinstrument/NXdetector"),
        "its description, distance and pixel size",
        "Reduction needs it.",
    ),
    Field(
        *("counting_time", "Counting time", 1, "/NXentry/collection_time"),
        "how long it was counted, with the unit",
        "It tells a test shot from a measurement.",
    ),
    Field(
        *("program", "Program", 1, "/NXentry/program_name", "the program that wrote the file"),
        "Faults of a writer are found by it.",
    ),
    Field(
        *("description", "Description", 1, "/NXentry/experiment_description"),
        "a sentence on what was done",
        "DataCite recommends a description (property 17).",
    ),
)
FIELD = {field.name: field for field in FIELDS}


@dataclass(frozen=True, slots=True)
class FieldState:
    """The state of one field.

    `path` is where in the file that shows, '' where nothing is there; `note` is the finding that
    says why it is not present, '' where there is none.
    """

    name: str
    state: State
    path: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Readiness:
    """What a file says and what it leaves open, a state for each of FIELDS, in their order."""

    fields: tuple[FieldState, ...]

    @property
    def score(self) -> int:
        """The weights of the fields that are present, 0 to 100."""
        present = (each for each in self.fields if each.state is State.PRESENT)
        return sum(FIELD[each.name].weight for each in present)


def assess(record: ExtractedRecord, problems: Sequence[Problem]) -> Readiness:
    """Return the readiness of one record; `problems` are all findings on it, the record's too."""
    return Readiness(tuple(_assess(field.name, record, problems) for field in FIELDS))


def _assess(name: str, record: ExtractedRecord, problems: Sequence[Problem]) -> FieldState:
    if name == "links":
        return _assess_links(problems)
    if name == "units":
        return _assess_units(record, problems)
    source = FINDERS[name](record)
    if source is not None:
        return FieldState(name, State.PRESENT, source)
    return _explain_absence(name, problems)


def _explain_absence(name: str, problems: Sequence[Problem]) -> FieldState:
    """Tell a value that cannot be read from a placeholder, and both from nothing at all."""
    for problem in problems:
        if _makes_unparseable(name, problem):
            return _found(name, State.UNPARSEABLE, problem)
    code = PLACEHOLDER_CODE + name
    held = next((problem for problem in problems if problem.code == code), None)
    return _found(name, State.PLACEHOLDER, held) if held else FieldState(name, State.MISSING)


def _found(name: str, state: State, problem: Problem) -> FieldState:
    return FieldState(name, state, problem.path, problem.message)


def _makes_unparseable(name: str, problem: Problem) -> bool:
    if name in DATE_NAMES:
        is_its_date = problem.path.rpartition("/")[2] in DATE_NAMES[name]
        return problem.code in ("bad_date", "end_before_start") and is_its_date
    return name == "orcid" and problem.code == "bad_orcid"


def _assess_links(problems: Sequence[Problem]) -> FieldState:
    for codes, state in ((BROKEN_CODES, State.UNPARSEABLE), (OUTSIDE_CODES, State.MISSING)):
        found = next((problem for problem in problems if problem.code in codes), None)
        if found is not None:
            return _found("links", state, found)
    return FieldState("links", State.PRESENT)


def _assess_units(record: ExtractedRecord, problems: Sequence[Problem]) -> FieldState:
    unknown = next((problem for problem in problems if problem.code in UNIT_CODES), None)
    if unknown is not None:
        return _found("units", State.UNPARSEABLE, unknown)
    with_unit = next((each for each in record.parameters if each.unit), None)
    if with_unit is not None:
        return FieldState("units", State.PRESENT, f"{with_unit.source}@units")
    return FieldState("units", State.MISSING)


def _of(field: Sourced[Any] | None) -> str | None:
    return field.source if field else None


def _of_parameters(record: ExtractedRecord, names: tuple[str, ...]) -> str | None:
    found = (each.source for each in record.parameters if each.name in names)
    return next(found, None)


def _of_detector(record: ExtractedRecord) -> str | None:
    """Every detector has a name, that of its group; it describes none."""
    told = (each for each in record.parameters if each.name != "detector_name")
    return next((each.source for each in told if each.name.startswith("detector_")), None)


def _of_orcid(record: ExtractedRecord) -> str | None:
    return next((user.source for user in record.users if user.orcid), None)


# Where a record says a field, None where it does not.
FINDERS: dict[str, Callable[[ExtractedRecord], str | None]] = {
    "proposal": lambda record: _of(record.proposal),
    "title": lambda record: _of(record.title),
    "start": lambda record: _of(record.start),
    "end": lambda record: _of(record.end),
    "users": lambda record: record.users[0].source if record.users else None,
    "orcid": _of_orcid,
    "instrument": lambda record: _of(record.instrument_name),
    "sample": lambda record: record.samples[0].source if record.samples else None,
    "definition": lambda record: _of(record.definition),
    "incident": lambda record: _of_parameters(record, INCIDENT),
    "probe": lambda record: _of(record.probe),
    "source": lambda record: _of(record.source_name),
    "default_plot": lambda record: _of(record.default_plot),
    "run_number": lambda record: _of(record.run_number),
    "detector": _of_detector,
    "counting_time": lambda record: _of_parameters(record, COUNTING),
    "program": lambda record: _of(record.program),
    "description": lambda record: _of(record.description),
}
DATE_NAMES = {
    name: frozenset(path.rpartition("/")[2] for path in rule.paths)
    for name, rule in (("start", fields.START), ("end", fields.END))
}
