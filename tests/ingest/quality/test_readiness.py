"""Catalogue readiness: the state of each field and the score, over records made by hand."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ingest.nexus.extract import extract_record
from ingest.nexus.mapping import PLAN
from ingest.nexus.reader import read_nexus
from ingest.quality.readiness import FIELDS, FINDERS, State, assess
from ingest.record import (
    ExtractedParameter,
    ExtractedRecord,
    ExtractedSample,
    ExtractedUser,
    IngestContext,
    Problem,
    Severity,
    Sourced,
)
from tests.nexus_files import write_nexus

DAY = datetime(2026, 3, 1, tzinfo=UTC)
EMPTY = ExtractedRecord("a.nxs", "/entry", 1)


def text(source: str) -> Sourced[str]:
    return Sourced("x", source)


def number(name: str, unit: str = "") -> ExtractedParameter:
    return ExtractedParameter(name, 1.0, unit, f"/entry/{name}")


COMPLETE = replace(
    EMPTY,
    title=text("/entry/title"),
    start=Sourced(DAY, "/entry/start_time"),
    end=Sourced(DAY, "/entry/end_time"),
    definition=text("/entry/definition"),
    proposal=text("/entry/experiment_identifier"),
    run_number=text("/entry/run_number"),
    description=text("/entry/notes"),
    instrument_name=text("/entry/instrument/name"),
    source_name=text("/entry/instrument/source/name"),
    probe=text("/entry/instrument/source/probe"),
    program=text("/entry/program_name"),
    default_plot=Sourced("/entry/data", "/entry@default"),
    users=(ExtractedUser("A", "/entry/user/name", orcid="0000-0002-1825-0097"),),
    samples=(ExtractedSample("water", "/entry/sample/name"),),
    parameters=(
        number("incident_wavelength", "angstrom"),
        number("detector_distance"),
        number("duration"),
    ),
)


def warning(code: str, path: str = "") -> Problem:
    return Problem(Severity.WARNING, code, f"what is wrong at {path}", path)


def state_of(name: str, record: ExtractedRecord, *problems: Problem) -> tuple[State, str]:
    found = next(each for each in assess(record, problems).fields if each.name == name)
    return found.state, found.path


def test_weights_are_shares_of_a_hundred() -> None:
    assert sum(field.weight for field in FIELDS) == 100
    assert len({field.name for field in FIELDS}) == len(FIELDS) == 20
    assert set(FINDERS) | {"links", "units"} == {field.name for field in FIELDS}


def test_complete_record_has_every_point() -> None:
    readiness = assess(COMPLETE, ())
    assert {each.name: each.state for each in readiness.fields if each.state != "present"} == {}
    assert readiness.score == 100


def test_empty_record_has_its_links_alone() -> None:
    readiness = assess(EMPTY, ())
    assert [each.name for each in readiness.fields if each.state == "present"] == ["links"]
    assert readiness.score == 2


WITHOUT: dict[str, dict[str, Any]] = {
    "proposal": {"proposal": None},
    "title": {"title": None},
    "start": {"start": None},
    "end": {"end": None},
    "definition": {"definition": None},
    "run_number": {"run_number": None},
    "description": {"description": None},
    "instrument": {"instrument_name": None},
    "source": {"source_name": None},
    "probe": {"probe": None},
    "program": {"program": None},
    "default_plot": {"default_plot": None},
    "sample": {"samples": ()},
    "orcid": {"users": (ExtractedUser("A", "/entry/user/name"),)},
    "incident": {"parameters": (number("duration"), number("detector_distance", "m"))},
    "counting_time": {
        "parameters": (number("incident_energy", "eV"), number("detector_distance", "m"))
    },
    "detector": {"parameters": (number("incident_energy", "eV"), number("duration"))},
    "units": {
        "parameters": (
            *(number("incident_energy"), number("duration")),
            number("detector_distance"),
        )
    },
}


@pytest.mark.parametrize(("name", "changes"), WITHOUT.items(), ids=list(WITHOUT))
def test_what_is_not_said_is_missing_and_costs_its_weight(
    name: str, changes: dict[str, Any]
) -> None:
    record = replace(COMPLETE, **changes)
    lost = {each.name: each.state for each in assess(record, ()).fields if each.state != "present"}
    assert lost == {name: State.MISSING}
    weight = next(field.weight for field in FIELDS if field.name == name)
    assert assess(record, ()).score == 100 - weight


@pytest.mark.parametrize(
    ("name", "changes", "problem", "state"),
    [
        ("start", {"start": None}, warning("bad_date", "/e/start_time"), State.UNPARSEABLE),
        ("start", {"start": None}, warning("bad_date", "/e/scan_start_time"), State.UNPARSEABLE),
        ("start", {"start": None}, warning("bad_date", "/e/end_time"), State.MISSING),
        ("end", {"end": None}, warning("end_before_start", "/e/end_time"), State.UNPARSEABLE),
        ("end", {"end": None}, warning("placeholder_end", "/e/end_time"), State.PLACEHOLDER),
        ("title", {"title": None}, warning("placeholder_title", "/e/title"), State.PLACEHOLDER),
        ("title", {"title": None}, warning("placeholder_sample", "/e/x"), State.MISSING),
        ("title", {}, warning("placeholder_title", "/e/title"), State.PRESENT),
        ("orcid", {"users": ()}, warning("bad_orcid", "/e/user/ORCID"), State.UNPARSEABLE),
        ("units", {}, warning("unknown_unit", "/e/x"), State.UNPARSEABLE),
        ("links", {}, warning("broken_link", "/e/x"), State.UNPARSEABLE),
        ("links", {}, warning("link_loop", "/e/x"), State.UNPARSEABLE),
        ("links", {}, warning("external_link", "/e/x"), State.MISSING),
        ("links", {}, warning("external_storage", "/e/x"), State.MISSING),
        ("links", {}, warning("virtual_dataset", "/e/x"), State.MISSING),
    ],
)
def test_findings_decide_between_the_states(
    name: str, changes: dict[str, Any], problem: Problem, state: State
) -> None:
    found, path = state_of(name, replace(COMPLETE, **changes), problem)
    assert found is state
    if state in (State.UNPARSEABLE, State.PLACEHOLDER):
        assert path == problem.path


def record_of(path: Path) -> ExtractedRecord:
    return extract_record(read_nexus(str(path), PLAN), IngestContext(str(path), "UTC"))


@pytest.mark.parametrize(
    ("name", "changes", "path", "shown"),
    [
        ("title", {"entry/title": "UNKNOWN"}, "/entry/title", "holds 'UNKNOWN'"),
        ("title", {"entry/title": ""}, "/entry/title", "is empty"),
        ("sample", {"entry/sample/name": "none"}, "/entry/sample/name", "holds 'none'"),
        ("users", {"entry/user/name": "i07user"}, "/entry/user/name", "holds 'i07user'"),
        ("definition", {"entry/definition": "n/a"}, "/entry/definition", "holds 'n/a'"),
        ("start", {"entry/start_time": "TBD"}, "/entry/start_time", "holds 'TBD'"),
        (
            "instrument",
            {"entry/instrument/name": "beamline"},
            "/entry/instrument/name",
            "holds 'beamline'",
        ),
        (
            "proposal",
            {"entry/experiment_identifier": "0-0"},
            "/entry/experiment_identifier",
            "holds '0-0'",
        ),
    ],
)
def test_placeholder_is_seen_with_its_place_and_value(
    tmp_path: Path, name: str, changes: dict[str, Any], path: str, shown: str
) -> None:
    record = record_of(write_nexus(tmp_path / "a.nxs", changes))
    (problem,) = [each for each in record.problems if each.code.startswith("placeholder_")]
    assert (problem.code, problem.path) == (f"placeholder_{name}", path)
    assert shown in problem.message
    assert "write" in problem.message
    assert state_of(name, record, *record.problems) == (State.PLACEHOLDER, path)


def test_better_candidate_makes_a_placeholder_no_finding(tmp_path: Path) -> None:
    changes = {"entry/title": "UNKNOWN", "entry/experiment_title": "Ice"}
    record = record_of(write_nexus(tmp_path / "a.nxs", changes))
    assert record.title is not None
    assert not [each for each in record.problems if each.code.startswith("placeholder_")]


def test_date_that_cannot_be_read_is_no_placeholder(tmp_path: Path) -> None:
    record = record_of(write_nexus(tmp_path / "a.nxs", start_time="yesterday"))
    assert [each.code for each in record.problems] == ["bad_date"]
    assert state_of("start", record, *record.problems) == (State.UNPARSEABLE, "/entry/start_time")
