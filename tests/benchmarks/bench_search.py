"""How fast the search API answers beside its own SQL run bare: p50, p95, queries, a ratio.

Run as `python -m tests.benchmarks.bench_search [--datasets 10000] [--rounds 30]`. It fills a
scratch database (ten parameters and three files a dataset, one in ten under embargo) and
removes it. Each request goes through the whole application, without a socket; the bare time is
that of the statements that the request sent, sent again by themselves.

The reference implementation, on 10,000 datasets in its in-memory store and on two cores that it
shared with its client, needed 239 ms for the list, 280 ms by pid, 499 ms for a count with ilike,
307 ms for ilike, 953 ms for ilike with 3 includes, 4.9 s for a technique, 11.5 s for a parameter
range (autocannon, median); it has no subtree of techniques, no units and no ranking.
"""

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

# Sets Django up, so it comes before everything that needs models.
from tests.benchmarks.scratch import scratch_database  # isort: skip

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalogue.models import Investigation, Sample
from catalogue.policy.embargo import ReleaseState
from tests.factories import make_facility, make_instrument, make_policy, make_proposal

DATABASE = "bench_search"
PER_INVESTIGATION = 100
Json = dict[str, Any]
OPEN: Json = {
    "release_state": ReleaseState.OPEN,
    "release_date": date(2022, 5, 1),
    "released_at": datetime(2022, 5, 1, tzinfo=UTC),
}
CLOSED: Json = {"release_state": ReleaseState.UNDER_EMBARGO, "release_date": date(2999, 1, 1)}

