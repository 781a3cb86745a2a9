"""How fast files are ingested, beside what bounds it and what others would do, in one run.

Run as `python -m tests.benchmarks.bench_ingest [--files 10000] [--real FOLDER]`. Sound files of the
demonstration's kinds are written to a temporary folder, no two alike, and ingested into a scratch
database: read in the sandbox, judged, hashed and stored. Beside it, on the same files:

a  h5py opens and closes each file
b  25 fields by h5py's low-level API, in process (`bare_reader`)
B  all the fields of the mapping, some fifty, by the same means: our reader alone, in process
c  nexusformat loads the whole tree (a sample)
d  the same sandbox and judgement, but every row saved by itself through the ORM (a sample)

One worker keeps more than one core busy, because files are stored while others are read. What a
second core brings is shown by one worker with its reader and the database held to one.

Then an unchanged rescan of ten times as many paths, and the memory of `manage.py ingest`. All of
it but these again on real files.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path

# Sets Django up, so it comes before everything that needs models.
from tests.benchmarks.scratch import scratch_database  # isort: skip

import h5py
from django.db import connection
from django.utils import timezone
from nexusformat.nexus import nxload

from catalogue.garbage import spare_what_is_loaded
from catalogue.models import AuditEvent, Datafile, Dataset, DatasetParameter
from ingest.demo.files import plan_demo_files, write_demo_files
from ingest.judge import Job
from ingest.models import IngestRun, Outcome
from ingest.nexus.mapping import PLAN
from ingest.nexus.reader import read_nexus
from ingest.pipeline import Options, ingest_files
from ingest.record import FileStamp
from ingest.walk import find_files
from tests.benchmarks.bare_reader import read_fields
from tests.benchmarks.row_by_row import ingest_row_by_row
from tests.factories import make_facility, make_policy

TODAY = date(2026, 1, 1)
REAL = Path(__file__).resolve().parents[2].parent / "shared" / "nexus" / "real"
LINKS = 9
# The real files are too few to tell the start of the readers from reading: each is taken so often.
COPIES = 10


def write_files(folder: Path, number: int) -> None:
    """Writes sound files of the demonstration's kinds, `number` in all, no two of them alike."""
    planned = plan_demo_files(TODAY)
    other = {folder / file.path for file in planned if file.fault or file.proposal_from_context}
    originals = [path for path in write_demo_files(folder, today=TODAY) if path not in other]
    for path in other:
        path.unlink()
    for place in range(number - len(originals)):
        original = originals[place % len(originals)]
        copy = original.with_name(f"copy{place // len(originals)}-{original.name}")
        copy.write_bytes(original.read_bytes())
        with h5py.File(copy, "r+") as file:
            file.attrs["copy"] = place


def link_files(folder: Path, stamps: Iterable[FileStamp]) -> None:
    """Gives each file more paths, and each path a run, as if it had been ingested from there."""
    runs = {run.path: run for run in IngestRun.objects.all()}
    linked = []
    for stamp in stamps:
        for number in range(LINKS):
            path = folder / str(number) / stamp.path.lstrip("/")
            path.parent.mkdir(parents=True, exist_ok=True)
            os.link(stamp.path, path)
            run = runs[stamp.path]
            run.pk, run.path = None, str(path)
            linked.append(IngestRun(**{f.attname: getattr(run, f.attname) for f in _columns()}))
    IngestRun.objects.bulk_create(linked, batch_size=5000)


def _columns() -> list:  # type: ignore[type-arg]
    return [field for field in IngestRun._meta.concrete_fields if field.name != "id"]


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def each(stamps: Iterable[FileStamp], act: Callable[[str], object]) -> None:
    """Does something with each file; what cannot read one of the real files goes on."""
    for stamp in stamps:
        with suppress(Exception):
            act(stamp.path)


def open_and_close(path: str) -> None:
    h5py.File(path, "r").close()


def load_tree(path: str) -> None:
    _ = nxload(path, recursive=True).tree


def ingest(stamps: Iterable[FileStamp], job: Job, workers: int) -> None:
    for _ in ingest_files(stamps, job, Options(workers=workers, deadline_s=30)):
        pass


def on_one_core(work: Callable[[], object]) -> None:
    """Does something on one core, readers and the database's session with it."""
    cores = os.sched_getaffinity(0)
    connection.ensure_connection()
    pids = (0, connection.connection.info.backend_pid)
    try:
        for pid in pids:
            os.sched_setaffinity(pid, {min(cores)})
        work()
    finally:
        for pid in pids:
            os.sched_setaffinity(pid, cores)


def forget() -> None:
    """Empties the tables of what was ingested.

    Rows deleted one by one would be vacuumed during the next measurement, and share its processors.
    """
    tables = (IngestRun, DatasetParameter, Datafile, Dataset, AuditEvent)
    names = ", ".join(connection.ops.quote_name(each._meta.db_table) for each in tables)
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {names} CASCADE")


def show(name: str, files: int, seconds: float, targeted_ms: float) -> float:
    """Prints one line and returns the milliseconds that a file took."""
    each_ms = 1000 * seconds / files
    ratio = f"{targeted_ms / each_ms:8.2f} × (b)" if targeted_ms else ""
    print(f"{name:44}{files:8,} files {files / seconds:10,.0f} /s {each_ms:9.2f} ms{ratio}")
    return each_ms


