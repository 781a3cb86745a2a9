"""Writes what was read into the catalogue: a batch a transaction, and safe to do twice."""

import logging
from collections.abc import Sequence
from dataclasses import asdict

from django.db import DatabaseError, transaction

from catalogue.models import Datafile
from catalogue.publication.schedule import refresh
from ingest.batch import Batch
from ingest.judge import Job, Judged, judge
from ingest.models import IngestRun, Outcome
from ingest.record import Problem, ReadResult, Severity

logger = logging.getLogger(__name__)

_RUN_VALUES = (
    "facility",
    "proposal_code",
    "size_bytes",
    "mtime_ns",
    "sha256",
    "outcome",
    "problems",
    "code",
    "reason",
    "datafile",
    "attempts",
    "finished_at",
)


def store_results(results: Sequence[ReadResult], job: Job) -> list[IngestRun]:
    """Stores a batch in one transaction and returns the run of each file, in the order given.

    Where the database refuses the batch, each file is stored by itself, so that only the one at
    fault is quarantined, with the database's reason.
    """
    judged = [judge(result, job) for result in results]
    try:
        return _store(judged, job)
    except DatabaseError:
        logger.exception("a batch of %d files was refused; storing them one by one", len(judged))
    return [_store_alone(one, job) for one in judged]


def _store_alone(one: Judged, job: Job) -> IngestRun:
    try:
        return _store([one], job)[0]
    except DatabaseError as error:
        sentence = (str(error).splitlines() or [type(error).__name__])[0]
        refusal = Problem(
            Severity.ERROR,
            "database_refused",
            f"{one.result.record and one.result.record.file_name}: The database refused it: "
            f"{sentence}. Report this with the file.",
        )
        return _store([Judged(one.result, (*one.problems, refusal), refusal)], job)[0]


def _store(judged: Sequence[Judged], job: Job) -> list[IngestRun]:
    with transaction.atomic():
        batch = Batch(job.facility, paths=[one.result.stamp.path for one in judged])
        for one in judged:
            if one.record is not None and one.placement is not None:
                batch.add(one.result, one.record, one.placement)
        files = batch.write()
        refresh(batch.investigation_ids)
        return _store_runs(judged, files, job)


def _store_runs(judged: Sequence[Judged], files: dict[str, Datafile], job: Job) -> list[IngestRun]:
    paths = [one.result.stamp.path for one in judged]
    attempts = dict(IngestRun.objects.filter(path__in=paths).values_list("path", "attempts"))
    runs = [_run(one, files, job, attempts.get(one.result.stamp.path, 0) + 1) for one in judged]
    return IngestRun.objects.bulk_create(
        runs, update_conflicts=True, unique_fields=["path"], update_fields=_RUN_VALUES
    )


def _run(one: Judged, files: dict[str, Datafile], job: Job, attempts: int) -> IngestRun:
    stamp = one.result.stamp
    return IngestRun(
        path=stamp.path,
        facility=job.facility,
        proposal_code=job.proposal,
        size_bytes=stamp.size_bytes,
        mtime_ns=stamp.mtime_ns,
        sha256=one.result.sha256,
        outcome=_outcome(one),
        problems=[asdict(problem) for problem in one.problems],
        code=one.failure.code if one.failure else "",
        reason=one.failure.message if one.failure else "",
        datafile=files.get(stamp.path),
        attempts=attempts,
        finished_at=job.now,
    )


def _outcome(one: Judged) -> Outcome:
    if one.failure is None:
        return Outcome.STORED
    return Outcome.DEFERRED if one.is_deferred else Outcome.QUARANTINED
