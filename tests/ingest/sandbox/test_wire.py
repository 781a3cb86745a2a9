"""Values over the sandbox's pipe."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from ingest.record import (
    ExtractedParameter,
    ExtractedRecord,
    ExtractedSample,
    ExtractedUser,
    Problem,
    Severity,
    Sourced,
)
from ingest.sandbox.wire import BadMessage, Reading, from_json, to_json

MOMENT = datetime(2026, 3, 1, 10, tzinfo=UTC)
RECORD = ExtractedRecord(
    "a.nxs",
    "/entry",
    1,
    title=Sourced("2026-03-01T10:00:00+00:00", "/entry/title"),
    start=Sourced(MOMENT, "/entry/start_time"),
    users=(ExtractedUser("A. Person", "/entry/user/name"),),
    samples=(ExtractedSample("water", "/entry/sample/name"),),
    parameters=(
        ExtractedParameter("sample_temperature", 278.15, "K", "/entry/sample/t", "sample"),
        ExtractedParameter("scan_command", "ascan", "", "/entry/scan_command"),
        ExtractedParameter("calibrated", MOMENT, "", "/entry/calibrated"),
    ),
    problems=(Problem(Severity.WARNING, "bad_date", "…", "/entry/end_time"),),
)


@pytest.mark.parametrize(
    "reading",
    [
        Reading(RECORD, None, retry=False),
        Reading(None, Problem(Severity.ERROR, "empty_file", "…"), retry=True),
    ],
)
def test_reading_survives_the_pipe(reading: Reading) -> None:
    assert from_json(Reading, json.loads(json.dumps(to_json(reading)))) == reading


@pytest.mark.parametrize(
    "message",
    [
        None,
        [],
        "ready",
        {},
        {"record": None, "failure": None, "retry": 1},
        {"record": None, "failure": None, "retry": False, "more": 1},
        {"record": {"file_name": "a"}, "failure": None, "retry": False},
        {
            "record": None,
            "failure": {"severity": "fatal", "code": "x", "message": "y", "path": ""},
            "retry": False,
        },
    ],
)
def test_other_shapes_are_refused(message: Any) -> None:
    with pytest.raises(BadMessage):
        from_json(Reading, message)


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), 10**400, True, {"date": "2026-03-01"}, []]
)
def test_values_no_parameter_has_are_refused(value: Any) -> None:
    data = {"name": "n", "value": value, "unit": "", "source": "", "of": "dataset"}
    with pytest.raises(BadMessage):
        from_json(ExtractedParameter, data)
