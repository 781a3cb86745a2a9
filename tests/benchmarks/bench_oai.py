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
import http.client
import json
import os
import re
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

# Sets Django up, so it comes before everything that needs models.
from tests.benchmarks.scratch import scratch_database  # isort: skip

from django.db import connection
from lxml import etree

from catalogue.formats.oai_formats import documents
from catalogue.formats.oai_sets import set_specs
from catalogue.publication.oai_items import Content, write_item
from tests.factories import LONG_AGO_NOON
from tests.records import make_record_value

DATABASE = "bench_oai"
# So many records share a second, as after a night's releases.
CLUMP = 2000
# Really rendered, one by one; the others are copies of these under identifiers of their own.
SAMPLE = 500
# Of more records only what is compared with fewer is measured.
MANY = 100_000
ONE_SET = "aurora"
# A hundredth of the records are in the set of their instrument.
SMALL_SET = "aurora:saxs-1"
TOKEN = re.compile(rb"<resumptionToken[^>]*>([^<]+)<")
ABSTRACT = "Small angle scattering of silica particles in solution, measured as they grew. " * 12

BARE_SQL = """
    SELECT datestamp, item_id, xml FROM catalogue_oairecord
    WHERE prefix = %s AND (datestamp, item_id) > (%s, %s) ORDER BY datestamp, item_id LIMIT %s
"""
# Copies of the sample, in the order of their datestamps.
GROW = [
    """INSERT INTO catalogue_oaiitem (
           id, identifier, datestamp, is_deleted, sets, lost_prefixes, header, harvested_digest
       )
       SELECT {sample} + copy, identifier || '-' || copy, datestamp, false, sets, lost_prefixes,
              header, ''
       FROM generate_series(1, {number}) AS copy
       JOIN catalogue_oaiitem ON id = 1 + copy %% {sample}""",
    """UPDATE catalogue_oaiitem SET datestamp = datestamp + id / {clump} * interval '1 second'""",
    """INSERT INTO catalogue_oairecord (item_id, prefix, datestamp, xml)
       SELECT item.id, prefix, item.datestamp, xml FROM catalogue_oaiitem AS item
       JOIN catalogue_oairecord ON item_id = 1 + (item.id - {sample}) %% {sample}
       WHERE item.id > {sample} AND prefix IN ('oai_dc', 'oai_datacite')
       ORDER BY prefix, item.id""",
    """INSERT INTO catalogue_oaimembership (set_id, item_id, datestamp)
       SELECT named.id, item.id, item.datestamp FROM catalogue_oaiset AS named
       JOIN catalogue_oaiitem AS item ON named.spec = '{all}' OR item.id %% 100 = 0
       WHERE item.id > {sample} AND named.spec IN ('{all}', '{few}') ORDER BY 1, 2""",
    """UPDATE catalogue_oairecord SET datestamp = item.datestamp FROM catalogue_oaiitem AS item
       WHERE item.id = item_id AND item.id <= {sample}""",
    """UPDATE catalogue_oaimembership SET datestamp = item.datestamp FROM catalogue_oaiitem AS item
       WHERE item.id = item_id AND item.id <= {sample}""",
    "VACUUM ANALYZE",
]


@dataclass(frozen=True, slots=True)
class Harvest:
    """What one harvest took: `pages_s` holds the seconds of each page, `cpu_s` the server's own."""

    records: int
    size_bytes: int
    pages_s: list[float]
    cpu_s: float = 0.0

    @property
    def rate(self) -> float:
        return self.records / sum(self.pages_s)

    @property
    def cpu_ms_per_1000(self) -> float:
        return 1e6 * self.cpu_s / self.records

    @property
    def last_to_first(self) -> float:
        """The median of the last tenth of full pages by that of the first."""
        tenth = max(1, len(self.pages_s) // 10)
        return _median(self.pages_s[-tenth - 1 : -1]) / _median(self.pages_s[1 : tenth + 1])


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


def fill(number: int) -> None:
    """Makes `number` items: a sample that is rendered, and copies of it made by the database."""
    for place in range(SAMPLE):
        title = f"Growth of silica particles, part {place}"
        record = replace(
            make_record_value(abstract=ABSTRACT), doi=f"10.5072/bench.{place}", title=title
        )
        content = Content(set_specs(record), documents(record))
        write_item(f"oai:catalogue.example.org:{record.doi}", content, datestamp=LONG_AGO_NOON)
    grow(number - SAMPLE)


def grow(number: int) -> None:
    values = {"number": number, "sample": SAMPLE, "clump": CLUMP, "all": ONE_SET, "few": SMALL_SET}
    with connection.cursor() as cursor:
        for statement in GROW:
            cursor.execute(statement.format(**values).replace("%%", "%"))


@dataclass(frozen=True, slots=True)
class Server:
    """A gunicorn worker that answers: `process` is the worker itself."""

    port: int
    process: int


@contextmanager
def served(python: str, application: str, environment: dict[str, str]) -> Iterator[Server]:
    """Yields one gunicorn worker with the threads that the catalogue is served with."""
    port = free_port()
    command = ["-m", "gunicorn", "--workers", "1", "--threads", "4", "--log-level", "error"]
    server = subprocess.Popen(
        [python, *command, "--bind", f"127.0.0.1:{port}", application],
        env={**os.environ, **environment},
    )
    try:
        wait_for(port)
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
        yield Server(port, int(children[0]))
    finally:
        server.terminate()
        server.wait(timeout=30)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int) -> None:
    """Waits until the server answers.

    Raises:
        TimeoutError: it has not within a minute.
    """
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with suppress(OSError):
            get(port, "verb=Identify")
            return
        time.sleep(0.1)
    raise TimeoutError(f"gunicorn on port {port} did not answer within 60 s")


