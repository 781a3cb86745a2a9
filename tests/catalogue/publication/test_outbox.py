"""The outbox: what was changed is sent until the registrar holds it, and reconciled with it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from catalogue.models import AuditEvent, DataPublication, DoiState, DoiUpdate, RegistrarPace
from catalogue.publication import upkeep
from catalogue.publication.datacite import DataCiteRegistrar, Held
from catalogue.publication.outbox import LEASE, backoff, claim_due, put_in, send_again
from catalogue.publication.pace import WINDOW, SharedPace
from catalogue.publication.reconcile import Report, reconcile
from catalogue.publication.registration import send
from tests.factories import make_facility, make_investigation, make_policy, make_proposal
from tests.factories import make_publication as publication_row
from tests.fakes.datacite import FakeDataCite
from tests.fakes.faults import Fault, Faults

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 1, 1, tzinfo=UTC)
# Nothing waits longer than this, whatever failed before.
DAYS_LATER = NOW + timedelta(days=3)


def published(doi: str = "10.1234/a", **changes: Any) -> DataPublication:
    facility = make_facility(doi_prefix="10.1234")
    proposal = make_proposal(embargo_policy=make_policy(facility=facility))
    publication = publication_row(
        investigation=make_investigation(proposal=proposal),
        doi=doi,
        **{"is_test_doi": False} | changes,
    )
    publication.agents.create(name="Person, Test")
    put_in(publication, now=NOW)
    return publication


def unpause() -> None:
    RegistrarPace.objects.update(paused_until=NOW, requests=0)


def test_what_is_sent_leaves_the_outbox(registrar: DataCiteRegistrar) -> None:
    publication = published()
    assert send(publication.pk, registrar=registrar, now=NOW)
    publication.refresh_from_db()
    assert publication.doi_state == DoiState.FINDABLE
    assert publication.doi_stamp
    assert not DoiUpdate.objects.exists()


def test_sending_again_asks_nothing(datacite: FakeDataCite, registrar: DataCiteRegistrar) -> None:
    publication = published()
    send(publication.pk, registrar=registrar, now=NOW)
    asked = list(datacite.requests)
    assert send(publication.pk, registrar=registrar, now=NOW)
    assert datacite.requests == asked


def test_a_change_that_is_rolled_back_sends_nothing() -> None:
    publication = published()
    DoiUpdate.objects.all().delete()
    with transaction.atomic():
        put_in(publication, now=NOW)
        transaction.set_rollback(True)
    assert not DoiUpdate.objects.exists()


@pytest.mark.parametrize(
    "fault", [Fault(status=503), Fault("lost"), Fault("dropped"), Fault("ignored")]
)
def test_a_failure_is_noted_and_tried_later(
    fault: Fault, datacite: FakeDataCite, registrar: DataCiteRegistrar
) -> None:
    publication = published()
    datacite.faults = Faults(fault)
    assert not send(publication.pk, registrar=registrar, now=NOW)
    row = DoiUpdate.objects.get()
    assert row.error
    assert row.attempts == 1
    assert NOW < row.due_at <= NOW + timedelta(seconds=30)
    assert claim_due(now=NOW) == []
    unpause()
    assert claim_due(now=DAYS_LATER) == [publication.pk]
    assert send(publication.pk, registrar=registrar, now=DAYS_LATER)
    assert datacite.dois["10.1234/a"]["state"] == "findable"
    assert datacite.minted == {"10.1234/a": 1}


def test_days_of_outage_lose_nothing(datacite: FakeDataCite, registrar: DataCiteRegistrar) -> None:
    rows = [published(f"10.1234/{number}") for number in range(2)]
    datacite.faults = Faults(*[Fault(status=502)] * 100)
    now = NOW
    for _ in range(12):
        now += timedelta(hours=6)
        for pk in claim_due(now=now):
            assert not send(pk, registrar=registrar, now=now)
    assert DoiUpdate.objects.filter(is_refused=False).count() == len(rows)
    datacite.faults = Faults()
    for pk in claim_due(now=now + timedelta(hours=7)):
        assert send(pk, registrar=registrar, now=now)
    assert not DoiUpdate.objects.exists()
    assert sorted(datacite.minted) == sorted(row.doi for row in rows)
    assert set(datacite.minted.values()) == {1}


def test_a_refusal_waits_for_a_person(datacite: FakeDataCite, registrar: DataCiteRegistrar) -> None:
    publication = published("10.9999/not-ours")
    assert not send(publication.pk, registrar=registrar, now=NOW)
    row = DoiUpdate.objects.get()
    assert row.is_refused
    assert "403" in row.error
    assert claim_due(now=DAYS_LATER) == []
    send_again([publication.pk], now=NOW)
    assert claim_due(now=NOW) == [publication.pk]


def test_a_change_gives_what_was_refused_another_chance(registrar: DataCiteRegistrar) -> None:
    publication = published("10.9999/not-ours")
    send(publication.pk, registrar=registrar, now=NOW)
    put_in(publication, now=NOW)
    assert claim_due(now=DAYS_LATER) == [publication.pk]


def test_a_test_doi_is_never_sent_to_datacite(
    registrar: DataCiteRegistrar, datacite: FakeDataCite
) -> None:
    publication = published(is_test_doi=True)
    assert not send(publication.pk, registrar=registrar, now=NOW)
    assert "test DOI" in DoiUpdate.objects.get().error
    assert datacite.requests == []


def test_a_change_during_registration_is_sent_too(
    registrar: DataCiteRegistrar, datacite: FakeDataCite, monkeypatch: pytest.MonkeyPatch
) -> None:
    publication = published()
    real = DataCiteRegistrar.register

    def slow(self: DataCiteRegistrar, doi: str, **request: Any) -> Held:
        held = real(self, doi, **request)
        DataPublication.objects.update(withdrawn_at=NOW, withdrawal_reason="Wrong.")
        put_in(publication, now=NOW)
        return held

    with monkeypatch.context() as patch:
        patch.setattr(DataCiteRegistrar, "register", slow)
        assert not send(publication.pk, registrar=registrar, now=NOW)
    assert DoiUpdate.objects.get().error == ""
    assert send(publication.pk, registrar=registrar, now=NOW)
    assert datacite.dois["10.1234/a"]["state"] == "registered"


def test_a_claim_lapses_so_that_a_lost_message_loses_nothing() -> None:
    publication = published()
    later = NOW + LEASE
    assert claim_due(now=NOW) == []
    assert claim_due(now=later) == [publication.pk]
    assert claim_due(now=later) == []
    assert claim_due(now=later + LEASE) == [publication.pk]


def test_the_wait_doubles_with_jitter_to_six_hours() -> None:
    def longest(attempts: int, asked: int | None = None) -> float:
        wait = backoff(attempts, retry_after_s=asked, chance=lambda low, high: high)
        return wait.total_seconds()

    assert [longest(n) for n in (0, 1, 2, 9, 99)] == [30, 60, 120, 15360, 21600]
    assert longest(0, asked=300) == 300
    shortest = backoff(1, retry_after_s=None, chance=lambda low, high: low)
    assert shortest.total_seconds() == 30


def test_all_workers_share_one_window(datacite: FakeDataCite) -> None:
    pace, other = SharedPace(3), SharedPace(3)
    assert [pace.wait_s(), other.wait_s(), pace.wait_s()] == [0, 0, 0]
    assert 0 < other.wait_s() <= WINDOW.total_seconds()
    RegistrarPace.objects.update(window_began_at=NOW)
    assert other.wait_s() == 0


def test_a_pause_stops_every_worker_and_counts_as_no_attempt(
    datacite: FakeDataCite, registrar: DataCiteRegistrar
) -> None:
    first, second = published("10.1234/1"), published("10.1234/2")
    datacite.faults = Faults(Fault(status=429, headers={"Retry-After": "77"}))
    send(first.pk, registrar=registrar, now=NOW)
    asked = list(datacite.requests)
    assert not send(second.pk, registrar=registrar, now=NOW)
    assert datacite.requests == asked
    row = DoiUpdate.objects.get(pk=second.pk)
    assert row.attempts == 0
    assert row.due_at - NOW > timedelta(seconds=60)


def test_a_broker_that_is_away_leaves_the_row(
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    class Away:
        def delay(self, _publication_id: int) -> None:
            raise ConnectionError("the broker is away")

    monkeypatch.setattr(upkeep, "register_doi", Away())
    publication = published()
    with django_capture_on_commit_callbacks(execute=True):
        upkeep.tell_registrar(publication, now=NOW)
    assert claim_due(now=DAYS_LATER) == [publication.pk]


def reconciled(registrar: DataCiteRegistrar) -> Report:
    # Rows are made now, whatever the test calls now.
    return reconcile(registrar=registrar, now=datetime.now(UTC))


@pytest.fixture
def three(datacite: FakeDataCite, registrar: DataCiteRegistrar) -> list[DataPublication]:
    rows = [published(f"10.1234/{name}") for name in ("a", "B", "c")]
    for row in rows:
        assert send(row.pk, registrar=registrar, now=NOW)
    return rows


def test_what_agrees_is_left_alone(
    three: list[DataPublication], registrar: DataCiteRegistrar
) -> None:
    report = reconciled(registrar)
    assert (report.agree, report.sent_again, report.unknown) == (3, [], [])
    assert DataPublication.objects.filter(reconciled_at=None).count() == 0


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"state": "registered"}, "it is registered, not findable"),
        ({"url": "https://old.example.org"}, "it leads to https://old.example.org"),
        (
            {"titles": [{"title": "Somebody else's"}], "updated": "2027"},
            "somebody has changed its titles",
        ),
    ],
)
def test_what_was_changed_at_datacite_is_sent_again(
    three: list[DataPublication],
    registrar: DataCiteRegistrar,
    datacite: FakeDataCite,
    change: dict[str, Any],
    reason: str,
) -> None:
    datacite.dois["10.1234/b"] |= change
    report = reconciled(registrar)
    assert [str(item) for item in report.sent_again] == [f"10.1234/B: {reason}"]
    assert report.agree == 2
    assert AuditEvent.objects.get(action="reconcile DOI").reason == reason
    (pk,) = claim_due(now=datetime.now(UTC) + LEASE)
    assert send(pk, registrar=registrar, now=NOW)
    assert reconciled(registrar).agree == 3


def test_what_datacite_has_lost_is_sent_again(
    three: list[DataPublication], registrar: DataCiteRegistrar, datacite: FakeDataCite
) -> None:
    del datacite.dois["10.1234/c"]
    report = reconciled(registrar)
    assert [str(item) for item in report.sent_again] == [
        "10.1234/c: the registrar does not hold it"
    ]


def test_what_only_datacite_knows_is_reported_and_left_alone(
    registrar: DataCiteRegistrar, datacite: FakeDataCite
) -> None:
    datacite.upsert("10.1234/by-hand", {})
    report = reconciled(registrar)
    assert [str(item) for item in report.unknown] == [
        "10.1234/by-hand: held as draft, and unknown here"
    ]
    assert "10.1234/by-hand" in datacite.dois


def test_a_page_that_fails_takes_nothing_for_missing(
    three: list[DataPublication], registrar: DataCiteRegistrar, datacite: FakeDataCite
) -> None:
    datacite.faults = Faults(Fault(status=500))
    with pytest.raises(Exception, match="500"):
        reconciled(registrar)
    assert not DoiUpdate.objects.exists()
