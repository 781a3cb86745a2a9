"""What is to become of a file that has been read: a place in the catalogue, or quarantine; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from catalogue.models import Facility
from ingest.door.binding import Binding, bind
from ingest.placement import Placement, complete, place
from ingest.record import ExtractedRecord, Problem, ReadResult, Severity
from ingest.rules.naming import PathPattern, read_path, telling_part
from ingest.validate import find_future_dates, find_problems

# A file that looks unfinished and has not grown for this long will not grow any more.
STILL_BEING_WRITTEN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Job:
    """What one job says about all its files; `proposal` is '' where the files must say it.

    binding: the instrument they are of; None where they are of several, or must say it.
    spool: the folder of uploads, whose folders say nothing of a file; '' where none are among them.
    """

    facility: Facility
    proposal: str
    now: datetime
    binding: Binding | None = None
    spool: str = ""

    @property
    def instrument_id(self) -> int | None:
        return self.binding.instrument_id if self.binding else None


@dataclass(frozen=True, slots=True)
class Judged:
    """One file after judgement: why it stays out, or what it holds and where it belongs.

    problems: all findings, the failure among them. is_deferred: the same file may soon be readable.
    """

    result: ReadResult
    problems: tuple[Problem, ...]
    failure: Problem | None = None
    record: ExtractedRecord | None = None
    placement: Placement | None = None
    is_deferred: bool = False


def judge(result: ReadResult, job: Job, path_rules: Sequence[PathPattern]) -> Judged:
    """Returns the judgement on one file; the first error keeps it out, warnings travel with it.

    path_rules: the facility's. What they find in the path stands in the record where the file says
    nothing.
    """
    if result.record is None:
        failure = result.failure or _unexplained(result)
        age = job.now - datetime.fromtimestamp(result.stamp.mtime_ns / 1e9, UTC)
        return Judged(
            result,
            (failure,),
            failure,
            is_deferred=result.retry and age < STILL_BEING_WRITTEN,
        )
    claims = read_path(telling_part(result.stamp.path, spool=job.spool), path_rules)
    record = complete(result.record, claims, job_proposal=job.proposal)
    bound = bind(record, job.binding) if job.binding else record
    found = (
        *record.problems,
        *find_problems(record),
        *find_future_dates(record, now=job.now),
    )
    if isinstance(bound, Problem):
        return Judged(result, (*found, bound), bound)
    placement = place(result.record, job_proposal=job.proposal, claims=claims)
    if isinstance(placement, Problem):
        return Judged(result, (*found, placement), placement)
    error = next((problem for problem in found if problem.severity is Severity.ERROR), None)
    if error is not None:
        return Judged(result, found, error)
    return Judged(result, found, None, bound, placement)


def _unexplained(result: ReadResult) -> Problem:
    return Problem(
        Severity.ERROR, "unreadable", f"{result.stamp.path}: could not be read; try again."
    )
