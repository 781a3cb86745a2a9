"""What tests of a whole ingest share."""

from collections.abc import Callable
from datetime import UTC, datetime

from catalogue.models import Facility
from ingest.judge import Job
from ingest.pipeline import Report

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
# Takes paths, and `proposal`, `again` and `now` where they matter.
Ingest = Callable[..., list[Report]]


def job_of(facility: Facility, *, proposal: str = "", now: datetime = NOW) -> Job:
    return Job(facility, proposal, now)


def outcomes(reports: list[Report]) -> list[str]:
    return [report.run.outcome if report.run else "unchanged" for report in reports]


def problem_codes(report: Report) -> list[str]:
    assert report.run is not None
    return [problem["code"] for problem in report.run.problems]


def refusal(report: Report) -> tuple[str, str]:
    """Returns the code of the reason for which a file was quarantined, and the reason."""
    assert report.run is not None
    assert report.run.outcome == "quarantined"
    return report.run.code, report.run.reason
