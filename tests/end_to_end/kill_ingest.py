"""Kills workers, the watcher and the broker while files are ingested: every file, exactly once.

Run as `python -m tests.end_to_end.kill_ingest --files 5000 --kills 10 [--seed 1]`. It writes small
NeXus files of several kinds, some of them broken; starts a RabbitMQ node of its own, two workers
and the watcher on a scratch database; sends SIGKILL so many times at random moments and starts
again what it killed; and compares the catalogue with the folder. Exits with 1 and a list where
something is missing, doubled or left over. Nothing of the machine's own RabbitMQ is touched.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# Sets Django up, so it comes before everything that needs models.
from tests.benchmarks.scratch import scratch_database  # isort: skip

from django.db.models import Count

from catalogue.models import Datafile, Dataset, DatasetParameter, Sample, SampleParameter
from ingest.models import DeadLetter, Inbox, IngestRun, PendingFile
from tests.broker import MISSING, Broker, server
from tests.factories import make_facility, make_policy
from tests.nexus_files import write_nexus

ROOT = Path(__file__).resolve().parents[2]
DEADLINE_S = 1800
# All files have been there for two hours: none of them looks as if it were still being written.
AGE_S = 7200


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file: how it is written, and the outcome with its code."""

    write: Callable[[Path, int], object]
    outcome: str = "stored"
    code: str = ""


def sas(path: Path, number: int) -> object:
    return write_nexus(path, entry_identifier=str(number))


def powder(path: Path, number: int) -> object:
    proposal = f"cd{number % 40}-1"
    return write_nexus(path, definition="NXmonopd", experiment_identifier=proposal)


def tomography(path: Path, number: int) -> object:
    sample = {"entry/sample/name": f"rock {number % 12}", "entry/sample/temperature": 295.0}
    return write_nexus(path, sample, definition="NXtomo", title=f"Scan {number}")


def nameless(path: Path, number: int) -> object:
    return write_nexus(
        path, {"entry/user": None, "entry/user/name": None, "entry/user@NX_class": None}
    )


def bare(path: Path, number: int) -> object:
    return write_nexus(path, definition=None, end_time=None, title=None)


def text(path: Path, number: int) -> object:
    return path.write_text(f"no HDF5, number {number}")


