"""What a worker does with the files of one message."""

import logging
import os
import stat
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from catalogue.models import Facility
from ingest.judge import Job
from ingest.models import Outcome, PendingFile
from ingest.pipeline import Options, Report, ingest_files
from ingest.queues.claims import TRIES, begin, begin_alone, defer, fail, put_back, settle
from ingest.queues.dead_letters import bury_files
from ingest.queues.topology import LONGEST_TRY
from ingest.record import FileStamp
from ingest.sandbox.process import hash_seconds

logger = logging.getLogger(__name__)

# Added to what the files may take: the start of the readers and the commit.
MARGIN = timedelta(minutes=10)
ENDED_EACH_TIME = (
    "Its worker ended each time before it could say why: look for a lack of memory on the worker, "
    "and at the file with h5dump -H."
)


class UnknownFacilityError(LookupError):
    """A message names a facility that is not in the catalogue."""

    def __init__(self, facility_id: int) -> None:
        super().__init__(
            f"No facility has the number {facility_id}; it has been deleted, or the message was "
            f"meant for another catalogue."
        )


@dataclass(frozen=True, slots=True)
class _Message:
    """A message that is being worked on."""

    id: str
    job: Job
    options: Options


def work(
    paths: Sequence[str], *, facility_id: int, proposal: str, readers: int, message_id: str
) -> int:
    """Ingests the files of a message and returns how many have come to an outcome.

    Each try is counted before it is made. Files that have failed together twice are tried alone, so
    that the one that ends its worker harms no other; after two more tries it is a dead letter.

    Raises:
        UnknownFacilityError: no such facility.
        OperationalError, InterfaceError: the database is away; no file is to blame, and all are
            still under way.
    """
    facility = (
        Facility.objects.select_related("default_embargo_policy").filter(pk=facility_id).first()
    )
    if facility is None:
        raise UnknownFacilityError(facility_id)
    job = Job(facility, proposal, timezone.now())
    message = _Message(message_id, job, Options(readers, settings.INGEST_DEADLINE_S))
    stamps = {path: stamp for path in paths if (stamp := stamp_of(path)) is not None}
    # What has vanished meanwhile has no outcome: it is marked by whoever misses it.
    settle(set(paths) - stamps.keys())
    begun = begin(list(stamps), now=job.now, lease=_longest(stamps.values()))
    _give_up(begun.exhausted, message)
    done = _try([stamps[path] for path in begun.together], message)
    for path in begun.alone:
        begin_alone(path, now=timezone.now(), lease=_longest([stamps[path]]))
        done += _try([stamps[path]], message)
    return done


def stamp_of(path: str) -> FileStamp | None:
    """Returns a regular file as it is now; None where there is none."""
    try:
        status = os.lstat(path)
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    return FileStamp(path, status.st_size, status.st_mtime_ns)


def _longest(stamps: Iterable[FileStamp]) -> timedelta:
    """Returns how long reading some files one after another may take at most."""
    seconds = sum(2 * settings.INGEST_DEADLINE_S + hash_seconds(stamp) for stamp in stamps)
    return min(timedelta(seconds=seconds), LONGEST_TRY) + MARGIN


def _give_up(exhausted: Sequence[PendingFile], message: _Message) -> None:
    """Makes dead letters of files that have been tried often enough, one for each reason."""
    for error, rows in groupby(sorted(exhausted, key=_error), key=_error):
        bury_files(
            [row.path for row in rows],
            f"{TRIES} tries have failed. {error or ENDED_EACH_TIME}",
            facility=message.job.facility,
            proposal=message.job.proposal,
            now=message.job.now,
            message_id=message.id,
        )


def _error(row: PendingFile) -> str:
    return row.error


def _try(stamps: Sequence[FileStamp], message: _Message) -> int:
    """Ingests files, notes what became of each, and returns how many have come to an outcome.

    An error costs those that have not, one try.
    """
    reports: list[Report] = []
    if not stamps:
        return 0
    try:
        for report in ingest_files(stamps, message.job, message.options):
            reports.append(report)  # noqa: PERF402 - what was reported before an error counts
    except (OperationalError, InterfaceError):
        raise
    except SoftTimeLimitExceeded:
        _note(reports, message)
        _leave(_missing(stamps, reports), made_progress=bool(reports))
        raise
    except Exception as error:
        logger.exception("message %s: %d files failed", message.id, len(stamps))
        _note(reports, message)
        fail(_missing(stamps, reports), f"{type(error).__name__}: {error}", now=timezone.now())
    else:
        _note(reports, message)
        # A file that is known under another name than it was asked for has its outcome too.
        settle(_missing(stamps, reports))
    return len(reports)


def _note(reports: Sequence[Report], message: _Message) -> None:
    job, outcomes = message.job, Counter(map(_outcome, reports))
    deferred = [report.path for report in reports if _outcome(report) == Outcome.DEFERRED]
    settle({report.path for report in reports}.difference(deferred))
    if deferred:
        defer(deferred, facility=job.facility, proposal=job.proposal, now=timezone.now())
    told = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
    logger.info("%s, message %s: %s", job.facility.slug, message.id, told or "nothing to do")


def _leave(paths: Sequence[str], *, made_progress: bool) -> None:
    """Puts back what there was no time for; a try in which nothing was done counts."""
    if made_progress:
        put_back(paths, now=timezone.now())
    else:
        fail(paths, f"Reading took longer than {LONGEST_TRY}.", now=timezone.now())


def _missing(stamps: Sequence[FileStamp], reports: Sequence[Report]) -> list[str]:
    reported = {report.path for report in reports}
    return [stamp.path for stamp in stamps if stamp.path not in reported]


def _outcome(report: Report) -> str:
    return report.run.outcome if report.run else "unchanged"
