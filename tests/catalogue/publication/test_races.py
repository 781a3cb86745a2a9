"""Workflows that meet: none blocks another, and one that fails leaves the others whole."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import pytest
from django.db import connection, transaction

from catalogue.models import DataPublication, DoiUpdate, Investigation
from catalogue.policy.embargo import ReleaseState
from catalogue.publication import upkeep
from catalogue.publication.publish import Act, publish_investigation, withdraw
from catalogue.publication.registrar import LocalRegistrar
from catalogue.publication.schedule import refresh
from catalogue.publication.sweeps import release_due
from catalogue.publication.transition import release
from tests.factories import make_dataset, make_embargoed_investigation, make_member

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 3, 1, tzinfo=UTC)
ROUNDS = 8


def ready_to_release() -> Investigation:
    """Returns an investigation with all that a DOI needs, whose release is due."""
    investigation = make_embargoed_investigation()
    make_member(investigation)
    make_dataset(investigation=investigation, file_count=1)
    with transaction.atomic():
        refresh([investigation.pk], now=NOW)
    Investigation.objects.filter(pk=investigation.pk).update(release_date=NOW.date())
    return investigation


def published() -> DataPublication:
    return publish_investigation(
        ready_to_release().pk, act=Act(now=NOW), registrar=LocalRegistrar()
    )


def at_once(*works: Callable[[], object]) -> list[BaseException]:
    """Runs works in threads that start together, and returns what they raised."""
    ready, raised = threading.Barrier(len(works)), []

    def run(work: Callable[[], object]) -> None:
        try:
            ready.wait()
            work()
        except BaseException as error:
            raised.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def test_release_and_withdraw_do_not_block_each_other() -> None:
    for _ in range(ROUNDS):
        publication = published()
        raised = at_once(
            partial(release, publication.investigation_id, act=Act(now=NOW)),
            partial(withdraw, publication.pk, act=Act(now=NOW, reason="Wrong.")),
        )
        publication.investigation.refresh_from_db()
        assert raised == []
        assert publication.investigation.release_state == ReleaseState.WITHDRAWN


def test_several_who_publish_at_once_get_one_doi() -> None:
    investigation = ready_to_release()

    def work() -> None:
        publish_investigation(investigation.pk, act=Act(now=NOW), registrar=LocalRegistrar())

    assert at_once(work, work, work) == []
    assert DataPublication.objects.count() == 1


def test_two_releases_at_once_are_one() -> None:
    investigation = published().investigation
    done: list[bool] = []

    def work() -> None:
        done.append(release(investigation.pk, act=Act(now=NOW)))

    assert at_once(work, work) == []
    assert sorted(done) == [False, True]


def test_a_broker_that_is_away_does_not_stop_a_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        published()

    class Away:
        def delay(self, _publication_id: int) -> None:
            raise ConnectionError("the broker is away")

    monkeypatch.setattr(upkeep, "register_doi", Away())
    assert release_due(now=NOW).released == 3
    assert DoiUpdate.objects.count() == 3