def cut_short(path: Path, number: int) -> object:
    write_nexus(path)
    return os.truncate(path, path.stat().st_size // 2)


def without_proposal(path: Path, number: int) -> object:
    return write_nexus(path, experiment_identifier=None)


SOUND = (Kind(sas), Kind(powder), Kind(tomography), Kind(nameless), Kind(bare))
BROKEN = (
    Kind(text, "quarantined", "not_hdf5"),
    Kind(cut_short, "quarantined", "truncated"),
    Kind(without_proposal, "quarantined", "no_proposal"),
)


def write_files(folder: Path, number: int) -> dict[str, Kind]:
    """Writes the files, one in twenty broken, and returns their paths with their kinds."""
    written, then = {}, time.time() - AGE_S
    for index in range(number):
        kinds = BROKEN if index % 20 == 19 else SOUND
        kind = kinds[(index // 20 if kinds is BROKEN else index) % len(kinds)]
        path = folder / f"{index // 500:03}" / f"run{index:06}.nxs"
        path.parent.mkdir(exist_ok=True)
        kind.write(path, index)
        os.utime(path, (then, then))
        written[str(path)] = kind
    return written


class Part:
    """A process group that can be killed and started again."""

    def __init__(self, name: str, *command: str, environment: dict[str, str], log: Path) -> None:
        self.name, self._command, self._environment = name, command, environment
        self._log = log
        self.start()

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "manage.py", *self._command],
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self) -> None:
        """Ends parent and children alike, at once."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


@contextmanager
def running(url: str, broker: Broker, folder: Path) -> Iterator[list[Part]]:
    """Yields two workers and the watcher, which are running."""
    environment = {
        **os.environ,
        "CATALOGUE_DATABASE_URL": url,
        "CATALOGUE_BROKER_URL": broker.url,
        "CATALOGUE_LOG_LEVEL": "INFO",
    }
    worker = ("ingest_worker", "--facility", "kill", "--concurrency", "1")
    parts = [
        Part(f"worker {number}", *worker, environment=environment, log=folder / f"worker{number}")
        for number in (1, 2)
    ]
    watch = ("ingest_watch", "--interval", "2")
    parts.append(Part("watcher", *watch, environment=environment, log=folder / "watcher"))
    try:
        yield parts
    finally:
        for part in parts:
            part.kill()


def kill_now_and_then(parts: list[Part], broker: Broker, *, files: int, kills: int) -> None:
    """Kills something each time another share of the files is done, after a random while."""
    targets: list[Part | Broker] = [parts[0], broker, parts[1], parts[2]]
    for number in range(1, kills + 1):
        wait_for(lambda n=number: IngestRun.objects.count() >= files * n // (kills + 2))  # type: ignore[misc]
        time.sleep(random.uniform(0, 1.5))
        target = targets[number % 2 if number <= 2 else random.randrange(len(targets))]
        target.kill()
        name = target.name if isinstance(target, Part) else "broker"
        print(
            f"  kill {number}: {name} with {IngestRun.objects.count()} of {files} done", flush=True
        )
        time.sleep(random.uniform(0, 1.5))
        target.start()


def wait_for(is_so: Callable[[], bool]) -> None:
    """Waits until something is so.

    Raises:
        SystemExit: it is not within half an hour.
    """
    deadline = time.monotonic() + DEADLINE_S
    while not is_so():
        if time.monotonic() > deadline:
            raise SystemExit(
                f"not done: {IngestRun.objects.count()} runs, {PendingFile.objects.count()} pending"
            )
        time.sleep(0.1)


def is_done(files: int) -> bool:
    return IngestRun.objects.count() >= files and not PendingFile.objects.exists()


def find_faults(written: dict[str, Kind]) -> list[str]:
    """Returns how the catalogue differs from the folder: nothing, if every file is there once."""
    sound = {path for path, kind in written.items() if kind.outcome == "stored"}
    files = Counter(Datafile.objects.values_list("path", flat=True))
    runs = {run.path: (run.outcome, run.code) for run in IngestRun.objects.all()}
    expected = {path: (kind.outcome, kind.code) for path, kind in written.items()}
    wrong = [path for path in written if runs.get(path) != expected[path]]
    of_dataset = Dataset.objects.annotate(number=Count("files"))
    parameters = dict(
        Datafile.objects.annotate(n=Count("dataset__parameters")).values_list("path", "n")
    )
    per_kind: dict[Kind, set[int]] = {}
    for path, number in parameters.items():
        per_kind.setdefault(written[path], set()).add(number)
    return [
        *(f"no data file: {path}" for path in sorted(sound - files.keys())[:5]),
        *(f"data file of none: {path}" for path in sorted(files.keys() - sound)[:5]),
        *(f"{count} data files: {path}" for path, count in files.items() if count > 1),
        *(f"{dataset}: {dataset.number} files" for dataset in of_dataset.exclude(number=1)[:5]),
        *(f"{path}: {runs.get(path)}, not {expected[path]}" for path in wrong[:5]),
        *(f"run of no file: {path}" for path in sorted(runs.keys() - written.keys())[:5]),
        *(
            f"parameters differ: {kind}: {found}"
            for kind, found in per_kind.items()
            if len(found) > 1
        ),
        *doubled(DatasetParameter, "dataset", "type", "source"),
        *doubled(SampleParameter, "sample", "type", "source"),
        *doubled(Sample, "investigation", "name"),
        *(f"still pending: {row}" for row in PendingFile.objects.all()[:5]),
        *(f"dead letter: {letter}: {letter.reason}" for letter in DeadLetter.objects.all()[:5]),
    ]


def doubled(table: type, *keys: str) -> list[str]:
    rows = table.objects.values(*keys).annotate(number=Count("pk")).filter(number__gt=1)  # type: ignore[attr-defined]
    return [f"{table.__name__} twice: {row}" for row in rows[:5]]


def report(files: int, seconds: float) -> None:
    outcomes = Counter(IngestRun.objects.values_list("outcome", flat=True))
    again = IngestRun.objects.filter(attempts__gt=1).count()
    print(
        f"{files} files in {seconds:.0f} s: {dict(outcomes)}, {again} of them read more than once"
    )
    print(
        f"{IngestRun.objects.count()} runs, {Datafile.objects.count()} data files, "
        f"{Dataset.objects.count()} datasets, {DatasetParameter.objects.count()} parameters, "
        f"{DeadLetter.objects.count()} dead letters"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=5000)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=None, help="of the random moments")
    parser.add_argument("--keep-logs", action="store_true", help="print what the parts logged")
    options = parser.parse_args()
    if server() is None:
        raise SystemExit(MISSING)
    random.seed(options.seed)
    with tempfile.TemporaryDirectory(prefix="kill-ingest-") as name:
        folder, broker = Path(name), Broker()
        (folder / "inbox").mkdir()
        written = write_files(folder / "inbox", options.files)
        try:
            broker.start()
            with scratch_database(f"kill_ingest_{os.getpid()}") as url:
                faults = ingest(written, url, broker, folder, kills=options.kills)
        finally:
            broker.remove()
            if options.keep_logs:
                for log in ("worker1", "worker2", "watcher"):
                    print((folder / log).read_text("utf-8", "replace"))
    print("\n".join(faults) or "Every file is in the catalogue exactly once.")
    sys.exit(1 if faults else 0)


def ingest(
    written: dict[str, Kind], url: str, broker: Broker, folder: Path, *, kills: int
) -> list[str]:
    facility = make_facility(slug="kill")
    facility.default_embargo_policy = make_policy(facility=facility)
    facility.save()
    Inbox.objects.create(facility=facility, folder=str(folder / "inbox"))
    began = time.monotonic()
    with running(url, broker, folder) as parts:
        kill_now_and_then(parts, broker, files=len(written), kills=kills)
        wait_for(lambda: is_done(len(written)))
    report(len(written), time.monotonic() - began)
    return find_faults(written)


if __name__ == "__main__":
    main()
