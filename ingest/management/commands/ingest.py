"""`manage.py ingest PATH…`: real NeXus files go in."""

import json
import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from catalogue.garbage import spare_what_is_loaded
from catalogue.models import Facility
from ingest.judge import Job
from ingest.models import Outcome
from ingest.pipeline import Options, Report, ingest_files
from ingest.record import FileStamp
from ingest.sandbox.process import SandboxError
from ingest.storing.vanished import mark_vanished
from ingest.walk import BadPathError, find_files

UNCHANGED = "unchanged"


class Command(BaseCommand):
    help = (
        "Reads NeXus files and folders of them into the catalogue. What cannot be taken is "
        "quarantined with the reason, and shown in the admin; unchanged files are passed over."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
        parser.add_argument("--facility", default="", help="slug; needed where there are several")
        parser.add_argument(
            "--proposal", default="", help="the proposal that all the files belong to"
        )
        parser.add_argument("--again", action="store_true", help="read unchanged files too")
        parser.add_argument(
            "--json", action="store_true", help="one JSON object a file, no summary"
        )
        parser.add_argument("--workers", type=int, default=settings.INGEST_WORKERS)

    def handle(self, *args: Any, **options: Any) -> None:
        job = Job(_facility(options["facility"]), options["proposal"].strip(), timezone.now())
        how = Options(options["workers"], settings.INGEST_DEADLINE_S, again=options["again"])
        closed: list[OSError] = []
        try:
            found = find_files(options["paths"], on_error=closed.append)
            stamps = list({stamp.path: stamp for stamp in found}.values())
        except BadPathError as error:
            raise CommandError(str(error)) from error
        for each in closed:
            self.stderr.write(_advice(each))
        spare_what_is_loaded()
        try:
            self._tell(ingest_files(stamps, job, how), as_lines=options["json"], total=len(stamps))
        except SandboxError as error:
            raise CommandError(f"No file can be read: {error}.") from error
        self._mark_vanished(options["paths"], stamps, now=job.now)
        if closed:
            raise CommandError(
                f"{len(closed)} of the folders and files could not be looked at and were passed "
                f"over, see above; everything else is done."
            )

    def _tell(self, reports: Iterable[Report], *, as_lines: bool, total: int) -> None:
        if not as_lines:
            self._summarise(_with_progress(reports, total=total))
            return
        for report in reports:
            self.stdout.write(json.dumps(as_json(report)))

    def _mark_vanished(
        self, paths: Iterable[Path], stamps: Iterable[FileStamp], *, now: datetime
    ) -> None:
        folders = [path for path in paths if path.is_dir()]
        missing = mark_vanished(folders, {stamp.path for stamp in stamps}, now=now)
        if missing.vanished:
            self.stderr.write(
                f"{missing.vanished} files that were ingested before are gone from their places; "
                f"their datasets stay, and the admin marks them under Datafiles."
            )

    def _summarise(self, reports: Iterable[Report]) -> None:
        outcomes: Counter[str] = Counter()
        kept_out: dict[str, list[str]] = {}
        for report in reports:
            outcomes[report.run.outcome if report.run else UNCHANGED] += 1
            if report.run is not None and report.run.reason:
                kept_out.setdefault(report.run.code, []).append(report.run.reason)
        for outcome in (*Outcome, UNCHANGED):
            self.stdout.write(f"{outcomes[outcome]:7} {outcome}")
        for code, reasons in sorted(kept_out.items(), key=lambda item: -len(item[1])):
            self.stdout.write(f"{len(reasons):7} × {code}, e.g. {min(reasons)}")
        if kept_out:
            self.stdout.write("Every file that was kept out is in the admin under Ingest runs.")


def as_json(report: Report) -> dict[str, Any]:
    """Returns what became of a file: outcome, reason, findings, place in the catalogue."""
    run = report.run
    if run is None:
        return {"path": report.path, "outcome": UNCHANGED}
    dataset = run.datafile.dataset if run.datafile else None
    return {
        "path": run.path,
        "outcome": run.outcome,
        "code": run.code,
        "reason": run.reason,
        "problems": run.problems,
        "dataset": str(dataset.uid) if dataset else None,
        "investigation": dataset.investigation_id if dataset else None,
    }


def _advice(error: OSError) -> str:
    return (
        f"{error.filename}: passed over ({error.strerror}); let the account that runs this look "
        f"at it, then ingest it."
    )


def _facility(slug: str) -> Facility:
    facilities = {
        row.slug: row for row in Facility.objects.select_related("default_embargo_policy")
    }
    if not slug and len(facilities) == 1:
        return next(iter(facilities.values()))
    if slug not in facilities:
        known = ", ".join(sorted(facilities)) or "none yet"
        asked = f"facility {slug!r} is not in the catalogue" if slug else "name one with --facility"
        raise CommandError(
            f"{asked}; known: {known}. Add one in the admin or with 'manage.py add_facility'."
        )
    return facilities[slug]


def _with_progress(reports: Iterable[Report], *, total: int) -> Iterator[Report]:
    return iter(
        tqdm(reports, total=total, unit=" files", file=sys.stderr, disable=not sys.stderr.isatty())
    )
