"""The mapping of texts and dates, people and samples."""

import re

from ingest.nexus.rules import FieldRule, entry

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
        *entry("logs/rb_proposal/value", "logs/experiment_identifier/value"),
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
# Mantid keeps of the run what its logs say.
START = FieldRule(
    paths=entry("start_time", "scan_start_time", "measurement_start_time", "logs/run_start/value")
)
END = FieldRule(
    paths=entry("end_time", "scan_end_time", "measurement_end_time", "logs/run_end/value")
)
DEFINITION = FieldRule(paths=entry("definition", "definition_local", "analysis"))
RUN_NUMBER = FieldRule(
    paths=entry("entry_identifier", "identifier_entry", "run_number", "run", "Run")
    + entry("scan_number", "scan_id")
    + entry("collection_identifier", "NXinstrument/run_number", "logs/run_number/value"),
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
PROGRAM = FieldRule(
    paths=entry(
        *("program_name", "@program_name", "simulation/@program", "program"),
        *("NXinstrument/NXprogram/program", "NXprogram/program"),
    )
)
# The root says what wrote the file: the program, or the facility (NXroot). BLISS names its writer
# as the publisher. Pairs of a name and its version; a path is where a script lay, and no name.
FACILITY_NAME = r"synchrotron|neutron source|light source|facility|laborator|institut|soleil|esrf"
WRITERS = (
    (FieldRule(("@publisher",)), FieldRule(("@publisher_version",))),
    (
        FieldRule(("@creator",), refused=re.compile(rf".*({FACILITY_NAME}|[\\/]).*", re.I)),
        FieldRule(("@creator_version",)),
    ),
)
FACILITY = FieldRule(
    ("@creator",),
    refused=re.compile(rf"(?!.*({FACILITY_NAME})).*", re.I),
)
ROOT_RULES = (FACILITY, *(rule for pair in WRITERS for rule in pair))

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
SAMPLE_TYPE = FieldRule(("type",))
# Values of NXsample/type for what is measured to correct or to calibrate.
BESIDE_THE_SAMPLE = frozenset(
    {
        *("can", "atmosphere", "buffer", "calibration sample", "normalisation sample"),
        *("calibration", "normalisation", "reference"),
    }
)
SAMPLE_DESCRIPTION = FieldRule(("description", "physical_form", "details", "type"))

# Where people and samples stand; the rules of their fields start there.
USER_GROUPS = entry("NXuser", "NXinstrument/NXuser")
SAMPLE_GROUPS = entry("NXsample", "NXinstrument/NXsample")
USER_RULES = (USER_NAME, USER_ORCID, USER_EMAIL, USER_AFFILIATION, USER_ROLE)
SAMPLE_RULES = (SAMPLE_NAME, SAMPLE_FORMULA, SAMPLE_DESCRIPTION)
TEXT_RULES = (
    *(PROPOSAL, TITLE, START, END, DEFINITION, RUN_NUMBER, DESCRIPTION, PROBE, PROGRAM),
    *(INSTRUMENT, INSTRUMENT_SHORT_NAME, SOURCE_NAME, SOURCE_TYPE, PLAIN_USERS),
)
# What an entry of processed data may leave to the entry of the measurement that it was made from
# (GDA, Dawn and Savu write both into one file).
OF_THE_MEASUREMENT = (
    *(PROPOSAL, START, END, RUN_NUMBER, INSTRUMENT, INSTRUMENT_SHORT_NAME),
    *(SOURCE_NAME, SOURCE_TYPE, PROBE),
)