FILL = (
    """
    INSERT INTO catalogue_dataset (uid, pid, investigation_id, instrument_id, sample_id, name,
        title,
        kind, description, definition, run_number, program, start, default_plot, sources,
        named_visit, file_count, size_bytes, created_at, modified_at)
    SELECT gen_random_uuid(), '', i.id, i.instrument_id, s.id, 'run-' || n,
        (ARRAY['Copper powder', 'Lipid bilayer', 'Fossil bone scan', 'Silica glass', 'Lysozyme',
            'Perovskite film', 'Zeolite', 'Steel weld'])[1 + n %% 8] || ' run ' || n,
        'raw', '', '', '', '', '2019-05-01'::timestamptz + n * interval '7 minutes', '', '{}', '',
        3, n * 1000, now(), now()
    FROM generate_series(1, %(datasets)s) n
    JOIN (SELECT *, row_number() OVER (ORDER BY id) AS place FROM catalogue_investigation) i
        ON i.place = 1 + n / %(size)s %% %(investigations)s
    JOIN catalogue_sample s ON s.investigation_id = i.id
    """,
    """
    INSERT INTO catalogue_dataset_techniques (dataset_id, technique_id)
    SELECT d.id, t.id FROM catalogue_dataset d JOIN catalogue_technique t
        ON t.code = (ARRAY['PaNET01188', 'PaNET01189', 'PaNET01207', 'PaNET01101', 'PaNET01196',
            'PaNET01182', 'PaNET01239', 'PaNET01212'])[1 + d.id %% 8]
    """,
    """
    INSERT INTO catalogue_parametertype (name, label, si_unit)
    SELECT 'parameter_' || n, 'parameter', 'meter' FROM generate_series(1, 8) n
    UNION ALL VALUES ('sample_temperature', 'Temperature', 'kelvin'),
        ('sample_chemical_formula', 'Formula', '')
    """,
    """
    INSERT INTO catalogue_datasetparameter (dataset_id, type_id, number, si_value, unit, text,
        source)
    SELECT d.id, t.id, CASE WHEN t.si_unit <> '' THEN (d.id * 7919 %% 100000) / 100.0 END,
        CASE WHEN t.si_unit <> '' THEN (d.id * 7919 %% 100000) / 100.0 END,
        CASE t.si_unit WHEN 'kelvin' THEN 'K' WHEN 'meter' THEN 'm' ELSE '' END,
        CASE WHEN t.si_unit = '' THEN 'CuO' ELSE '' END, ''
    FROM catalogue_dataset d CROSS JOIN catalogue_parametertype t
    """,
    """
    INSERT INTO catalogue_datafile (dataset_id, path, public_path, name, size_bytes, modified,
        sha256)
    SELECT d.id, '/data/' || d.id || '/' || n || '.nxs', '', 'run-' || d.id || '-' || n || '.nxs',
        1000, now(), '' FROM catalogue_dataset d CROSS JOIN generate_series(1, 3) n
    """,
)
_COLD = [{"name": "sample_temperature"}, {"value": {"between": [-273, -272]}}, {"unit": "celsius"}]
_RANGE = {"relation": "parameters", "scope": {"where": {"and": _COLD}}}
_SAS = {"relation": "techniques", "scope": {"where": {"name": "small angle scattering"}}}
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
    "query, rare": ("Datasets", {"query": "run 4711", "limit": 50}),
    "query, misspelled": ("Datasets", {"query": "perovskyte", "limit": 50}),
    "count": ("Datasets/count", {"where": {"title": {"ilike": "%run 5%"}}}),
    "page 20": ("Datasets", {"limit": 50, "skip": 950}),
    "facets": ("facets", {"where": {"title": {"ilike": "%run 77%"}}}),
}


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds of a request and of its SQL alone, and how many statements that was."""

    p50: float
    p95: float
    bare: float
    queries: int


def fill(datasets: int) -> None:
    facility = make_facility()
    instruments = [make_instrument(facility=facility) for _ in range(10)]
    proposal = make_proposal(embargo_policy=make_policy(facility=facility))
    investigations = Investigation.objects.bulk_create(
        Investigation(
            proposal=proposal,
            visit_number=number,
            instrument=instruments[number % 10],
            title=f"Experiment {number}",
            **(CLOSED if number % 10 == 0 else OPEN),
        )
        for number in range(max(datasets // PER_INVESTIGATION, 1))
    )
    Sample.objects.bulk_create(
        Sample(investigation=row, name=f"sample of {row.title}", formula="CuO")
        for row in investigations
    )
    values = {
        "datasets": datasets,
        "investigations": len(investigations),
        "size": PER_INVESTIGATION,
    }
    with connection.cursor() as cursor:
        for statement in FILL:
            cursor.execute(statement, values)
        cursor.execute("VACUUM ANALYZE")


def measure(client: Client, path: str, asked: Json, rounds: int) -> Timing:
    query = {"filter": json.dumps(asked)}
    with CaptureQueriesContext(connection) as captured:
        response = client.get(f"/panosc-api/{path}", query)
    assert response.status_code == 200, response.content
    statements = [one["sql"] for one in captured.captured_queries]
    request = timed(lambda: client.get(f"/panosc-api/{path}", query), rounds)
    bare = timed(lambda: run_all(statements), rounds)
    middle, late = rounds // 2, int(rounds * 0.95)
    return Timing(request[middle], request[late], bare[middle], len(statements))


def run_all(statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement.replace("%", "%%"), ())
            if cursor.description:
                cursor.fetchall()


def timed(act: Callable[[], object], rounds: int) -> list[float]:
    """Returns the milliseconds of each round, sorted."""
    found = []
    for _ in range(rounds):
        start = time.perf_counter()
        act()
        found.append((time.perf_counter() - start) * 1000)
    return sorted(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--datasets", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=30)
    options = parser.parse_args()
    with scratch_database(DATABASE):
        start = time.perf_counter()
        fill(options.datasets)
        print(f"{options.datasets:,} datasets, made in {time.perf_counter() - start:.0f} s\n")
        client = Client(headers={"host": "127.0.0.1"})
        pid = client.get("/panosc-api/Datasets?filter[skip]=500&filter[limit]=1").json()[0]["pid"]
        print(f"{'case':24} {'p50 ms':>8} {'p95 ms':>8} {'SQL ms':>8} {'ratio':>6} {'queries':>8}")
        for name, (path, asked) in CASES.items():
            found = measure(client, path.format(pid=pid), asked, options.rounds)
            print(
                f"{name:24} {found.p50:8.1f} {found.p95:8.1f} {found.bare:8.1f}"
                f" {found.p50 / found.bare:6.2f} {found.queries:8}"
            )


if __name__ == "__main__":
    main()
