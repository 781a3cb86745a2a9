"""Writes what was read into the catalogue: a batch a transaction, and safe to do twice."""

import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePath

from django.db import DatabaseError, OperationalError, connection, transaction
from django.db.models import F

from catalogue.models import Datafile, Facility
from catalogue.models.lookups import Among
from catalogue.publication.schedule import refresh
from ingest.judge import Job, Judged, judge
from ingest.models import IngestRun, Outcome
from ingest.quality.reports import write_quality
from ingest.record import Problem, ReadResult, Severity
from ingest.rules.loading import path_rules_of
from ingest.storing.batch import Batch
from ingest.storing.bulk import write_models
from ingest.storing.refusal import RefusedFile

logger = logging.getLogger(__name__)

# Names the locks under which batches are stored, one by facility.
INGEST_LOCK = 5_074
# Waited between one try of a batch and the next.
PAUSES_S = (0.2, 1.0, 3.0)

_RUN_VALUES = (
    "facility",
    "proposal_code",
    "instrument",
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

    Raises:
        OperationalError: the database is away, full or busy, and stays so; no file is to blame.
    """
    if not results:
        return []
    path_rules = path_rules_of(job.facility)
    judged = [judge(result, job, path_rules) for result in results]
    try:
        return _store_patiently(judged, job)
    except DatabaseError as error:
        if _is_outage(error):
            raise
        logger.exception("a batch of %d files was refused; storing them one by one", len(judged))
    return [_store_alone(one, job) for one in judged]


def _store_alone(one: Judged, job: Job) -> IngestRun:
    try:
        return _store_patiently([one], job)[0]
    except DatabaseError as error:
        if _is_outage(error):
            raise
        sentence = (str(error).splitlines() or [type(error).__name__])[0]
        refusal = Problem(
            Severity.ERROR,
            "database_refused",
            f"{PurePath(one.result.stamp.path).name}: The database refused it: {sentence}. "
            f"Report this with the file.",
        )
        return _store_patiently([_kept_out(one, refusal)], job)[0]


def _store_patiently(judged: Sequence[Judged], job: Job) -> list[IngestRun]:
    """A deadlock or a restart of the database passes: the same batch is good a moment later."""
    for pause_s in PAUSES_S:
        try:
            return _store(judged, job)
        except OperationalError as error:
            if not _is_outage(error):
                raise
            logger.warning(
                "a batch of %d files waits %g s for the database: %s", len(judged), pause_s, error
            )
            time.sleep(pause_s)
    return _store(judged, job)


def _is_outage(error: DatabaseError) -> bool:
    """Tells a database that is away, full or busy from one that refuses what it is given.

    Class 54, program limit exceeded, is of the latter, though psycopg2 counts it to the former.
    """
    code = getattr(error.__cause__, "pgcode", None) or ""
    return isinstance(error, OperationalError) and not code.startswith("54")


def _store(judged: Sequence[Judged], job: Job) -> list[IngestRun]:
    with transaction.atomic():
        _lock(job.facility)
        batch = Batch(job.facility, judged, spool=job.spool)
        settled = [_add(one, batch) for one in judged]
        files = batch.write()
        refresh(batch.investigation_ids, now=job.now)
        return _store_runs(settled, files, job)


def _lock(facility: Facility) -> None:
    """Lets one batch of a facility at a time look up what is known and add what is new.

    This lock comes first, then those of the investigations, then the one of the datestamps.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [INGEST_LOCK, facility.pk])


def _add(one: Judged, batch: Batch) -> Judged:
    if one.record is None or one.placement is None:
        return one
    try:
        warnings = batch.add(one.result, one.record, one.placement)
    except RefusedFile as refused:
        return _kept_out(one, refused.problem)
    return replace(one, problems=(*one.problems, *warnings)) if warnings else one


def _kept_out(one: Judged, refusal: Problem) -> Judged:
    return Judged(one.result, (*one.problems, refusal), refusal)


def _store_runs(judged: Sequence[Judged], files: dict[str, Datafile], job: Job) -> list[IngestRun]:
    paths = [one.result.stamp.path for one in judged]
    known = IngestRun.objects.filter(Among(F("path"), paths))
    attempts = dict(known.values_list("path", "attempts"))
    runs = [_run(one, files, job, attempts.get(one.result.stamp.path, 0) + 1) for one in judged]
    write_models(runs, by="path", values=_RUN_VALUES)
    write_quality(runs, judged)
    return runs


def _run(one: Judged, files: dict[str, Datafile], job: Job, attempts: int) -> IngestRun:
    stamp = one.result.stamp
    return IngestRun(
        path=stamp.path,
        facility=job.facility,
        proposal_code=job.proposal,
        instrument_id=job.instrument_id,
        size_bytes=stamp.size_bytes,
        mtime_ns=stamp.mtime_ns,
        sha256=one.result.sha256,
        outcome=_outcome(one),
        problems=[_as_json(problem) for problem in one.problems],
        code=one.failure.code if one.failure else "",
        reason=one.failure.message if one.failure else "",
        datafile=files.get(stamp.path),
        attempts=attempts,
        finished_at=job.now,
    )


def _as_json(problem: Problem) -> dict[str, str]:
    return {
        "severity": problem.severity.value,
        "code": problem.code,
        "message": problem.message,
        "path": problem.path,
    }


def _outcome(one: Judged) -> Outcome:
    if one.failure is None:
        return Outcome.STORED
    return Outcome.DEFERRED if one.is_deferred else Outcome.QUARANTINED
