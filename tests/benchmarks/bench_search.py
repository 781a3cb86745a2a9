"""How fast the search API answers beside its own SQL run bare, and how that grows.

Run as `python -m tests.benchmarks.bench_search [--datasets 10000 100000] [--rounds 30]`. For each
size it fills a scratch database (see `search_catalogue`) and removes it. Each request goes through
the whole application, without a socket; the bare time is that of the statements that the request
sent, sent again by themselves. Rounds are interleaved: each asks every case once, and its SQL.

The reference implementation, on 10,000 datasets in its in-memory store and on two cores that it
shared with its client, needed 239 ms for the list, 280 ms by pid, 499 ms for a count with ilike,
307 ms for ilike, 953 ms for ilike with 3 includes, 4.9 s for a technique, 11.5 s for a parameter
range (autocannon, median); it has no subtree of techniques, no units and no ranking.
"""

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

# Sets Django up, so it comes before everything that needs models.
from tests.benchmarks.scratch import scratch_database  # isort: skip

# Leaves the collector of garbage as it is where the site is served.
import catalogue.wsgi  # noqa: F401  # isort: skip

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.benchmarks.search_catalogue import fill

DATABASE = "bench_search"
Json = dict[str, Any]

_COLD = [{"name": "sample_temperature"}, {"value": {"between": [-273, -272]}}, {"unit": "celsius"}]
_RANGE = {"relation": "parameters", "scope": {"where": {"and": _COLD}}}
_SAS = {"relation": "techniques", "scope": {"where": {"name": "small angle scattering"}}}
_IN_RANGE = [{"name": "sample_temperature"}, {"value": {"between": [10, 100]}}, {"unit": "K"}]


def _under_datasets(include: Json) -> Json:
    """Returns the filter of the PaNOSC portal's list (searchui, translate.js)."""
    scope = {"include": [include]}
    return {"include": [{"relation": "datasets", "scope": scope}], "limit": 50}


CASES: dict[str, tuple[str, Json]] = {
    "list": ("Datasets", {"limit": 50}),
    "by pid": ("Datasets/{pid}", {}),
    "where + 3 includes": (
        "Datasets",
        {
            "where": {"title": {"ilike": "%run 77%"}},
            "include": ["instrument", "techniques", "parameters"],
            "limit": 10,
        },
    ),
    "technique subtree": ("Datasets", {"include": [_SAS], "limit": 50}),
    "parameter range, units": ("Datasets", {"include": [_RANGE], "limit": 50}),
    "ilike": ("Datasets", {"where": {"title": {"ilike": "%run 123%"}}, "limit": 50}),
    "query, 1 in 8": ("Datasets", {"query": "lysozyme", "limit": 50}),
    "query, every item": ("Datasets", {"query": "run", "limit": 50}),
    "query, two words": ("Datasets", {"query": "lysozyme run", "limit": 50}),
    "query, rare": ("Datasets", {"query": "run 4711", "limit": 50}),
    "query, misspelled": ("Datasets", {"query": "perovskyte", "limit": 50}),
    "count": ("Datasets/count", {"where": {"title": {"ilike": "%run 5%"}}}),
    "page 20": ("Datasets", {"limit": 50, "skip": 950}),
    "documents, list": ("Documents", {"limit": 50}),
    "documents, query": ("Documents", {"query": "lysozyme", "limit": 50}),
    "portal, technique": ("Documents", {"query": "lipid", **_under_datasets(_SAS)}),
    "portal, parameter": (
        "Documents",
        _under_datasets({"relation": "parameters", "scope": {"where": {"and": _IN_RANGE}}}),
    ),
    "portal, members": (
        "Documents/{doi}",
        {
            "include": [
                {"relation": "members", "scope": {"include": ["person", "affiliation"]}},
                {"relation": "datasets", "scope": {"include": ["techniques", "parameters"]}},
            ],
            "limit": 0,
        },
    ),
    "instruments": ("Instruments", {"limit": 50}),
    "count, technique": ("Datasets/count", {"include": [_SAS]}),
    "facets": ("facets", {"where": {"title": {"ilike": "%run 77%"}}}),
}


@dataclass(slots=True)
class Case:
    """One request; milliseconds of it and of its SQL alone, a number for each round."""

    path: str
    query: dict[str, str]
    statements: list[str]
    whole: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)

    @classmethod
    def of(cls, client: Client, path: str, asked: Json) -> "Case":
        query = {"filter": json.dumps(asked)}
        with CaptureQueriesContext(connection) as captured:
            response = client.get(f"/panosc-api/{path}", query)
        assert response.status_code == 200, response.content
        return cls(path, query, [one["sql"] for one in captured.captured_queries])

    def run(self, client: Client) -> None:
        self.whole.append(_milliseconds(lambda: client.get(f"/panosc-api/{self.path}", self.query)))
        self.bare.append(_milliseconds(self._run_statements))

    def _run_statements(self) -> None:
        with connection.cursor() as cursor:
            for statement in self.statements:
                cursor.execute(statement.replace("%", "%%"), ())
                if cursor.description:
                    cursor.fetchall()


def _milliseconds(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return (time.perf_counter() - start) * 1000


def percentile(times: list[float], share: float) -> float:
    return sorted(times)[min(int(len(times) * share), len(times) - 1)]


def measured(client: Client, rounds: int) -> dict[str, Case]:
    """Returns every case with the times of so many rounds, the first of which warms up."""
    pid, doi = (
        client.get(f"/panosc-api/{plural}?filter[skip]=50&filter[limit]=1").json()[0]["pid"]
        for plural in ("Datasets", "Documents")
    )
    cases = {
        name: Case.of(client, path.format(pid=pid, doi=doi.replace("/", "%2F")), asked)
        for name, (path, asked) in CASES.items()
    }
    for _ in range(rounds):
        for case in cases.values():
            case.run(client)
    return cases


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--datasets", type=int, nargs="+", default=[10_000])
    parser.add_argument("--rounds", type=int, default=30)
    options = parser.parse_args()
    medians: dict[str, list[float]] = defaultdict(list)
    for datasets in options.datasets:
        with scratch_database(DATABASE):
            start = time.perf_counter()
            fill(datasets)
            with connection.cursor() as cursor:
                # The planner has to know what there is.
                cursor.execute("VACUUM ANALYZE")
            print(f"\n{datasets:,} datasets, made in {time.perf_counter() - start:.0f} s\n")
            report(measured(Client(headers={"host": "127.0.0.1"}), options.rounds), medians)


def report(cases: dict[str, Case], medians: dict[str, list[float]]) -> None:
    """Prints a line for each case; `medians` are those of the sizes before, for the growth."""
    print(
        f"{'case':24} {'p50 ms':>8} {'p95 ms':>8} {'SQL ms':>8} {'ratio':>6} {'queries':>8} growth"
    )
    for name, case in cases.items():
        p50, bare = percentile(case.whole, 0.5), percentile(case.bare, 0.5)
        growth = f"{p50 / medians[name][0]:6.2f}" if medians[name] else ""
        medians[name].append(p50)
        print(
            f"{name:24} {p50:8.1f} {percentile(case.whole, 0.95):8.1f} {bare:8.1f}"
            f" {p50 / bare:6.2f} {len(case.statements):8} {growth}"
        )


if __name__ == "__main__":
    main()
