"""Another try for files that were kept out, each under the job it came with."""

import os
from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from django.conf import settings

from ingest.door.jobs import job_of_instrument
from ingest.judge import Job
from ingest.models import IngestRun, Outcome
from ingest.pipeline import Options, ingest_files
from ingest.record import FileStamp

# What makes two runs the same job's.
_JOB = ("facility_id", "proposal_code", "instrument_id")


def retry(run_ids: Iterable[int], *, now: datetime) -> int:
    """Reads the files of runs anew and returns how many are stored after it.

    A file that is gone keeps its run, with the new reason.
    """
    runs = IngestRun.objects.filter(pk__in=run_ids).select_related(
        "facility__default_embargo_policy", "instrument__facility__default_embargo_policy"
    )
    options = Options(settings.INGEST_WORKERS, settings.INGEST_DEADLINE_S, again=True)
    stored = 0
    for _, group in groupby(runs.order_by(*_JOB, "path"), key=attrgetter(*_JOB)):
        same_job = list(group)
        job = _job(same_job[0], now)
        reports = ingest_files([_stamp(run) for run in same_job], job, options)
        stored += sum(
            report.run is not None and report.run.outcome == Outcome.STORED for report in reports
        )
    return stored


def _job(run: IngestRun, now: datetime) -> Job:
    """Returns the job a run came with, bound to its instrument if that one was."""
    if run.instrument is not None:
        return job_of_instrument(run.instrument, proposal=run.proposal_code, now=now)
    return Job(run.facility, run.proposal_code, now, spool=str(settings.UPLOAD_FOLDER))


def _stamp(run: IngestRun) -> FileStamp:
    """Returns the file as it is now; the reader says so where it is gone."""
    try:
        status = os.lstat(run.path)
    except OSError:
        return FileStamp(run.path, run.size_bytes, run.mtime_ns)
    return FileStamp(run.path, status.st_size, status.st_mtime_ns)
