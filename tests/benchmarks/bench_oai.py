"""How fast OAI-PMH is harvested: our provider beside pyoai and beside two lower bounds.

Run as `python -m tests.benchmarks.bench_oai [--records 50000 1000000] [--page-size 100]
[--pyoai PYTHON]`. It fills a scratch database of its own and removes it; one gunicorn worker serves
it over loopback, and a bare HTTP loop on one connection harvests it. The lower bound is the keyset
SELECT of the same finished XML, sent by the same gunicorn to the same loop (`bare_server`); how
long the SELECT takes alone, in process, is shown too. The provider and its bound are harvested in
turn, so that what else the machine does falls on both. pyoai is measured where PYTHON names an
interpreter that has `oaipmh` 4.0.0 and gunicorn. Each figure is the best of the runs.
"""

import argparse
import os
import sys
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

# Sets Django up, so it comes before everything that needs models.
from tests.benchmarks.scratch import scratch_database  # isort: skip

from tests.benchmarks.oai_harvest import Harvest, bare, harvest, in_turn, last_to_first, median
from tests.benchmarks.oai_records import ONE_SET, SMALL_SET, fill, fill_pyoai
from tests.benchmarks.oai_server import Server, served

DATABASE = "bench_oai"
# Of more records only what is compared with fewer is measured.
MANY = 100_000


def show(name: str, found: Harvest) -> None:
    print(
        f"{name:36}{found.records:10,} records {found.rate:9,.0f} /s {found.cpu_ms_per_1000:7.1f}"
        f" ms processor/1,000 {found.size_bytes / found.records / 1e3:5.1f} kB each, page "
        f"{1000 * median(found.pages_s):6.2f} ms",
        flush=True,
    )


def measure(number: int, page_size: int, runs: int, pyoai: str) -> Harvest:
    """Measures a filled database; returns the harvest without a set."""
    environment = {"CATALOGUE_OAI_PAGE_SIZE": str(page_size)}
    bare_environment = environment | {"PYTHONPATH": str(Path(__file__).parent)}
    with (
        served(sys.executable, "catalogue.wsgi", environment) as ours,
        served(sys.executable, "bare_server", bare_environment) as floor,
    ):
        plain = beside_floor(ours, floor, "oai_dc", page_size, runs)
        if number <= MANY:
            beside_floor(ours, floor, "oai_datacite", page_size, runs)
        for spec in (ONE_SET, SMALL_SET):
            found, of_set = in_turn(
                runs,
                partial(harvest, ours, "ListRecords", "metadataPrefix=oai_dc"),
                partial(harvest, ours, "ListRecords", f"metadataPrefix=oai_dc&set={spec}"),
            )
            show(f"oai_dc, set={spec}", of_set)
            print(
                f"  {found.rate / of_set.rate:.2f} times the time without a set; "
                f"last page/first {last_to_first(ours, of_set.queries):.2f}"
            )
        if number <= MANY:
            headers = harvest(ours, "ListIdentifiers", "metadataPrefix=oai_dc")
            show("oai_dc, ListIdentifiers", headers)
    if pyoai and number <= MANY:
        beside_pyoai(plain, number, page_size, pyoai)
    return plain


def beside_floor(ours: Server, floor: Server, prefix: str, page_size: int, runs: int) -> Harvest:
    """Harvests a format from the provider and from its lower bound, in turn."""
    asked = f"metadataPrefix={prefix}"
    found, bound, alone = in_turn(
        runs,
        partial(harvest, ours, "ListRecords", asked),
        partial(harvest, floor, "ListRecords", asked),
        partial(bare, prefix, page_size),
    )
    show(f"{prefix}, the SELECT alone", alone)
    show(f"{prefix}, the SELECT over HTTP", bound)
    show(f"{prefix}, ListRecords", found)
    print(
        f"  {found.rate / bound.rate:.2f} of the lower bound's records/s, "
        f"{bound.cpu_ms_per_1000 / found.cpu_ms_per_1000:.2f} by the server's processor time; "
        f"{found.rate / alone.rate:.2f} of the SELECT alone; "
        f"last page/first {last_to_first(ours, found.queries):.2f}"
    )
    return found


def beside_pyoai(ours: Harvest, number: int, page_size: int, python: str) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "pyoai.sqlite"
        fill_pyoai(path, number)
        environment = {
            "PYOAI_DATABASE": str(path),
            "PYOAI_PAGE_SIZE": str(page_size),
            "PYTHONPATH": str(Path(__file__).parent),
        }
        with served(python, "pyoai_server", environment) as server:
            theirs = harvest(server, "ListRecords", "metadataPrefix=oai_dc")
    show("oai_dc, pyoai over SQLite", theirs)
    print(
        f"  ours: {ours.rate / theirs.rate:.1f} times the records/s, "
        f"1/{theirs.cpu_s / theirs.records / (ours.cpu_s / ours.records):.1f} of the processor"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, nargs="+", default=[50_000, 1_000_000])
    parser.add_argument("--page-size", type=int, default=100)
    parser.add_argument("--runs", type=int, default=2, help="of each, in turn")
    parser.add_argument("--pyoai", default=os.environ.get("BENCH_PYOAI", ""))
    options = parser.parse_args()
    found = []
    for number in options.records:
        with scratch_database(DATABASE) as url:
            os.environ["CATALOGUE_DATABASE_URL"] = url
            print(f"--- {number:,} records", flush=True)
            fill(number)
            found.append(measure(number, options.page_size, options.runs, options.pyoai))
    if len(found) > 1:
        print(f"{found[0].rate / found[-1].rate:.2f} times the time of the fewest, at the most")


if __name__ == "__main__":
    main()
