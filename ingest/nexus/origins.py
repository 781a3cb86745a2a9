"""The mapping of what a file holds and where it comes from: kind, processing, inputs, plot."""

import re

from ingest.nexus.rules import FieldRule, KindRule, entry

# What leads to the plot to show first, in this order; McStas keeps its NXdata in an NXdetector.
PLOT_GROUPS = entry("NXdata", "NXprocess/NXdata", "NXdetector/NXdata")
PLOTS = (*entry("@default"), *(f"{group}/@signal" for group in PLOT_GROUPS))

PROCESS_GROUPS = entry("NXprocess")
PROCESS_PROGRAM = FieldRule(("program", "program_name", "name"))
PROCESS_VERSION = FieldRule(("version", "program@version", "program_version"))
PROCESS_DATE = FieldRule(("date", "Date"))
PROCESS_ORDER = FieldRule(("sequence_index",))
PROCESS_RULES = (PROCESS_PROGRAM, PROCESS_VERSION, PROCESS_DATE, PROCESS_ORDER)

PROGRAM_VERSION = FieldRule(
    entry("program_name@version", "program_version", "program@version", "sics_release")
)

# Programs that simulate an instrument or an experiment, as they name themselves.
SIMULATORS = re.compile(
    r"\b(mcstas|mcxtrace|mccode|vitess|restrax|simres|mcvine|geant4|simex|shadow[34])", re.I
)
SIMULATION = re.compile(r"simulat|monte[ -]?carlo", re.I)
PROGRAMS = entry("program_name", "@program_name", "simulation/@program", "NXprocess/program")
# Application definitions of reduced data, and the words that Mantid and NXSPE write in their place
# (https://manual.nexusformat.org/classes/applications/).
REDUCED = re.compile(
    r"NXcanSAS|NX(tomo|xas|iq)proc|NXsqom|NXspe|NXreflections|NXazint[12]d|Mantid Processed.*", re.I
)

# The first rule that finds something decides; a file that says nothing is raw.
KINDS = (
    KindRule("simulated", entry("@simulation", "simulation/@program")),
    KindRule("simulated", PROGRAMS, SIMULATORS),
    KindRule("simulated", entry("NXinstrument/instrument_source"), SIMULATION),
    KindRule("simulated", entry("NXinstrument/NXsource/type", "NXsource/type"), SIMULATION),
    KindRule("simulated", entry("method", "experiment_type", "definition"), SIMULATION),
    KindRule(
        "calibration",
        entry("experiment_type", "measurement_type", "measurement/type", "run_type", "scan_type"),
        re.compile(r"^calibration\b", re.I),
    ),
    KindRule("analysed", entry("NXfit/")),
    KindRule("reduced", entry("definition"), re.compile(f"^({REDUCED.pattern})$", re.I)),
    # The 1-D format of canSAS holds what has been reduced to I(Q).
    KindRule("reduced", entry("@canSAS_class"), re.compile("^SASentry$")),
    KindRule("reduced", entry("NXprocess/")),
)

# Files that a reduced one was made from, as their writers name them.
INPUTS = FieldRule(
    entry("raw_file", "source_file", "input_file", "input_filename", "reduced_from")
    + entry("NXprocess/raw_file", "NXprocess/source_file", "NXprocess/input_file")
)
# Mantid keeps the text of each algorithm that ran; the first few are those that load.
MANTID_NOTES = tuple(f"MantidAlgorithm_{number}/data" for number in (1, 2, 3))
MANTID_ENVIRONMENT = "MantidEnvironment/data"
MANTID_LOAD = re.compile(r"Algorithm: Load")
MANTID_INPUT = re.compile(
    r"Name: Filename, Value: (?P<value>.+?), Default\?: \w+, Direction: Input"
)
MANTID_DATE = re.compile(r"Execution Date: (?P<value>\S+[ T]\S+)")
MANTID_VERSION = re.compile(r"Framework Version: (?P<value>\S+)")
