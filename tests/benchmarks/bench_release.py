"""How long it takes to release an investigation of 10,000 datasets, in one transaction.

Run as `python -m tests.benchmarks.bench_release [--datasets 10000]`. Beside it, in the same run,
the least that a catalogue does which flags each dataset: one bare UPDATE of as many rows.
"""

import argparse
import time
from collections.abc import Callable
from datetime import timedelta
from statistics import median

# Sets Django up, so it comes before everything that needs models.
from tests.benchmarks.scratch import scratch_database  # isort: skip

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from catalogue.models import Dataset, Investigation, PublishedRecord, ReleaseEvent, Technique
from catalogue.publication.act import Act
from catalogue.publication.publish import publish_investigation
from catalogue.publication.registrar import LocalRegistrar
from catalogue.publication.schedule import refresh
from catalogue.publication.transition import release
from tests.factories import make_embargoed_investigation, make_member

ROUNDS = 3


def ready(number: int) -> Investigation:
    """Returns a published investigation under embargo whose release is due."""
    now = timezone.now()
    investigation = make_embargoed_investigation()
    make_member(investigation)
    datasets = Dataset.objects.bulk_create(
        [
            Dataset(
                investigation=investigation,
                instrument=investigation.instrument,
                name=f"run-{index}",
                start=now,
                file_count=1,
                size_bytes=1000,
            )
            for index in range(number)
        ],
        batch_size=2000,
    )
    technique = Technique.objects.get(code="PaNET01189")
    through = Dataset.techniques.through
    through.objects.bulk_create(
        [through(dataset=row, technique=technique) for row in datasets], batch_size=2000
    )
    with transaction.atomic():
        refresh([investigation.pk], now=now)
    publish_investigation(investigation.pk, act=Act(now), registrar=LocalRegistrar())
    Investigation.objects.filter(pk=investigation.pk).update(
        release_date=now.date() - timedelta(days=1)
    )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return investigation


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def bare(investigation: Investigation) -> None:
    with transaction.atomic():
        Dataset.objects.filter(investigation=investigation).update(file_count=F("file_count"))


def compare(number: int) -> None:
    released, flagged = [], []
    for _ in range(ROUNDS):
        investigation = ready(number)
        flagged.append(seconds(lambda row=investigation: bare(row)))  # type: ignore[misc]
        act = Act(timezone.now())
        released.append(seconds(lambda pk=investigation.pk, act=act: release(pk, act=act)))  # type: ignore[misc]
        investigation.refresh_from_db()
        assert investigation.release_state == "open"
    assert PublishedRecord.objects.filter(is_open=True).count() == ROUNDS
    assert ReleaseEvent.objects.filter(action="release").count() == ROUNDS
    ours, theirs = median(released), median(flagged)
    print(f"release of {number:,} datasets, ledger and records included: {ours:.3f} s")
    print(f"bare UPDATE of {number:,} dataset rows: {theirs:.3f} s; ratio {ours / theirs:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--datasets", type=int, default=10_000)
    options = parser.parse_args()
    with scratch_database("bench_release"):
        compare(options.datasets)


if __name__ == "__main__":
    main()
