"""Harvests our own provider, or pyoai, while the harvester is killed, and counts afterwards.

Run as `python -m tests.end_to_end.kill_harvest [--records 50000] [--kills 5] [--pyoai PYTHON]`. The
provider is one live gunicorn worker; the harvester is `manage.py harvest`, killed by SIGKILL after
a random time and started again, and each start has to go on where the one before was killed.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

# Sets Django up, so it comes before everything that needs models.
from tests.benchmarks.scratch import scratch_database  # isort: skip

from django.db import connection

from catalogue.models import HarvestedRecord, OaiItem
from harvest.models import HarvestSource
from tests.benchmarks.oai_records import fill, fill_pyoai
from tests.benchmarks.oai_server import served

DATABASE = "kill_harvest"
NAME = "Killed"
# The benchmark's copies of a record repeat its identifier; here each has to be one of its own.
OWN_IDENTIFIERS = """
    UPDATE catalogue_oairecord AS record
    SET xml = regexp_replace(
        xml, '<identifier>[^<]*</identifier>', '<identifier>' || item.identifier || '</identifier>'
    )
    FROM catalogue_oaiitem AS item WHERE item.id = record.item_id
"""


@contextmanager
def provider(number: int, pyoai: str) -> Iterator[tuple[int, set[str]]]:
    """Yields the port of a filled provider and the identifiers it has."""
    with ExitStack() as stack:
        fill(number)
        with connection.cursor() as cursor:
            cursor.execute(OWN_IDENTIFIERS)
        if not pyoai:
            own = served(sys.executable, "catalogue.wsgi", {})
            yield (
                stack.enter_context(own).port,
                set(OaiItem.objects.values_list("identifier", flat=True)),
            )
            return
        path = Path(stack.enter_context(TemporaryDirectory())) / "pyoai.sqlite"
        fill_pyoai(path, number)
        folder = str(Path(__file__).parents[1] / "benchmarks")
        environment = {"PYOAI_DATABASE": str(path), "PYTHONPATH": folder}
        theirs = stack.enter_context(served(pyoai, "pyoai_server", environment))
        yield theirs.port, {f"oai:catalogue.example.org:{place}" for place in range(number)}


def harvest(kill_after_s: float | None) -> tuple[int, float, int]:
    """Runs the command, or kills it; returns exit code, seconds, and its largest memory in MB."""
    began = time.monotonic()
    process = subprocess.Popen([sys.executable, "manage.py", "harvest", NAME])
    if kill_after_s is not None:
        time.sleep(kill_after_s)
        # Not `process.kill`, which would reap it if it has ended.
        os.kill(process.pid, signal.SIGKILL)
    _, status, used = os.wait4(process.pid, 0)
    return os.waitstatus_to_exitcode(status), time.monotonic() - began, used.ru_maxrss // 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=50_000)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--longest-s", type=float, default=12, help="before a kill")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pyoai", default="", help="an interpreter that has oaipmh 4.0.0")
    options = parser.parse_args()
    chance = random.Random(options.seed)
    os.environ["CATALOGUE_PRIVATE_HOSTS"] = "127.0.0.1"
    with scratch_database(DATABASE) as url:
        os.environ["CATALOGUE_DATABASE_URL"] = url
        with provider(options.records, options.pyoai) as (port, expected):
            source = HarvestSource.objects.create(
                name=NAME,
                base_url=f"http://127.0.0.1:{port}/oai",
                metadata_prefix="oai_dc" if options.pyoai else "oai_datacite",
            )
            for kill in range(1, options.kills + 1):
                harvest(chance.uniform(2, options.longest_s))
                print(f"kill {kill}: {HarvestedRecord.objects.count():,} stored", flush=True)
            code, seconds, megabytes = harvest(None)
        found = set(HarvestedRecord.objects.values_list("identifier", flat=True))
        runs = list(source.runs.order_by("pk").values_list("state", "is_resumed", "listed"))
        listed = sum(row[2] for row in runs)
        print(f"runs (state, resumed, listed): {runs}")
        print(f"last run: exit {code}, {seconds:.1f} s, {megabytes} MB at most")
        print(
            f"{len(expected):,} expected, {len(found):,} stored, {listed:,} listed; "
            f"lost {len(expected - found):,}, unknown {len(found - expected):,}"
        )
        sys.exit(code or found != expected)


if __name__ == "__main__":
    main()
