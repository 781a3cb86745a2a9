"""What becomes of the files that a token hands in: stored, or looked at and nothing stored."""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePath
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import prefetch_related_objects
from django.urls import reverse
from django.utils import timezone

from catalogue.models import Dataset
from catalogue.models.base import Timestamped
from ingest.door.dry_run import Part, Place, describe
from ingest.door.findings import Finding, other_proposal, reason, tellable
from ingest.door.holdings import datasets_by_path, proposals_of, stored_as_it_is
from ingest.door.jobs import job_of_instrument
from ingest.door.readers import read_warm
from ingest.judge import Job, Judged, judge
from ingest.models import IngestRun, Outcome
from ingest.models.door import BeamlineToken
from ingest.pipeline import Options, ingest_files
from ingest.placement import Placement, is_same_proposal
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
        told = {path: self._unchanged(known[path]) for path in unchanged}
        told |= {path: _refused(finding) for path, finding in self._elsewhere(known).items()}
        changed = [stamp for stamp in stamps if stamp.path not in told]
        own = proposals_of(self.token) if changed else frozenset()
        began = timezone.now()
        options = Options(1, settings.INGEST_DEADLINE_S, again=True)
        reports = list(ingest_files(changed, self.job, options, read=self.read))
        runs = {report.path: report.run for report in reports if report.run is not None}
        found = datasets_by_path(runs)
        for path, run in runs.items():
            told[path] = self._told(run, found.get(path), own, began)
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
        elsewhere = self._elsewhere(datasets_by_path(result.stamp.path for result in results))
        own = proposals_of(self.token)
        began = timezone.now()
        with transaction.atomic():
            runs = store_results(results, self.job)
            found = datasets_by_path(run.path for run in runs)
            prefetch_related_objects(list(found.values()), "techniques")
            told = {
                run.path: self._foreseen(
                    result, run, found.get(run.path), own, began, refusal=elsewhere.get(run.path)
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

    def _elsewhere(self, known: Mapping[str, Dataset]) -> dict[str, Finding]:
        """Returns the findings on files that are stored under another proposal than is named now.

        No request moves a stored dataset; where people have put one by hand, it stays anyway.
        """
        asked = self.job.proposal
        return {
            path: other_proposal(
                PurePath(path).name, asked, stored=code if self._is_own(dataset) else ""
            )
            for path, dataset in known.items()
            if asked
            and not dataset.is_by_hand("investigation")
            and not is_same_proposal(code := dataset.investigation.proposal.code, asked)
        }

    def _is_own(self, dataset: Dataset) -> bool:
        return dataset.investigation.instrument_id == self.token.instrument_id

    def _unchanged(self, dataset: Dataset) -> Told:
        return {
            "outcome": "unchanged",
            "created": False,
            "reason": None,
            "problems": [],
            **_address(dataset, _where(dataset) if self._is_own(dataset) else None),
        }

    def _told(
        self, run: IngestRun, dataset: Dataset | None, own: frozenset[int], began: datetime
    ) -> Told:
        judged = self._judged(run)
        findings = tellable(run.problems, judged.problems)
        is_own = dataset is not None and _is_of(dataset, own)
        return {
            "outcome": str(run.outcome),
            "created": dataset is not None and dataset.created_at >= began,
            "reason": reason(run.code, findings),
            "problems": findings,
            **_address(
                dataset if run.outcome == Outcome.STORED else None,
                _where(dataset) if dataset is not None and is_own else judged.placement,
            ),
        }

    def _foreseen(
        self,
        result: ReadResult,
        run: IngestRun,
        dataset: Dataset | None,
        own: frozenset[int],
        began: datetime,
        *,
        refusal: Finding | None,
    ) -> Told:
        judged = judge(result, self.job, self.path_rules)
        findings = tellable(run.problems, judged.problems)
        if refusal is not None:
            told = [refusal, *findings]
            return describe(judged, outcome="refused", code=refusal["code"], told=told, place=None)
        is_stored = run.outcome == Outcome.STORED
        place = _place(dataset, judged, own, began) if dataset is not None and is_stored else None
        return describe(judged, outcome=str(run.outcome), code=run.code, told=findings, place=place)

    def _judged(self, run: IngestRun) -> Judged:
        """Returns what follows from the file and the job alone."""
        stamp = FileStamp(run.path, run.size_bytes, run.mtime_ns)
        result = self.results.get(run.path) or find_fault(stamp) or ReadResult(stamp, None, None)
        return judge(result, self.job, self.path_rules)


def _refused(finding: Finding) -> Told:
    return {
        "outcome": "refused",
        "created": False,
        "reason": finding,
        "problems": [finding],
        **_address(None, None),
    }


def _is_of(dataset: Dataset, own: frozenset[int]) -> bool:
    return dataset.investigation.proposal_id in own


def _where(dataset: Dataset) -> Placement:
    investigation = dataset.investigation
    return Placement(investigation.proposal.code, investigation.visit_number)


def _address(dataset: Dataset | None, where: Placement | None) -> Told:
    """where: its visit, as far as it may be told; None where nothing may."""
    if dataset is None:
        return {"dataset": None, "investigation": None}
    page = settings.BASE_URL + reverse("portal:dataset", args=[dataset.uid])
    return {
        "dataset": {"uid": str(dataset.uid), "page": page},
        "investigation": {"proposal": where.proposal_code, "visit": where.visit_number}
        if where
        else None,
    }


def _place(dataset: Dataset, judged: Judged, own: frozenset[int], began: datetime) -> Place:
    """Of a proposal without a visit on the instrument, it repeats what was asked.

    Its full code, or that it exists, would answer guesses at the facility's proposals.
    """

    def part(row: Timestamped) -> Part:
        return Part(str(row), row.created_at >= began)

    investigation, asked = dataset.investigation, judged.placement
    if _is_of(dataset, own) or asked is None:
        proposal, visit = part(investigation.proposal), part(investigation)
    else:
        proposal = Part(asked.proposal_code, None)
        visit = Part(f"{asked.proposal_code}-{asked.visit_number}", None)
    return Place(
        proposal=proposal,
        visit=visit,
        instrument=part(dataset.instrument) if dataset.instrument else None,
        is_new_dataset=dataset.created_at >= began,
        techniques=tuple((row.code, row.label) for row in dataset.techniques.all()),
    )
