"""Workflows that meet: none blocks another, and one that fails leaves the others whole."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from catalogue.models import (
    DataPublication,
    DoiUpdate,
    Investigation,
    ReleaseEvent,
    ReleaseRequest,
)
from catalogue.policy.embargo import ReleaseState
from catalogue.policy.events import Action, ActorRole, Event
from catalogue.publication import upkeep
from catalogue.publication.ledger import faults, strays
from catalogue.publication.publish import Act, publish_investigation, withdraw
from catalogue.publication.registrar import LocalRegistrar
from catalogue.publication.release_links import link_to
from catalogue.publication.schedule import refresh
from catalogue.publication.sweeps import release_due
from catalogue.publication.transition import RefusedError, release, transition
from tests.factories import (
    make_dataset,
    make_embargoed_investigation,
    make_member,
    make_policy,
    make_proposal,
    make_user,
)

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


def asked(action: Action, **policy: Any) -> Investigation:
    """Returns an investigation whose principal investigator has asked for something."""
    proposal = make_proposal(embargo_policy=make_policy(**policy))
    investigation = make_embargoed_investigation(proposal=proposal)
    make_member(investigation)
    event = Event(action, ActorRole.PRINCIPAL_INVESTIGATOR, "Why.", months=6)
    transition(investigation.pk, event, act=Act(now=NOW))
    return investigation


def whole_ledger() -> bool:
    return not list(faults(ReleaseEvent.objects.order_by("number").iterator())) and not list(
        strays()
    )


def test_an_extension_is_approved_or_rejected_and_not_both() -> None:
    for _ in range(ROUNDS):
        investigation = asked(Action.REQUEST_EXTENSION)
        decide = partial(transition, investigation.pk, act=Act(now=NOW, actor=make_user()))
        raised = at_once(
            partial(decide, Event(Action.APPROVE_EXTENSION, ActorRole.DATA_MANAGER)),
            partial(decide, Event(Action.REJECT_EXTENSION, ActorRole.DATA_MANAGER, "No.")),
        )
        assert [type(error) for error in raised] == [RefusedError]
        investigation.refresh_from_db()
        decided = ReleaseRequest.objects.get(investigation=investigation).state
        assert (investigation.extensions, decided) in [(1, "granted"), (0, "rejected")]
    assert whole_ledger()


def test_an_objection_meets_the_release_on_the_last_day_and_one_of_them_wins() -> None:
    for _ in range(ROUNDS):
        investigation = asked(Action.REQUEST_EARLY_RELEASE, objection_days=14)
        last, day_after = NOW + timedelta(days=13), NOW + timedelta(days=14)
        object_ = Event(Action.OBJECT, ActorRole.MEMBER, "Not yet.")
        raised = at_once(
            partial(transition, investigation.pk, object_, act=Act(now=last)),
            partial(release, investigation.pk, act=Act(now=day_after)),
        )
        investigation.refresh_from_db()
        outcome = (investigation.release_state, [type(error) for error in raised])
        assert outcome in [("under_embargo", []), ("open", [RefusedError])]
    assert whole_ledger()


def test_a_link_that_is_followed_twice_at_once_asks_once() -> None:
    for _ in range(ROUNDS):
        policy = make_policy(extension_approver="automatic", max_extensions=3)
        investigation = make_embargoed_investigation(proposal=make_proposal(embargo_policy=policy))
        leader = make_member(investigation).person
        link = link_to(Action.REQUEST_EXTENSION, investigation, person_id=leader.pk)
        ask = partial(Client().post, link.removeprefix("http://127.0.0.1:8000"))
        assert at_once(*[partial(ask, {"months": 12, "reason": "Late."})] * 3) == []
        investigation.refresh_from_db()
        assert (investigation.extensions, investigation.extended_months) == (1, 12)


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
