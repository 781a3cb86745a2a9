"""Findings on a record."""

from dataclasses import replace
from datetime import UTC, datetime

from ingest.record import (
    ExtractedRecord,
    ExtractedSample,
    ExtractedUser,
    Severity,
    Sourced,
)
from ingest.validate import find_future_dates, find_problems

COMPLETE = ExtractedRecord(
    "a.nxs",
    "/entry",
    1,
    title=Sourced("Water", "/entry/title"),
    start=Sourced(datetime(2026, 3, 1, 10, tzinfo=UTC), "/entry/start_time"),
    end=Sourced(datetime(2026, 3, 1, 11, tzinfo=UTC), "/entry/end_time"),
    definition=Sourced("NXsas", "/entry/definition"),
    instrument_name=Sourced("Loki", "/entry/instrument/name"),
    users=(ExtractedUser("A. Person", "/entry/user/name"),),
    samples=(ExtractedSample("water", "/entry/sample/name"),),
)


def test_complete_record_has_no_findings() -> None:
    assert find_problems(COMPLETE) == []


def test_everything_missing_is_a_warning_each() -> None:
    problems = find_problems(ExtractedRecord("a.nxs", "/entry", 1))
    assert {problem.severity for problem in problems} == {Severity.WARNING}
    assert [problem.code for problem in problems] == [
        "no_title",
        "no_start",
        "no_instrument",
        "no_definition",
        "no_sample",
        "no_users",
    ]
    assert problems[0].message == (
        "a.nxs: /NXentry/title is missing or says nothing; "
        "write a title that tells this measurement from the next."
    )


def test_missing_end_is_no_finding() -> None:
    assert find_problems(replace(COMPLETE, end=None)) == []


def test_end_before_start_is_an_error() -> None:
    early = Sourced(datetime(2026, 3, 1, 9, tzinfo=UTC), "/entry/end_time")
    (problem,) = find_problems(replace(COMPLETE, end=early))
    assert (problem.severity, problem.code) == (Severity.ERROR, "end_before_start")
    assert "2026-03-01T09:00:00+00:00" in problem.message


def test_only_dates_more_than_a_day_ahead_are_of_the_future() -> None:
    """The record starts at 10:00 and ends at 11:00."""
    assert find_future_dates(COMPLETE, now=datetime(2026, 2, 28, 11, tzinfo=UTC)) == []
    (problem,) = find_future_dates(COMPLETE, now=datetime(2026, 2, 28, 10, 30, tzinfo=UTC))
    assert (problem.severity, problem.code) == (Severity.WARNING, "future_date")
    assert problem.path == "/entry/end_time"