def compare(stamps: list[FileStamp], job: Job) -> None:
    """Measures all of it on one set of files."""
    number = len(stamps)
    each(stamps, open_and_close)  # warm: the disk is not what is measured
    show("(a) open and close", number, timed(lambda: each(stamps, open_and_close)), 0)
    targeted = show("(b) 25 fields, low-level", number, timed(lambda: each(stamps, read_fields)), 0)
    mapped = timed(lambda: each(stamps, lambda path: read_nexus(path, PLAN)))
    mapped_ms = show("(B) the mapping's fields, low-level", number, mapped, targeted)
    took = []
    for workers in (1, 2):
        forget()
        seconds = timed(lambda n=workers: ingest(stamps, job, n))  # type: ignore[misc]
        took.append(show(f"ingest, {workers} worker(s)", number, seconds, targeted))
        print(f"{'':44}{mapped_ms / took[-1]:8.2f} × (B)")
    forget()
    seconds = timed(lambda: on_one_core(lambda: ingest(stamps, job, 1)))
    alone = show("ingest, 1 worker, everything on one core", number, seconds, targeted)
    print(f"{'two workers beside one':44}{took[0] / took[1]:8.2f} ×")
    print(f"{'two workers beside one on one core':44}{alone / took[1]:8.2f} ×")
    stored = IngestRun.objects.filter(outcome=Outcome.STORED).count()
    print(f"{'':44}{stored:8,} stored, {DatasetParameter.objects.count():,} parameters")
    sample = stamps[:: max(1, number // 60)]
    tree = show(
        "(c) nexusformat, whole tree", len(sample), timed(lambda: each(sample, load_tree)), targeted
    )
    print(f"{'ingest with one worker beside (c)':44}{tree / took[0]:8.1f} ×")


def compare_row_by_row(stamps: list[FileStamp], job: Job) -> None:
    sample = stamps[:: max(1, len(stamps) // 1000)]
    for name, way in (("(d) row by row", ingest_row_by_row), ("the same files in batches", ingest)):
        forget()
        show(name, len(sample), timed(lambda go=way: go(sample, job, 1)), 0)  # type: ignore[misc]


def compare_rescan(folder: Path, stamps: list[FileStamp], job: Job) -> None:
    forget()
    ingest(stamps, job, 2)
    link_files(folder, stamps)
    paths = (LINKS + 1) * len(stamps)
    roots = [folder, Path(os.path.commonpath([stamp.path for stamp in stamps]))]
    show(
        "unchanged rescan, by stat alone",
        paths,
        timed(lambda: ingest(find_files(roots), job, 2)),
        0,
    )


def show_memory(database_url: str, folder: Path) -> None:
    """Prints the largest memory of the parent and of a reader of `manage.py ingest`."""
    command = [sys.executable, "manage.py", "ingest", str(folder), "--again"]
    environment = {**os.environ, "CATALOGUE_DATABASE_URL": database_url}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    parent_mb = reader_mb = 0.0
    while process.poll() is None:
        parent_mb = max(parent_mb, peak_mb(process.pid))
        reader_mb = max([reader_mb, *map(peak_mb, children_of(process.pid))])
        time.sleep(0.1)
    if process.returncode:
        raise RuntimeError(f"{command} ended with status {process.returncode}")
    print(f"{'largest memory of manage.py ingest, parent':44}{parent_mb:8.0f} MB")
    print(f"{'largest memory of one of its readers':44}{reader_mb:8.0f} MB")


def peak_mb(pid: int) -> float:
    """Returns a process's peak resident memory; `ru_maxrss` would count its parent's, too."""
    with suppress(OSError):
        status = Path(f"/proc/{pid}/status").read_text()
        peaks = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
        return int(peaks[0]) / 1024 if peaks else 0.0
    return 0.0


def children_of(pid: int) -> list[int]:
    with suppress(OSError):
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--real", type=Path, default=REAL, help="a folder of real files")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="bench-ingest-") as name,
        scratch_database("bench_ingest") as database_url,
    ):
        folder = Path(name)
        (folder / "made").mkdir()
        write_files(folder / "made", options.files)
        facility = make_facility(slug="bench", time_zone="Europe/Stockholm")
        facility.default_embargo_policy = make_policy(facility=facility)
        facility.save()
        job = Job(facility, "", timezone.now())
        spare_what_is_loaded()  # as every process does that ingests
        made = list(find_files([folder / "made"]))
        print(f"\n{len(made):,} files of the demonstration's kinds")
        compare(made, job)
        compare_row_by_row(made, job)
        show_memory(database_url, folder / "made")
        compare_rescan(folder / "linked", made, job)
        if options.real.is_dir():
            for number in range(COPIES):
                shutil.copytree(options.real, folder / "real" / str(number))
            real = list(find_files([folder / "real"]))
            print(f"\n{len(real):,} files: the real ones of many facilities, {COPIES} copies each")
            compare(real, replace(job, proposal="REAL1"))


if __name__ == "__main__":
    main()
