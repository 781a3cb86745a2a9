"""How fast the OAI-PMH provider is harvested beside the bare database: records/s and a ratio.

Run as `python -m tests.benchmarks.bench_oai [--records 20000] [--page-size 100]`. It fills a
scratch database of its own and removes it; one gunicorn worker serves it over loopback. The bare
SELECT and ListRecords without a set are the best of three runs, the others are one run. All
abstracts are the same, so the packed size is smaller than that of real records.
"""

import argparse
import http.client
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta

# Sets Django up, so it comes before everything that needs models.
from tests.benchmarks.scratch import scratch_database  # isort: skip

from django.db import connection

from catalogue.formats.oai_datacite import oai_datacite_xml
from catalogue.formats.oai_dc import oai_dc_xml
from catalogue.formats.oai_sets import set_specs, with_ancestors
from catalogue.models import DataPublication, PublishedRecord, PublishedRecordSet
from tests.factories import LONG_AGO, LONG_AGO_NOON, make_investigation
from tests.records import make_record_value

DATABASE = "bench_oai"
# So many records share a second, as after a night's releases.
CLUMP = 2000
TOKEN = re.compile(rb"<resumptionToken[^>]*>([^<]+)<")
ABSTRACT = "Small angle scattering of silica particles in solution, measured as they grew. " * 12

BARE_SQL = """
    SELECT id, oai_identifier, datestamp, is_deleted, sets, {column}
    FROM catalogue_publishedrecord WHERE (datestamp, id) > (%s, %s)
    ORDER BY datestamp, id LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Harvest:
    """What one harvest took: `pages_s` holds the seconds of each page."""

    records: int
    size_bytes: int
    pages_s: list[float]

    @property
    def rate(self) -> float:
        return self.records / sum(self.pages_s)


def fill(number: int) -> None:
    """Publishes `number` records with documents of usual length (4 kB of DataCite)."""
    investigation = make_investigation()
    publications = DataPublication.objects.bulk_create(
        [
            DataPublication(
                investigation=investigation,
                kind="selection",
                doi=f"10.5072/bench.{place}",
                title=f"Growth of silica particles, part {place}",
                licence="CC-BY-4.0",
                published_on=LONG_AGO,
                is_test_doi=True,
            )
            for place in range(number)
        ],
        batch_size=1000,
    )
    records = PublishedRecord.objects.bulk_create(
        [published(publication, place) for place, publication in enumerate(publications)],
        batch_size=500,
    )
    PublishedRecordSet.objects.bulk_create(
        [
            PublishedRecordSet(record=record, set_spec=spec, datestamp=record.datestamp)
            for record in records
            for spec in {above for spec in record.sets for above in with_ancestors(spec)}
        ],
        batch_size=5000,
    )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def published(publication: DataPublication, place: int) -> PublishedRecord:
    record = replace(
        make_record_value(abstract=ABSTRACT), doi=publication.doi, title=publication.title
    )
    return PublishedRecord(
        publication=publication,
        oai_identifier=f"oai:catalogue.example.org:{publication.doi}",
        datestamp=LONG_AGO_NOON + timedelta(seconds=place // CLUMP),
        is_open=True,
        sets=list(set_specs(record)),
        title=record.title,
        oai_dc=oai_dc_xml(record),
        oai_datacite=oai_datacite_xml(record),
    )


@contextmanager
def served(database_url: str, page_size: int) -> Iterator[int]:
    """Yields the port of one gunicorn worker on the scratch database."""
    port = free_port()
    environment = {
        **os.environ,
        "CATALOGUE_DATABASE_URL": database_url,
        "CATALOGUE_OAI_PAGE_SIZE": str(page_size),
    }
    command = ["-m", "gunicorn", "--workers", "1", "--log-level", "error"]
    server = subprocess.Popen(
        [sys.executable, *command, "--bind", f"127.0.0.1:{port}", "catalogue.wsgi"],
        env=environment,
    )
    try:
        wait_for(port)
        yield port
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


def get(port: int, query: str, encoding: str = "identity") -> bytes:
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        link.request("GET", f"/oai?{query}", headers={"Accept-Encoding": encoding})
        return link.getresponse().read()
    finally:
        link.close()


def harvest(port: int, verb: str, arguments: str) -> Harvest:
    """Harvests a list to its end with a bare loop: no XML is parsed."""
    mark = b"<record>" if verb == "ListRecords" else b"<header>"
    records, size, pages_s = 0, 0, []
    query = f"verb={verb}&{arguments}"
    while query:
        began = time.perf_counter()
        body = get(port, query)
        pages_s.append(time.perf_counter() - began)
        records, size = records + body.count(mark), size + len(body)
        token = TOKEN.search(body)
        query = f"verb={verb}&resumptionToken={token[1].decode()}" if token else ""
    return Harvest(records, size, pages_s)


def bare(column: str, page_size: int) -> Harvest:
    """Reads the same pages straight from the database: the lower bound of any harvest."""
    records, size, pages_s = 0, 0, []
    place, full = (LONG_AGO_NOON, 0), True
    with connection.cursor() as cursor:
        while full:
            began = time.perf_counter()
            cursor.execute(BARE_SQL.format(column=column), [*place, page_size])
            rows = cursor.fetchall()
            pages_s.append(time.perf_counter() - began)
            records, size = records + len(rows), size + sum(len(row[-1]) for row in rows)
            full = len(rows) == page_size
            place = (rows[-1][2], rows[-1][0]) if rows else place
    return Harvest(records, size, pages_s)


def packed_page(port: int) -> tuple[float, int]:
    """Returns the seconds and bytes of one page of ListRecords under gzip; the best of ten."""
    runs = []
    for _ in range(10):
        began = time.perf_counter()
        body = get(port, "verb=ListRecords&metadataPrefix=oai_datacite", "gzip")
        runs.append((time.perf_counter() - began, len(body)))
    return min(runs)


def show(name: str, found: Harvest) -> None:
    first, last = (
        1000 * sum(part) / len(part) for part in (found.pages_s[:10], found.pages_s[-10:])
    )
    print(
        f"{name:34}{found.records:8,} records {found.rate:10,.0f} /s"
        f"  {found.size_bytes / 1e6:7.1f} MB  page {first:5.1f} ms first 10, {last:5.1f} last 10"
    )


def compare(port: int, page_size: int) -> None:
    for prefix in ("oai_dc", "oai_datacite"):
        floor = max((bare(prefix, page_size) for _ in range(3)), key=lambda run: run.rate)
        asked = f"metadataPrefix={prefix}"
        found = max(
            (harvest(port, "ListRecords", asked) for _ in range(3)), key=lambda run: run.rate
        )
        show(f"{prefix}, bare SELECT", floor)
        show(f"{prefix}, ListRecords", found)
        print(f"{prefix}: {floor.rate / found.rate:.1f} times the bare SELECT")
    of_set = harvest(port, "ListRecords", "metadataPrefix=oai_dc&set=type")
    show("oai_dc, ListRecords of a set", of_set)
    show("oai_dc, ListIdentifiers", harvest(port, "ListIdentifiers", "metadataPrefix=oai_dc"))
    seconds, size = packed_page(port)
    print(f"oai_datacite, one page under gzip: {1000 * seconds:.1f} ms, {size / 1e3:.0f} kB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--page-size", type=int, default=100)
    options = parser.parse_args()
    with scratch_database(DATABASE) as url:
        fill(options.records)
        with served(url, options.page_size) as port:
            compare(port, options.page_size)


if __name__ == "__main__":
    main()
