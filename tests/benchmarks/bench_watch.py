"""How long the watcher takes to see that nothing is new: seconds and memory for unchanged files.

Run as `python -m tests.benchmarks.bench_watch [--files 100000]`. It writes empty files in folders
of a thousand, tells a scratch database that they are stored, and looks at the inbox; beside it, the
bare walk and stat of the same folders.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# Sets Django up, so it comes before everything that needs models.
from tests.benchmarks.scratch import scratch_database  # isort: skip

from django.db import connection
from django.utils import timezone

from catalogue.models import Datafile
from ingest.models import Inbox, IngestRun
from ingest.queues.watch import follow
from ingest.walk import find_files
from tests.factories import make_dataset

LONG_AGO = (1.7e9, 1.7e9)
ALONE = """
import django, os, re
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "catalogue.settings")
django.setup()
from ingest.queues.watch import follow
follow()
print(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1])
"""


def write_files(folder: Path, number: int) -> None:
    for index in range(number):
        path = folder / f"{index // 1000:04}" / f"run{index:07}.nxs"
        if index % 1000 == 0:
            path.parent.mkdir()
        path.touch()
        os.utime(path, LONG_AGO)


def store(folder: Path) -> None:
    """Writes the rows that an ingest of the files would have left."""
    dataset = make_dataset()
    facility = dataset.investigation.proposal.facility
    stamps, now = list(find_files([folder])), timezone.now()
    files = Datafile.objects.bulk_create(
        [
            Datafile(dataset=dataset, path=stamp.path, name="run", size_bytes=0, modified=now)
            for stamp in stamps
        ],
        batch_size=2000,
    )
    IngestRun.objects.bulk_create(
        [
            IngestRun(
                path=stamp.path,
                facility=facility,
                size_bytes=stamp.size_bytes,
                mtime_ns=stamp.mtime_ns,
                outcome="stored",
                datafile=file,
                finished_at=now,
            )
            for stamp, file in zip(stamps, files, strict=True)
        ],
        batch_size=2000,
    )
    Inbox.objects.create(facility=facility, folder=str(folder))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def compare(folder: Path, url: str) -> None:
    began = time.perf_counter()
    walked = sum(1 for _, _, names in os.walk(folder) for name in names)
    listed_s = time.perf_counter() - began
    began = time.perf_counter()
    found = sum(1 for _ in find_files([folder]))
    stat_s = time.perf_counter() - began
    for _ in range(3):
        began = time.perf_counter()
        look = follow()
        print(f"look at {look.seen:,} files: {time.perf_counter() - began:.2f} s, {look.sent} sent")
    alone = subprocess.run(
        [sys.executable, "-c", ALONE],
        env={**os.environ, "CATALOGUE_DATABASE_URL": url},
        check=True,
        capture_output=True,
        text=True,
    )
    print(f"peak memory of a look in a process of its own: {int(alone.stdout) / 1024:.0f} MB")
    print(f"bare: names {listed_s:.2f} s ({walked:,}), names and stat {stat_s:.2f} s ({found:,})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-watch-") as name:
        write_files(Path(name), options.files)
        with scratch_database("bench_watch") as url:
            store(Path(name))
            compare(Path(name), url)


if __name__ == "__main__":
    main()
