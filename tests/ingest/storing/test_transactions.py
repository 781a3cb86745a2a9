"""Batches against a database that is busy, and against one another."""

import threading
import time
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import pytest
from django.db import OperationalError, connection, connections

from catalogue.models import Dataset, Facility
from catalogue.publication.schedule import refresh
from ingest.models import IngestRun
from ingest.storing import store
from tests.ingest.runs import Ingest, outcomes
from tests.nexus_files import write_nexus


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Returns the seconds that were waited, without waiting them."""
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    return waited


def fail(monkeypatch: pytest.MonkeyPatch, *, times: int) -> None:
    """Lets the last step of a batch meet a deadlock so many times."""
    left = [OperationalError("deadlock detected")] * times

    def deadlocked(ids: Iterable[int], *, now: datetime) -> None:
        if left:
            raise left.pop()
        refresh(ids, now=now)

    monkeypatch.setattr(store, "refresh", deadlocked)


@pytest.mark.django_db
@pytest.mark.parametrize("times", [1, 3])
def test_a_deadlock_costs_no_file(
    tmp_path: Path,
    ingest: Ingest,
    pauses: list[float],
    monkeypatch: pytest.MonkeyPatch,
    times: int,
) -> None:
    for name in ("a", "b"):
        write_nexus(tmp_path / f"{name}.nxs")
    fail(monkeypatch, times=times)
    assert outcomes(ingest(tmp_path)) == ["stored", "stored"]
    assert pauses == [0.2, 1.0, 3.0][:times]
    assert Dataset.objects.count() == 2


@pytest.mark.django_db
def test_a_database_that_stays_away_blames_no_file(
    tmp_path: Path, ingest: Ingest, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_nexus(tmp_path / "run.nxs")
    fail(monkeypatch, times=4)
    with pytest.raises(OperationalError, match="deadlock detected"):
        ingest(path)
    assert pauses == [0.2, 1.0, 3.0]
    assert not IngestRun.objects.exists()
    assert outcomes(ingest(path)) == ["stored"]


@pytest.mark.django_db(transaction=True)
def test_one_file_in_two_ingests_at_once_is_one_dataset(
    tmp_path: Path, ingest: Ingest, facility: Facility, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other ingest starts when this one has looked up what is known, and has to wait for it."""
    path = write_nexus(tmp_path / "run.nxs")
    seen: list[list[str]] = []
    other = threading.Thread(target=lambda: seen.append(_ingest_elsewhere(ingest, path)))

    def refresh_late(ids: Iterable[int], *, now: datetime) -> None:
        if other.ident is None:
            other.start()
            _wait_for_one_that_waits()
        refresh(ids, now=now)

    monkeypatch.setattr(store, "refresh", refresh_late)
    assert outcomes(ingest(path, again=True)) == ["stored"]
    other.join(30)
    assert seen == [["stored"]]
    assert Dataset.objects.count() == 1
    assert IngestRun.objects.get().attempts == 2


def _ingest_elsewhere(ingest: Ingest, path: Path) -> list[str]:
    try:
        return outcomes(ingest(path, again=True))
    finally:
        connections.close_all()


def _wait_for_one_that_waits() -> None:
    """Returns once another connection waits for the lock under which batches are stored."""
    for _ in range(200):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = %s"
                " AND NOT granted",
                [store.INGEST_LOCK],
            )
            if cursor.fetchone()[0]:
                return
        time.sleep(0.05)
    pytest.fail("the second ingest did not wait for the first")
