"""Harvests a list by a bare loop, over HTTP or straight from the database, and times it."""

import http.client
import re
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.db import connection

from tests.benchmarks.oai_server import Server, ask
from tests.factories import LONG_AGO_NOON

TOKEN = re.compile(rb"<resumptionToken[^>]*>([^<]+)<")

PAGES_COMPARED = 500

BARE_SQL = """
    SELECT datestamp, item_id, xml FROM catalogue_oairecord
    WHERE prefix = %s AND (datestamp, item_id) > (%s, %s) ORDER BY datestamp, item_id LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Harvest:
    """What one harvest took: `pages_s` holds the seconds of each page, `cpu_s` the server's own.

    queries: what each page was asked for with; none where no server was.
    """

    records: int
    size_bytes: int
    pages_s: list[float]
    cpu_s: float = 0.0
    queries: tuple[str, ...] = ()

    @property
    def rate(self) -> float:
        return self.records / sum(self.pages_s)

    @property
    def cpu_ms_per_1000(self) -> float:
        return 1e6 * self.cpu_s / self.records


def median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


def harvest(server: Server, verb: str, arguments: str) -> Harvest:
    """Harvests a list to its end by a bare loop: no XML is parsed."""
    mark = b"<record>" if verb == "ListRecords" else b"<header>"
    records, size, pages_s, queries, cpu = 0, 0, [], [], cpu_s(server.process)
    query = f"verb={verb}&{arguments}"
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)) as link:
        while query:
            began = time.perf_counter()
            body = ask(link, query)
            pages_s.append(time.perf_counter() - began)
            queries.append(query)
            records, size = records + body.count(mark), size + len(body)
            token = TOKEN.search(body)
            query = f"verb={verb}&resumptionToken={token[1].decode()}" if token else ""
    return Harvest(records, size, pages_s, cpu_s(server.process) - cpu, tuple(queries))


def last_to_first(server: Server, queries: Sequence[str]) -> float:
    """Returns how much longer a list's last full pages take than its first, asked in turn.

    The first of all is left out: it counts the list.
    """
    full = queries[1:-1]
    number = min(PAGES_COMPARED, len(full) // 2)
    first_s: list[float] = []
    last_s: list[float] = []
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)) as link:
        for pair in zip(full[:number], full[-number:], strict=True):
            for query, taken in zip(pair, (first_s, last_s), strict=True):
                began = time.perf_counter()
                ask(link, query)
                taken.append(time.perf_counter() - began)
    return median(last_s) / median(first_s)


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
