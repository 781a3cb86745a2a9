"""The mapping from NeXus paths to the catalogue's fields, as data: candidates in order of rank.

A path is made of groups and ends in a field, `NXentry/NXinstrument/name`; a step that starts with
`NX` is a class, any other step is a name. `name@short_name` is an attribute of a field, `@name` one
of the group before it. The first candidate that holds a usable value wins; what older
files did stands below what the definitions say, and file names come last.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from catalogue.vocabulary.units import CURRENT, LENGTH, TEMPERATURE
from ingest.nexus.plan import make_plan


@dataclass(frozen=True, slots=True)
class FieldRule:
    """Where one text of the record comes from.

    `file_names` are searched, where the paths hold nothing, in the path of the file and then in the
    root attribute `file_name`, the path it was written under; the group `value` is the text.
    `placeholders` and `refused` are texts that say nothing here, besides the general ones.
    """

    paths: tuple[str, ...]
    file_names: tuple[re.Pattern[str], ...] = ()
    placeholders: frozenset[str] = frozenset()
    refused: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class ParameterRule:
    """Where one quantity comes from; `dimension` decides what the unit `A` or `C` means.

    `of` is the sample only for what it keeps from run to run: its temperature is the run's.

    `probe` limits a rule to a kind of radiation: neutrons have an energy too, but no photons.
    """

    name: str
    paths: tuple[str, ...]
    kind: Literal["number", "text"] = "number"
    of: Literal["dataset", "sample"] = "dataset"
    dimension: str = ""
    probe: Literal["any", "photon", "particle"] = "any"


def entry(*paths: str) -> tuple[str, ...]:
    """Return paths below an entry and, after them, below its NXsubentry (multi-method files)."""
    return tuple(f"{top}/{path}" for top in ("NXentry", "NXentry/NXsubentry") for path in paths)


# What data acquisition systems write where they have no proposal: file paths, UUIDs.
NO_PROPOSAL = re.compile(
    r"[A-Z]:[\\/].*|[\\/].*|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|-?\d|0+-\d+", re.I
)
# Accounts of a beamline, not of a person: `i07user`, `I16 User`, `user`.
BEAMLINE_ACCOUNT = re.compile(
    r"([a-z]\d\d([-_]\d)?[ _-]?)?users?|[a-z]{0,3}\d+|visitor|operator", re.I
)

# `cm37235-1`: proposal and visit in one identifier (Diamond Light Source).
VISIT = re.compile(r"(?P<proposal>[a-z]{2}\d{3,6})-(?P<visit>\d{1,3})", re.I)

PROPOSAL = FieldRule(
    paths=(
        *entry("experiment_identifier", "identifier_experiment", "identifierNAME_experiment"),
        *entry("proposal", "proposal_number", "proposal_id", "proposal_identifier"),
        *entry("NXuser/proposal", "NXuser/proposal_number"),
        *entry("experiment/identifier", "experiment/proposal", "experiment/proposal_number"),
        *entry("NXsample/proposal", "rb_number", "NXinstrument/proposal"),
    ),
    file_names=(
        re.compile(r"(?:^|[/_])(?P<value>[a-z]{2}\d{4,6}-\d{1,3})(?=[/_.]|$)"),
        re.compile(r"/visitor/(?P<value>[a-z]{2,4}\d{2,6})/"),
        # BLISS names a data set after proposal and sample: blc16742_NiSO4.h5.
        re.compile(r"(?:^|/)(?P<value>(?:blc|ih[a-z]{1,2})\d{2,6})_[^/]*$"),
        re.compile(r"(?:^|[/_])RB(?P<value>\d{6,7})(?=[/_.]|$)"),
        re.compile(r"(?:^|[/_])(?P<value>IPTS-\d{1,6})(?=[/_.]|$)"),
    ),
    placeholders=frozenset({"exp-id", "setup", "experiment", "test", "proposal"}),
    refused=NO_PROPOSAL,
)
TITLE = FieldRule(
    paths=entry("title", "Title", "experiment_title", "experiment/title", "NXsample/short_title")
    + entry("scan_command", "experiment_description"),
    placeholders=frozenset({"title", "scan of sample with gda", "no description"}),
)
START = FieldRule(paths=entry("start_time", "scan_start_time", "measurement_start_time"))
END = FieldRule(paths=entry("end_time", "scan_end_time", "measurement_end_time"))
DEFINITION = FieldRule(paths=entry("definition", "definition_local", "analysis"))
RUN_NUMBER = FieldRule(
    paths=entry("entry_identifier", "run_number", "run", "Run", "scan_number", "scan_id")
    + entry("collection_identifier", "NXinstrument/run_number"),
    file_names=(
        re.compile(r"(?:^|/)[a-z]\d\d(?:-\d)?-(?P<value>\d{4,8})\.\w+$"),
        re.compile(r"(?:^|/)[A-Z]{2,8}_?0*(?P<value>[1-9]\d{2,7})\.(?:nxs|nx)(?:\.\w+)?$"),
    ),
    placeholders=frozenset({"0", "-1"}),
)
DESCRIPTION = FieldRule(
    paths=entry("experiment_description", "description", "experiment_documentation/description")
    + entry("notes", "NXnote/description", "comment", "NXsample/description")
)
INSTRUMENT = FieldRule(
    paths=entry("NXinstrument/name", "NXinstrument/beamline", "beamline", "instrument_name")
    + entry("NXinstrument/NXsource/beamline_name", "NXinstrument/NXsource/beamline")
    + entry("NXinstrument/@name", "NXinstrument/@short_name"),
    file_names=(
        re.compile(r"/dls/(?P<value>[a-z]\d\d(?:-\d)?)/"),
        re.compile(r"/visitor/[a-z]{2,4}\d{2,6}/(?P<value>[a-z]{2}\d\d[a-z]?)/"),
        re.compile(r"(?:^|/)(?P<value>[bijkp]\d\d(?:-\d)?)-\d{4,8}\.\w+$"),
    ),
    placeholders=frozenset({"instrument", "name", "beamline"}),
)
INSTRUMENT_SHORT_NAME = FieldRule(
    paths=entry("NXinstrument/name@short_name", "NXinstrument/@short_name")
    + entry("NXinstrument/short_name")
)
SOURCE = entry("NXinstrument/NXsource", "NXsource")
SOURCE_NAME = FieldRule(
    paths=(
        *(f"{source}/name" for source in SOURCE),
        *entry("site_name", "facility", "experiment_facility"),
        *(f"{source}/facility_name" for source in SOURCE),
    )
)
SOURCE_TYPE = FieldRule(paths=tuple(f"{source}/type" for source in SOURCE))
PROBE = FieldRule(
    paths=tuple(f"{source}/{name}" for name in ("probe", "radiation") for source in SOURCE)
)
PROGRAM = FieldRule(paths=entry("program_name", "NXprocess/program", "program"))

# Fields of one NXuser and one NXsample, below that group.
USER_NAME = FieldRule(
    ("name", "user_name", "username"), refused=BEAMLINE_ACCOUNT, placeholders=frozenset({"name"})
)
USER_ORCID = FieldRule(("ORCID", "orcid", "identifier_orcid", "orcid_id", "identifier"))
USER_EMAIL = FieldRule(("email", "e-mail", "mail"))
USER_AFFILIATION = FieldRule(("affiliation", "institution", "organisation", "organization"))
USER_ROLE = FieldRule(("role",))
# Plain text users: ANSTO before 2010, and local contacts, who are no members of the experiment.
PLAIN_USERS = FieldRule(
    entry("user", "user_name", "users", "experiment_team"),
    refused=BEAMLINE_ACCOUNT,
)
NO_SAMPLE = frozenset({"unnamed sample", "no sample", "sample name", "sample_name"})
SAMPLE_NAME = FieldRule(("name", "sample_name", "short_title", "@name"), placeholders=NO_SAMPLE)
SAMPLE_FORMULA = FieldRule(("chemical_formula", "formula", "chemical_name"))
SAMPLE_DESCRIPTION = FieldRule(("description", "physical_form", "type"))


def sensors(name: str) -> tuple[str, ...]:
    """Return where a sample environment quantity stands: a field, a log, or a sensor's value."""
    logged = ("average_value", "value")
    environments = (f"{name}_env", f"{name}_environment", name)
    return entry(
        *(f"NXsample/{each}" for each in (name, f"{name}_set", f"{name}_setpoint")),
        *(f"NXsample/{name}{log}/{each}" for log in ("", "_log") for each in logged),
        *(f"NXsample/{each}/NXsensor/value" for each in environments),
        *(f"NXsample/{each}/NXsensor/NXlog/{log}" for each in environments for log in logged),
    )


