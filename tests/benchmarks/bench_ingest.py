"""How fast files are ingested beside bare h5py open-and-close of the same files: files/s, a ratio.

Run as `python -m tests.benchmarks.bench_ingest [--copies 5]`. The demonstration's sound files are
written to a temporary folder, each as often as asked under a run of its own, and ingested into a
scratch database: read in the sandbox, judged, hashed and stored. Then once more, unchanged.
"""

import argparse
import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

# Sets Django up, so it comes before everything that needs models.
from tests.benchmarks.scratch import scratch_database  # isort: skip

import h5py
from django.utils import timezone

from catalogue.models import Datafile, Dataset, DatasetParameter, Facility
from ingest.demo.files import plan_demo_files, write_demo_files
from ingest.judge import Job
from ingest.models import IngestRun, Outcome
from ingest.pipeline import Options, ingest_files
from ingest.record import FileStamp
from ingest.walk import find_files
from tests.factories import make_facility, make_policy

TODAY = date(2026, 1, 1)


def write_files(folder: Path, copies: int) -> int:
    """Writes the demonstration's sound files, `copies` of each, and returns their number."""
    planned = plan_demo_files(TODAY)
    other = {folder / file.path for file in planned if file.fault or file.proposal_from_context}
    written = [path for path in write_demo_files(folder, today=TODAY) if path not in other]
    for path in other:
        path.unlink()
    for number in range(1, copies):
        for path in written:
            shutil.copy2(path, path.with_name(f"copy{number}-{path.name}"))
    return len(written) * copies


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def open_and_close(stamps: list[FileStamp]) -> None:
    for stamp in stamps:
        h5py.File(stamp.path, "r").close()


def ingest(stamps: list[FileStamp], facility: Facility, workers: int) -> None:
    job = Job(facility, "", timezone.now())
    for _ in ingest_files(stamps, job, Options(workers=workers, deadline_s=30)):
        pass


def forget() -> None:
    for table in (IngestRun, DatasetParameter, Datafile, Dataset.techniques.through, Dataset):
        table.objects.all().delete()


def show(name: str, files: int, seconds: float, floor: float) -> None:
    print(f"{name:34}{files:8,} files {files / seconds:10,.0f} /s  {seconds / floor:7.2f} × bare")


def compare(folder: Path, files: int) -> None:
    facility = make_facility(slug="bench", time_zone="Europe/Stockholm")
    facility.default_embargo_policy = make_policy(facility=facility)
    facility.save()
    stamps = list(find_files([folder]))
    floor = min(timed(lambda: open_and_close(stamps)) for _ in range(3))
    show("bare h5py open and close", files, floor, floor)
    for workers in (1, 2):
        forget()
        show(
            f"ingest, {workers} worker(s)",
            files,
            timed(lambda n=workers: ingest(stamps, facility, n)),  # type: ignore[misc]
            floor,
        )
    show("again, unchanged", files, timed(lambda: ingest(stamps, facility, 2)), floor)
    stored = IngestRun.objects.filter(outcome=Outcome.STORED).count()
    print(f"{stored:,} stored, {DatasetParameter.objects.count():,} parameters")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--copies", type=int, default=5)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="bench-ingest-") as folder,
        scratch_database("bench_ingest"),
    ):
        compare(Path(folder), write_files(Path(folder), options.copies))


if __name__ == "__main__":
    main()
