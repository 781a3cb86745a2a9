"""The way of files into the catalogue: find, pass over what is unchanged, read, judge, store."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from django.db.models import F, QuerySet

from catalogue.models.lookups import Among
from ingest.judge import Job
from ingest.models import IngestRun, Outcome
from ingest.record import FileStamp
from ingest.sandbox.pool import Read, read_files
from ingest.stamps import find_fault, is_storable
from ingest.storing.store import store_results

# Large enough that the commit no longer shows in the rate, small enough that a refused batch is
# soon redone.
BATCH_SIZE = 200
# Looked up and read before the next are looked at, so that a million files need little memory.
CHUNK_SIZE = 10_000

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


def ingest_files(
    stamps: Iterable[FileStamp], job: Job, options: Options, *, read: Read = read_files
) -> Iterator[Report]:
    """Ingests files and yields what became of each, as it becomes known.

    At any moment all that was yielded is committed; stopping in the middle loses nothing.
    read: how files are read, for whoever keeps readers ready; otherwise they are started anew.
    """
    for chunk in _chunks(stamps, CHUNK_SIZE):
        unchanged = set() if options.again else _unchanged(chunk, job)
        yield from (Report(stamp.path, None) for stamp in chunk if stamp.path in unchanged)
        changed = [stamp for stamp in chunk if stamp.path not in unchanged]
        faults = {stamp.path: fault for stamp in changed if (fault := find_fault(stamp))}
        if faults:
            yield from _reports(store_results(list(faults.values()), job))
        readable = [stamp for stamp in changed if stamp.path not in faults]
        yield from _read_and_store(readable, job, options, read)


def _read_and_store(
    stamps: list[FileStamp], job: Job, options: Options, read: Read
) -> Iterator[Report]:
    results = read(
        stamps,
        time_zone=job.facility.time_zone,
        workers=options.workers,
        deadline_s=options.deadline_s,
    )
    for batch in _chunks(results, BATCH_SIZE):
        yield from _reports(store_results(batch, job))


def _unchanged(stamps: Sequence[FileStamp], job: Job) -> set[str]:
    """Returns the paths that need no reading: stored before, or refused under the same job.

    A file that was to be tried later is never among them, nor one that was refused for its proposal
    and now has another one named for it, nor one whose dataset has been deleted since.
    """
    paths = [stamp.path for stamp in stamps if is_storable(stamp.path)]
    known = {run.path: run for some in _chunks(paths, 1000) for run in _settled_before(some)}
    found = ((stamp, known.get(stamp.path)) for stamp in stamps)
    return {stamp.path for stamp, run in found if run and _is_settled(run, stamp, job)}


def _settled_before(paths: list[str]) -> QuerySet[IngestRun]:
    runs = IngestRun.objects.filter(Among(F("path"), paths)).exclude(outcome=Outcome.DEFERRED)
    return runs.only(
        *("path", "size_bytes", "mtime_ns", "outcome"),
        *("proposal_code", "facility", "instrument", "datafile"),
    )


def _is_settled(run: IngestRun, stamp: FileStamp, job: Job) -> bool:
    if (run.size_bytes, run.mtime_ns) != (stamp.size_bytes, stamp.mtime_ns):
        return False
    if run.outcome == Outcome.STORED:
        return run.datafile_id is not None
    return (run.facility_id, run.proposal_code, run.instrument_id) == (
        job.facility.pk,
        job.proposal,
        job.instrument_id,
    )


def _reports(runs: Iterable[IngestRun]) -> Iterator[Report]:
    return (Report(run.path, run) for run in runs)


def _chunks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk
