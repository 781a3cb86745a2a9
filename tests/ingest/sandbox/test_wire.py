"""Values over the sandbox's pipe."""

from dataclasses import replace
from datetime import UTC, datetime

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
from ingest.sandbox.wire import BadMessage, Hashing, Reading, decode, encode

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
    ),
    problems=(Problem(Severity.WARNING, "bad_date", "…", "/entry/end_time"),),
)


READING = Reading(RECORD, None, retry=False)


@pytest.mark.parametrize(
    "reading", [READING, Reading(None, Problem(Severity.ERROR, "empty_file", "…"), retry=True)]
)
def test_reading_survives_the_pipe(reading: Reading) -> None:
    assert decode(Reading, encode(reading)) == reading


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"ready"',
        b"{}",
        b"{" * 100_000,
        b'{"record": ' * 100_000,
        b'{"record": null, "failure": null, "retry": 1}',
        b'{"record": {"file_name": "a"}, "failure": null, "retry": false}',
        b'{"record": null, "failure": {"severity": "fatal", "code": "x", "message": "y"}, '
        b'"retry": false}',
    ],
)
def test_other_shapes_are_refused(body: bytes) -> None:
    with pytest.raises(BadMessage):
        decode(Reading, body)


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e999", "1" + 400 * "0", "true", "[]", "{}"])
def test_values_no_parameter_has_are_refused(value: str) -> None:
    body = f'{{"name": "n", "value": {value}, "unit": "", "source": ""}}'
    with pytest.raises(BadMessage):
        decode(ExtractedParameter, body.encode())


@pytest.mark.parametrize(
    "text", [rb"a\u0000b", rb"\u0000", rb"a\\\u0000", rb"\ud800", b"\x00", b"\xff", b"\xed\xa0\x80"]
)
def test_texts_no_database_holds_are_refused(text: bytes) -> None:
    with pytest.raises(BadMessage):
        decode(Hashing, b'{"sha256": "' + text + b'", "changed": false}')


def test_text_that_spells_an_escape_is_only_text() -> None:
    hashing = Hashing(r"C:\u0000 and \\u0000", changed=False)
    assert decode(Hashing, encode(hashing)) == hashing


def test_date_without_a_time_zone_is_refused() -> None:
    start = Sourced(MOMENT.replace(tzinfo=None), "/entry/start_time")
    naive = Reading(replace(RECORD, start=start), None, retry=False)
    with pytest.raises(BadMessage):
        decode(Reading, encode(naive))


def test_number_that_is_none_is_not_taken_for_a_missing_value() -> None:
    parameter = ExtractedParameter("current", float("nan"), "A", "/entry/current")
    with pytest.raises(BadMessage):
        decode(ExtractedParameter, encode(parameter))