def get(port: int, query: str) -> bytes:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as link:
        return ask(link, query)


def ask(link: http.client.HTTPConnection, query: str) -> bytes:
    link.request("GET", f"/oai?{query}", headers={"Accept-Encoding": "identity"})
    return link.getresponse().read()


def harvest(server: Server, verb: str, arguments: str) -> Harvest:
    """Harvests a list to its end by a bare loop: no XML is parsed."""
    mark = b"<record>" if verb == "ListRecords" else b"<header>"
    records, size, pages_s, cpu = 0, 0, [], cpu_s(server.process)
    query = f"verb={verb}&{arguments}"
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)) as link:
        while query:
            began = time.perf_counter()
            body = ask(link, query)
            pages_s.append(time.perf_counter() - began)
            records, size = records + body.count(mark), size + len(body)
            token = TOKEN.search(body)
            query = f"verb={verb}&resumptionToken={token[1].decode()}" if token else ""
    return Harvest(records, size, pages_s, cpu_s(server.process) - cpu)


def cpu_s(process: int) -> float:
    """Returns the processor time of a process in seconds, all threads, to the nanosecond.

    `stat` counts in hundredths of a second, which a short harvest takes few of.
    """
    threads = Path(f"/proc/{process}/task").glob("*/schedstat")
    return sum(int(path.read_text().split()[0]) for path in threads) / 1e9


def bare(prefix: str, page_size: int) -> Harvest:
    """Reads the same pages straight from the database, with no server in between."""
    records, size, pages_s = 0, 0, []
    place, full = (LONG_AGO_NOON - timedelta(days=1), 0), True
    with connection.cursor() as cursor:
        while full:
            began = time.perf_counter()
            cursor.execute(BARE_SQL, [prefix, *place, page_size])
            rows = cursor.fetchall()
            pages_s.append(time.perf_counter() - began)
            records, size = records + len(rows), size + sum(len(row[-1]) for row in rows)
            full = len(rows) == page_size
            place = rows[-1][:2] if rows else place
    return Harvest(records, size, pages_s)


def in_turn(runs: int, *measures: Callable[[], Harvest]) -> list[Harvest]:
    """Returns the best run of each measure; they take turns, a run each."""
    found = [[measure() for measure in measures] for _ in range(runs)]
    return [max(column, key=lambda one: one.rate) for column in zip(*found, strict=True)]


def fill_pyoai(path: Path, number: int) -> None:
    """Writes the Dublin Core of the same records into SQLite, for pyoai's adapter."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT xml FROM catalogue_oairecord WHERE prefix = 'oai_dc' LIMIT %s", [SAMPLE]
        )
        sample = [_fields(xml) for (xml,) in cursor.fetchall()]
    rows = sqlite3.connect(path)
    rows.execute(
        "CREATE TABLE record (place INTEGER PRIMARY KEY, identifier, datestamp, sets, fields)"
    )
    rows.executemany(
        "INSERT INTO record VALUES (?, ?, ?, ?, ?)",
        (
            (
                place + 1,
                f"oai:catalogue.example.org:{place}",
                (LONG_AGO_NOON + timedelta(seconds=place // CLUMP))
                .replace(tzinfo=None)
                .isoformat(),
                "openaire_data aurora:saxs-1",
                sample[place % len(sample)],
            )
            for place in range(number)
        ),
    )
    rows.commit()
    rows.close()


def _fields(xml: str) -> str:
    """Returns Dublin Core fields as the JSON that pyoai's adapter turns into its Metadata."""
    fields: dict[str, list[str]] = {}
    for element in etree.fromstring(xml)[1][0]:
        fields.setdefault(etree.QName(element).localname, []).append(element.text or "")
    return json.dumps(fields)


def show(name: str, found: Harvest) -> None:
    print(
        f"{name:36}{found.records:10,} records {found.rate:9,.0f} /s {found.cpu_ms_per_1000:7.1f}"
        f" ms processor/1,000 {found.size_bytes / found.records / 1e3:5.1f} kB each, page "
        f"{1000 * _median(found.pages_s):6.2f} ms, last/first {found.last_to_first:.2f}",
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
            print(f"  {found.rate / of_set.rate:.2f} times the time without a set")
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
        f"{found.rate / alone.rate:.2f} of the SELECT alone"
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