INCIDENT_ENERGY = (
    entry("NXsample/NXbeam/incident_energy", "NXinstrument/NXbeam/incident_energy")
    + entry("NXinstrument/NXmonochromator/energy", "NXinstrument/NXbeam/photon_energy")
    + entry("NXmonochromator/energy", "NXinstrument/NXbeam/energy", "photon_energy")
)
PARTICLES = ("neutron", "muon", "electron", "positron", "proton", "ion")

# Names agreed on by PaNOSC where there is one (incident_wavelength, incident_photon_energy,
# sample_temperature, sample_pressure, sample_chemical_formula); the others follow their pattern.
PARAMETERS = (
    ParameterRule(
        "incident_wavelength",
        entry("NXsample/NXbeam/incident_wavelength", "NXinstrument/NXbeam/incident_wavelength")
        + entry("NXinstrument/NXmonochromator/wavelength")
        + entry("NXinstrument/NXsource/incident_wavelength")
        + entry("NXinstrument/NXbeam/NXmonochromator/wavelength", "NXbeam/incident_wavelength")
        + entry("NXinstrument/NXbeam/wavelength", "NXmonochromator/wavelength", "wavelength")
        + entry("NXinstrument/NXvelocity_selector/wavelength", "NXsample/NXbeam/wavelength"),
        dimension=LENGTH,
    ),
    ParameterRule("incident_photon_energy", INCIDENT_ENERGY, probe="photon"),
    ParameterRule("incident_energy", INCIDENT_ENERGY, probe="particle"),
    ParameterRule(
        "incident_wavelength_spread",
        entry("NXinstrument/NXmonochromator/wavelength_spread")
        + entry("NXinstrument/NXbeam/incident_wavelength_spread")
        + entry("NXinstrument/NXsource/incident_wavelength_spread")
        + entry("NXinstrument/NXbeam/NXmonochromator/wavelength_spread"),
        dimension=LENGTH,
    ),
    ParameterRule("sample_temperature", sensors("temperature"), dimension=TEMPERATURE),
    ParameterRule("sample_pressure", sensors("pressure")),
    ParameterRule("sample_magnetic_field", sensors("magnetic_field")),
    ParameterRule("sample_electric_field", sensors("electric_field")),
    ParameterRule("sample_stress_field", sensors("stress_field")),
    ParameterRule("sample_humidity", sensors("humidity")),
    ParameterRule(
        "sample_chemical_formula",
        entry("NXsample/chemical_formula", "NXsample/NXsample_component/chemical_formula"),
        kind="text",
        of="sample",
    ),
    ParameterRule("sample_mass", entry("NXsample/mass"), of="sample"),
    ParameterRule("sample_density", entry("NXsample/density"), of="sample"),
    ParameterRule("sample_thickness", entry("NXsample/thickness"), of="sample", dimension=LENGTH),
    ParameterRule("sample_transmission", entry("NXsample/transmission")),
    ParameterRule("sample_situation", entry("NXsample/situation"), kind="text"),
    ParameterRule(
        "detector_distance",
        entry("NXinstrument/NXdetector/distance", "NXinstrument/NXdetector/SDD"),
        dimension=LENGTH,
    ),
    ParameterRule(
        "detector_x_pixel_size", entry("NXinstrument/NXdetector/x_pixel_size"), dimension=LENGTH
    ),
    ParameterRule(
        "detector_y_pixel_size", entry("NXinstrument/NXdetector/y_pixel_size"), dimension=LENGTH
    ),
    ParameterRule(
        "detector_count_time",
        entry("NXinstrument/NXdetector/count_time", "NXinstrument/NXdetector/frame_time"),
    ),
    ParameterRule(
        "detector_description",
        entry("NXinstrument/NXdetector/description", "NXinstrument/NXdetector/model"),
        kind="text",
    ),
    ParameterRule(
        "monitor_counts",
        entry("NXmonitor/integral", "NXmonitor/monitor_counts", "NXmonitor/bm1_counts")
        + entry("NXinstrument/NXmonitor/integral", "NXmonitor/data", "NXinstrument/NXmonitor/data"),
    ),
    ParameterRule("monitor_mode", entry("NXmonitor/mode"), kind="text"),
    ParameterRule("monitor_preset", entry("NXmonitor/preset", "NXmonitor/count_time_preset")),
    ParameterRule(
        "counting_time",
        entry("collection_time", "NXmonitor/count_time", "counting_time", "NXmonitor/time")
        + entry("NXinstrument/NXdetector/time"),
    ),
    ParameterRule("duration", entry("duration")),
    ParameterRule("good_frames", entry("good_frames")),
    ParameterRule("proton_charge", entry("proton_charge")),
    ParameterRule("run_cycle", entry("run_cycle"), kind="text"),
    ParameterRule("scan_command", entry("scan_command"), kind="text"),
    ParameterRule("experimental_method", entry("method", "experiment_type"), kind="text"),
    ParameterRule("source_energy", tuple(f"{source}/energy" for source in SOURCE)),
    ParameterRule(
        "source_current", tuple(f"{source}/current" for source in SOURCE), dimension=CURRENT
    ),
    ParameterRule("source_frequency", tuple(f"{source}/frequency" for source in SOURCE)),
    ParameterRule("source_power", tuple(f"{source}/power" for source in SOURCE)),
    ParameterRule("source_mode", tuple(f"{source}/mode" for source in SOURCE), kind="text"),
)


