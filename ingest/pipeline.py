"""The way of files into the catalogue: find, pass over what is unchanged, read, judge, store."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TypeVar

from ingest.judge import Job
from ingest.models import IngestRun, Outcome
from ingest.record import FileStamp, Problem, ReadResult, Severity
from ingest.sandbox import read_files
from ingest.store import store_results

# Large enough that the commit no longer shows in the rate, small enough that a refused batch is
# soon redone.
BATCH_SIZE = 100

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Options:
    """How to go about it.

    workers: reader processes; deadline_s: seconds a file may take; again: also read what is
    unchanged.
    """

    workers: int
    deadline_s: float
    again: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """What became of one file; `run` is None where it was passed over as unchanged."""

    path: str
    run: IngestRun | None


def ingest_files(stamps: Iterable[FileStamp], job: Job, options: Options) -> Iterator[Report]:
    """Ingests files and yields what became of each, as it becomes known.

    At any moment all that was yielded is committed; stopping in the middle loses nothing.
    """
    readable: list[FileStamp] = []
    for chunk in _chunks(stamps, 1000):
        unchanged = set() if options.again else _unchanged(chunk, job)
        for stamp in chunk:
            if stamp.path in unchanged:
                yield Report(stamp.path, None)
            elif _is_storable(stamp.path):
                readable.append(stamp)
            else:
                yield from _reports(store_results([_misnamed(stamp)], job))
    results = read_files(
        readable,
        time_zone=job.facility.time_zone,
        workers=options.workers,
        deadline_s=options.deadline_s,
    )
    for batch in _chunks(results, BATCH_SIZE):
        yield from _reports(store_results(batch, job))


def _unchanged(stamps: Sequence[FileStamp], job: Job) -> set[str]:
    """Returns the paths that need no reading: stored before, or refused under the same job.

    A file that was to be tried later is never among them, nor one that was refused for its proposal
    and now has another one named for it.
    """
    runs = IngestRun.objects.filter(
        path__in=[stamp.path for stamp in stamps if _is_storable(stamp.path)]
    ).exclude(outcome=Outcome.DEFERRED)
    known = {
        (run.path, run.size_bytes, run.mtime_ns): run
        for run in runs.only(
            "path", "size_bytes", "mtime_ns", "outcome", "proposal_code", "facility"
        )
    }
    found = ((stamp, known.get((stamp.path, stamp.size_bytes, stamp.mtime_ns))) for stamp in stamps)
    return {stamp.path for stamp, run in found if run is not None and _is_settled(run, job)}


def _is_settled(run: IngestRun, job: Job) -> bool:
    same_job = run.facility_id == job.facility.pk and run.proposal_code == job.proposal
    return run.outcome == Outcome.STORED or same_job


def _is_storable(path: str) -> bool:
    """Tells whether PostgreSQL can hold a path: file names are bytes, and not all are UTF-8."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _misnamed(stamp: FileStamp) -> ReadResult:
    shown = os.fsencode(stamp.path).decode("utf-8", "backslashreplace")
    failure = Problem(
        Severity.ERROR, "bad_file_name", f"{shown}: the name is not UTF-8; rename the file."
    )
    return ReadResult(replace(stamp, path=shown), None, failure)


def _reports(runs: Iterable[IngestRun]) -> Iterator[Report]:
    return (Report(run.path, run) for run in runs)


def _chunks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk
