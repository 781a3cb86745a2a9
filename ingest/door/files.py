"""What becomes of the files that a token hands in: stored, or looked at and nothing stored."""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import prefetch_related_objects
from django.urls import reverse
from django.utils import timezone

from catalogue.models import Dataset
from catalogue.models.base import Timestamped
from ingest.door.dry_run import Part, Place, describe
from ingest.door.findings import reason, tellable
from ingest.door.holdings import datasets_by_path, stored_as_it_is
from ingest.door.jobs import job_of_instrument
from ingest.door.readers import read_warm
from ingest.judge import Job, Judged, judge
from ingest.models import IngestRun, Outcome
from ingest.models.door import BeamlineToken
from ingest.pipeline import Options, ingest_files
from ingest.record import FileStamp, ReadResult
from ingest.rules.loading import path_rules_of
from ingest.rules.naming import PathPattern
from ingest.stamps import find_fault
from ingest.storing.store import store_results

logger = logging.getLogger(__name__)

# What became of one file, as JSON has it.
Told = dict[str, Any]


@dataclass(frozen=True, slots=True)
class HandIn:
    """Files of one token, and what a job with them has read so far, by path."""

    token: BeamlineToken
    job: Job
    path_rules: tuple[PathPattern, ...]
    results: dict[str, ReadResult] = field(default_factory=dict)

    @classmethod
    def of(cls, token: BeamlineToken, *, proposal: str, now: datetime) -> "HandIn":
        job = job_of_instrument(token.instrument, proposal=proposal, now=now)
        return cls(token, job, path_rules_of(job.facility))

    def store(self, stamps: Sequence[FileStamp]) -> dict[str, Told]:
        """Stores what is new or changed, and returns what became of each file by its path.

        A file that was kept out is read again: whoever sends it again has changed something.
        """
        known = datasets_by_path(stamp.path for stamp in stamps)
        unchanged = stored_as_it_is(stamps)
        told = {path: _unchanged(known[path]) for path in unchanged}
        changed = [stamp for stamp in stamps if stamp.path not in unchanged]
        options = Options(1, settings.INGEST_DEADLINE_S, again=True)
        reports = list(ingest_files(changed, self.job, options, read=self.read))
        runs = {report.path: report.run for report in reports if report.run is not None}
        found = datasets_by_path(runs)
        for path, run in runs.items():
            told[path] = self._told(run, found.get(path), is_new=path not in known)
        logger.info("token %s: %d files, %d read", self.token.pk, len(stamps), len(runs))
        return told

    def look(self, stamps: Sequence[FileStamp]) -> dict[str, Told]:
        """Returns what would become of each file, by its path; nothing is stored.

        Storing is tried and taken back in one transaction, so that the answer is what would happen
        and not what a second set of rules believes.
        """
        faults = [fault for stamp in stamps if (fault := find_fault(stamp)) is not None]
        refused = {fault.stamp.path for fault in faults}
        readable = [stamp for stamp in stamps if stamp.path not in refused]
        results = [*faults, *self.read(readable, time_zone=self.job.facility.time_zone)]
        known = datasets_by_path(result.stamp.path for result in results)
        began = timezone.now()
        with transaction.atomic():
            runs = store_results(results, self.job)
            found = datasets_by_path(run.path for run in runs)
            prefetch_related_objects(list(found.values()), "techniques")
            told = {
                result.stamp.path: self._foreseen(
                    result, run, _place(found.get(run.path), began, is_new=run.path not in known)
                )
                for result, run in zip(results, runs, strict=True)
            }
            transaction.set_rollback(True)
        logger.info("token %s: %d files in a dry run", self.token.pk, len(stamps))
        return told

    def read(
        self, stamps: Iterable[FileStamp], *, time_zone: str, **_options: object
    ) -> Iterator[ReadResult]:
        """Yields the result of each file from a reader that is kept for the facility."""
        for result in read_warm(
            stamps,
            key=self.job.facility.pk,
            time_zone=time_zone,
            deadline_s=settings.INGEST_DEADLINE_S,
        ):
            self.results[result.stamp.path] = result
            yield result

    def _told(self, run: IngestRun, dataset: Dataset | None, *, is_new: bool) -> Told:
        findings = tellable(run.problems, self._judged(run).problems)
        return {
            "outcome": str(run.outcome),
            "created": dataset is not None and is_new,
            "reason": reason(run.code, findings),
            "problems": findings,
            **_address(dataset if run.outcome == Outcome.STORED else None),
        }

    def _foreseen(self, result: ReadResult, run: IngestRun, place: Place | None) -> Told:
        judged = judge(result, self.job, self.path_rules)
        findings = tellable(run.problems, judged.problems)
        is_stored = run.outcome == Outcome.STORED
        return describe(
            judged,
            outcome=str(run.outcome),
            code=run.code,
            told=findings,
            place=place if is_stored else None,
        )

    def _judged(self, run: IngestRun) -> Judged:
        """Returns what follows from the file and the job alone."""
        stamp = FileStamp(run.path, run.size_bytes, run.mtime_ns)
        result = self.results.get(run.path) or find_fault(stamp) or ReadResult(stamp, None, None)
        return judge(result, self.job, self.path_rules)


def _unchanged(dataset: Dataset) -> Told:
    return {
        "outcome": "unchanged",
        "created": False,
        "reason": None,
        "problems": [],
        **_address(dataset),
    }


def _address(dataset: Dataset | None) -> Mapping[str, Any]:
    if dataset is None:
        return {"dataset": None, "investigation": None}
    page = settings.BASE_URL + reverse("portal:dataset", args=[dataset.uid])
    return {
        "dataset": {"uid": str(dataset.uid), "page": page},
        "investigation": {
            "proposal": dataset.investigation.proposal.code,
            "visit": dataset.investigation.visit_number,
        },
    }


def _place(dataset: Dataset | None, began: datetime, *, is_new: bool) -> Place | None:
    if dataset is None:
        return None

    def part(row: Timestamped) -> Part:
        return Part(str(row), row.created_at >= began)

    return Place(
        proposal=part(dataset.investigation.proposal),
        visit=part(dataset.investigation),
        instrument=part(dataset.instrument) if dataset.instrument else None,
        is_new_dataset=is_new,
        techniques=tuple((row.code, row.label) for row in dataset.techniques.all()),
    )