# What the unit of a parameter measures, for `normalise_unit` and `to_si`.
DIMENSIONS = {rule.name: rule.dimension for rule in PARAMETERS}

# Where people and samples stand; the rules of their fields start there.
USER_GROUPS = entry("NXuser", "NXinstrument/NXuser")
SAMPLE_GROUPS = entry("NXsample", "NXinstrument/NXsample")
USER_RULES = (USER_NAME, USER_ORCID, USER_EMAIL, USER_AFFILIATION, USER_ROLE)
SAMPLE_RULES = (SAMPLE_NAME, SAMPLE_FORMULA, SAMPLE_DESCRIPTION)
# What leads to the plot to show first.
PLOTS = entry("@default", "NXdata/@signal")

TEXT_RULES = (
    *(PROPOSAL, TITLE, START, END, DEFINITION, RUN_NUMBER, DESCRIPTION, PROBE, PROGRAM),
    *(INSTRUMENT, INSTRUMENT_SHORT_NAME, SOURCE_NAME, SOURCE_TYPE, PLAIN_USERS),
)


def _below(groups: tuple[str, ...], rules: tuple[FieldRule, ...]) -> Iterator[str]:
    return (f"{group}/{path}" for group in groups for rule in rules for path in rule.paths)


# All that the reader is to look for in a file.
PLAN = make_plan(
    (
        *(path for rule in (*TEXT_RULES, *PARAMETERS) for path in rule.paths),
        *_below(USER_GROUPS, USER_RULES),
        *_below(SAMPLE_GROUPS, SAMPLE_RULES),
        *PLOTS,
    ),
    with_units=(path for rule in PARAMETERS if rule.kind == "number" for path in rule.paths),
)
