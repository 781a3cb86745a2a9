"""Another try for files that were kept out, each under the job it came with."""

import os
from collections.abc import Iterable
from datetime import datetime
from itertools import groupby

from django.conf import settings

from ingest.judge import Job
from ingest.models import IngestRun, Outcome
from ingest.pipeline import Options, ingest_files
from ingest.record import FileStamp


def retry(run_ids: Iterable[int], *, now: datetime) -> int:
    """Reads the files of runs anew and returns how many are stored after it.

    A file that is gone keeps its run, with the new reason.
    """
    runs = IngestRun.objects.filter(pk__in=run_ids).select_related(
        "facility__default_embargo_policy"
    )
    options = Options(settings.INGEST_WORKERS, settings.INGEST_DEADLINE_S, again=True)
    stored = 0
    for _, group in groupby(runs.order_by("facility_id", "proposal_code", "path"), key=_job_key):
        same_job = list(group)
        job = Job(same_job[0].facility, same_job[0].proposal_code, now)
        reports = ingest_files([_stamp(run) for run in same_job], job, options)
        stored += sum(
            report.run is not None and report.run.outcome == Outcome.STORED for report in reports
        )
    return stored


def _job_key(run: IngestRun) -> tuple[int, str]:
    return run.facility_id, run.proposal_code


def _stamp(run: IngestRun) -> FileStamp:
    """Returns the file as it is now; the reader says so where it is gone."""
    try:
        status = os.lstat(run.path)
    except OSError:
        return FileStamp(run.path, run.size_bytes, run.mtime_ns)
    return FileStamp(run.path, status.st_size, status.st_mtime_ns)
