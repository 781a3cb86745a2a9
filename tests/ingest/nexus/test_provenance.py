"""What a file holds, what processed it, and what it was made from."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from ingest.nexus.extract import extract_record
from ingest.nexus.mapping import PLAN
from ingest.nexus.reader import read_nexus
from ingest.record import ExtractedProcess, ExtractedRecord, IngestContext, Sourced
from tests.ingest.nexus.mccode_file import PROGRAM, write_mccode
from tests.nexus_files import write_nexus

PROCESS = {"entry/process@NX_class": "NXprocess"}
MANTID = {**PROCESS, "entry/definition": "Mantid Processed Workspace"}
LOAD = """Algorithm: {algorithm} v1
Execution Date: 2026-03-01 13:56:06.553999000
Parameters:
  Name: Filename, Value: {value}, Default?: No, Direction: {direction}
  Name: OutputWorkspace, Value: raw, Default?: No, Direction: Output
"""


def record_of(path: Path) -> ExtractedRecord:
    return extract_record(read_nexus(str(path), PLAN), IngestContext(path.name, "Europe/Zurich"))


@pytest.fixture
def read(tmp_path: Path) -> Any:
    def build(changes: dict[str, Any] | None = None, **fields: Any) -> ExtractedRecord:
        return record_of(write_nexus(tmp_path / "a.nxs", changes, **fields))

    return build


def test_file_of_mcstas_is_simulated_with_program_and_instrument_model(tmp_path: Path) -> None:
    record = record_of(write_mccode(tmp_path / "mccode.h5"))
    assert record.kind == Sourced("simulated", "/entry1@simulation")
    assert record.program == Sourced(PROGRAM, "/entry1/program_name")
    assert record.instrument_name == Sourced("loki_sans", "/entry1/instrument/name")
    assert record.start is not None
    assert record.start.value.isoformat() == "2024-10-30T12:00:00+01:00"
    models = [each.value for each in record.parameters if each.name == "instrument_model"]
    assert models == ["loki_sans.instr"]
    assert record.default_plot == Sourced("/entry1/data/psd_dat", "/entry1/data/psd_dat@signal")
    assert record.problems == ()


@pytest.mark.parametrize(
    ("changes", "kind", "source"),
    [
        ({"entry/program_name": "McXtrace 3.5"}, "simulated", "/entry/program_name"),
        ({"entry/program_name": "vitess 3.4"}, "simulated", "/entry/program_name"),
        (
            {"entry/instrument/source/type": "Monte Carlo simulation"},
            "simulated",
            "/entry/instrument/source/type",
        ),
        ({"entry/experiment_type": "calibration run"}, "calibration", "/entry/experiment_type"),
        ({"entry/fit@NX_class": "NXfit"}, "analysed", "/entry/fit"),
        ({"entry/definition": "NXcanSAS"}, "reduced", "/entry/definition"),
        ({"entry/definition": "NXtomoproc"}, "reduced", "/entry/definition"),
        ({"entry/definition": "Mantid Processed Workspace"}, "reduced", "/entry/definition"),
        ({"entry/definition": "NXSPE"}, "reduced", "/entry/definition"),
        ({"entry/process@NX_class": "NXprocess"}, "reduced", "/entry/process"),
        (
            {"entry@NX_class": None, "entry@canSAS_class": "SASentry", "entry/definition": None},
            "reduced",
            "/entry@canSAS_class",
        ),
    ],
)
def test_kind_is_what_the_file_says(
    read: Any, changes: dict[str, Any], kind: str, source: str
) -> None:
    assert read(changes).kind == Sourced(kind, source)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"entry/definition": "NXtomo"},
        {"entry/definition": "NXarpes"},
        {"entry/program_name": "GDA 9.28"},
        {"entry/title": "calibration of the simulation"},
        {"entry/experiment_type": "recalibration"},
    ],
)
def test_file_that_says_nothing_of_its_kind_has_none(read: Any, changes: dict[str, Any]) -> None:
    assert read(changes).kind is None


def test_processing_is_listed_in_the_order_in_which_it_was_done(read: Any) -> None:
    record = read(
        {
            "entry/a@NX_class": "NXprocess",
            "entry/a/program": "azimint",
            "entry/a/version": "2.1",
            "entry/a/date": "2026-03-02T10:00:00+01:00",
            "entry/a/sequence_index": 2,
            "entry/b@NX_class": "NXprocess",
            "entry/b/program": "mask",
            "entry/b/date": "soon",
            "entry/b/sequence_index": 1,
        }
    )
    assert record.processes == (
        ExtractedProcess("mask", "/entry/b/program"),
        ExtractedProcess(
            "azimint",
            "/entry/a/program",
            "2.1",
            datetime.fromisoformat("2026-03-02T10:00:00+01:00"),
        ),
    )
    steps = [each for each in record.parameters if each.name == "processing_step"]
    assert [(each.value, each.source) for each in steps] == [
        ("mask", "/entry/b/program"),
        ("azimint 2.1, 2026-03-02 10:00:00+01:00", "/entry/a/program"),
    ]


def test_version_of_the_program_stands_beside_it(read: Any) -> None:
    changes = {"entry/program_name": "GDA", "entry/program_name@version": "9.28"}
    assert read(changes).program_version == Sourced("9.28", "/entry/program_name@version")


def test_mantid_names_what_it_loaded_and_not_what_it_saved(read: Any) -> None:
    notes = {
        1: ("LoadVesuvio", "/data/a.nxs+/data/b.nxs", "Input"),
        2: ("SaveNexus", "/data/c.nxs", "Input"),
        3: ("Load", "/data/d.nxs", "Input"),
    }
    changes = dict(MANTID)
    for number, (algorithm, value, direction) in notes.items():
        name = f"entry/process/MantidAlgorithm_{number}"
        changes[f"{name}@NX_class"] = "NXnote"
        changes[f"{name}/data"] = LOAD.format(algorithm=algorithm, value=value, direction=direction)
    changes["entry/process/MantidEnvironment@NX_class"] = "NXnote"
    changes["entry/process/MantidEnvironment/data"] = "Framework Version: 6.8.0\nOS name: Linux"
    record = read(changes)
    first = "/entry/process/MantidAlgorithm_1/data"
    assert record.inputs == (
        Sourced("/data/a.nxs", first),
        Sourced("/data/b.nxs", first),
        Sourced("/data/d.nxs", "/entry/process/MantidAlgorithm_3/data"),
    )
    started = datetime.fromisoformat("2026-03-01T13:56:06.553999+00:00")
    assert record.processes == (ExtractedProcess("Mantid", "/entry/process", "6.8.0", started),)


def test_inputs_are_named_once_each(read: Any) -> None:
    changes = {**PROCESS, "entry/process/input_file": "a.nxs, b.nxs"}
    record = read(changes, raw_file="a.nxs")
    assert record.inputs == (
        Sourced("a.nxs", "/entry/raw_file"),
        Sourced("b.nxs", "/entry/process/input_file"),
    )


@pytest.mark.parametrize(
    ("root", "program", "version", "source"),
    [
        (
            {"@creator": "blissdata", "@publisher": "bliss", "@publisher_version": "2.2.1"},
            *("bliss", "2.2.1", None),
        ),
        ({"@creator": "pynxtools", "@creator_version": "0.13"}, "pynxtools", "0.13", None),
        ({"@creator": "Synchrotron SOLEIL"}, None, None, "Synchrotron SOLEIL"),
        ({"@creator": "/home/beams/tools/saveFlyData.py"}, None, None, None),
    ],
    ids=["bliss", "creator", "facility", "path of a script"],
)
def test_the_root_says_what_wrote_the_file(
    read: Any, root: dict[str, Any], program: str | None, version: str | None, source: str | None
) -> None:
    record = read({**root, "entry/instrument/source/name": None})
    found = (record.program, record.program_version, record.source_name)
    assert tuple(each and each.value for each in found) == (program, version, source)


def test_the_entry_knows_its_program_better_than_the_root(read: Any) -> None:
    record = read({"@creator": "h5py", "@creator_version": "3.12"}, program_name="GDA")
    assert record.program == Sourced("GDA", "/entry/program_name")
    assert record.program_version is None
