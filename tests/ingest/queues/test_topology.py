"""Sending and working over a real RabbitMQ, with real workers that are really killed."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection
from django.utils import timezone
from kombu import Connection

from catalogue.models import Datafile, Facility
from ingest.models import DeadLetter, Inbox, IngestRun, PendingFile
from ingest.queues.topology import DEAD, QueueState, queue_of
from ingest.storing.store import INGEST_LOCK
from tests.broker import MISSING, Broker, server
from tests.factories import make_facility, make_policy
from tests.nexus_files import write_nexus

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(server() is None, reason=MISSING),
]

ROOT = Path(__file__).resolve().parents[3]
LONG_AGO = (1.7e9, 1.7e9)


@pytest.fixture(scope="module")
def broker() -> Iterator[Broker]:
    node = Broker()
    try:
        node.start()
        yield node
    finally:
        node.remove()


@pytest.fixture
def link(broker: Broker, facility: Facility) -> Iterator[Connection]:
    """Yields a connection to the broker, whose queues are new."""
    with Connection(broker.url) as found:
        for queue in (DEAD, queue_of("isis"), queue_of("ill")):
            bound = queue(found.default_channel)
            bound.declare()
            bound.purge()
        yield found


@pytest.fixture
def inbox(facility: Facility, tmp_path: Path) -> Inbox:
    return make_inbox(facility, tmp_path / "isis")


def make_inbox(facility: Facility, folder: Path) -> Inbox:
    folder.mkdir()
    for name in ("a", "b"):
        os.utime(write_nexus(folder / f"{name}.nxs"), LONG_AGO)
    return Inbox.objects.create(facility=facility, folder=str(folder))


def environment(broker: Broker) -> dict[str, str]:
    """Returns what a process needs to work on the broker and on the database of the tests."""
    values = connection.settings_dict
    login = f"{values['USER']}:{quote(values.get('PASSWORD') or '')}".rstrip(":")
    place = f"{quote(values['HOST'], safe='')}:{values.get('PORT') or 5432}"
    return {
        **os.environ,
        "CATALOGUE_DATABASE_URL": f"postgresql://{login}@{place}/{values['NAME']}",
        "CATALOGUE_BROKER_URL": broker.url,
    }


def watch(broker: Broker) -> str:
    """Looks once at every inbox, and returns what the command told."""
    done = subprocess.run(
        [sys.executable, "manage.py", "ingest_watch", "--once"],
        cwd=ROOT,
        env=environment(broker),
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.stdout + done.stderr


@contextmanager
def worker(broker: Broker, *facilities: str) -> Iterator["subprocess.Popen[bytes]"]:
    """Runs a worker on the queues of some facilities, and kills it at the end."""
    named = [word for slug in facilities for word in ("--facility", slug)]
    process = subprocess.Popen(
        [sys.executable, "manage.py", "ingest_worker", "--concurrency", "1", *named],
        cwd=ROOT,
        env=environment(broker),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_until(is_so: Callable[[], bool], what: str) -> None:
    for _ in range(600):
        if is_so():
            return
        time.sleep(0.1)
    pytest.fail(f"within a minute it was not so: {what}")


def is_done(number: int) -> Callable[[], bool]:
    return lambda: IngestRun.objects.count() == number and not PendingFile.objects.exists()


def state(link: Connection, name: str) -> QueueState:
    found = link.default_channel.queue_declare(name, passive=True)
    return QueueState(found.message_count, found.consumer_count)


def test_each_facility_has_its_queue(
    broker: Broker, link: Connection, inbox: Inbox, tmp_path: Path
) -> None:
    other = make_facility(slug="ill")
    other.default_embargo_policy = make_policy(facility=other)
    other.save()
    make_inbox(other, tmp_path / "ill")
    assert "      4 new or changed, sent" in watch(broker)
    with worker(broker, "isis"):
        wait_until(lambda: Datafile.objects.count() == 2, "the files of isis are stored")
        wait_until(lambda: PendingFile.objects.count() == 2, "those of ill are under way")
    assert state(link, "ingest.ill").waiting == 1
    told = watch(broker)
    assert "      0 new or changed, sent" in told, "what is under way is not sent again"
    assert "1 messages wait in ingest.ill and no worker listens" in told
    with worker(broker):
        wait_until(is_done(4), "a worker of all queues takes the rest")


def test_a_worker_that_is_killed_loses_and_doubles_nothing(
    broker: Broker, link: Connection, inbox: Inbox
) -> None:
    """It is killed while it waits to store: the message was not acknowledged, and comes again."""
    watch(broker)
    with connection.cursor() as cursor:
        key = [INGEST_LOCK, inbox.facility_id]
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", key)
        with worker(broker, "isis"):
            wait_until(_waits_for_the_lock, "the worker is about to store")
            assert not IngestRun.objects.exists()
        cursor.execute("SELECT pg_advisory_unlock(%s, %s)", key)
    wait_until(lambda: state(link, "ingest.isis").waiting == 1, "the message is back")
    assert set(PendingFile.objects.values_list("starts", flat=True)) == {1}
    with worker(broker, "isis"):
        wait_until(is_done(2), "the next worker stores both")
    assert set(IngestRun.objects.values_list("outcome", "attempts")) == {("stored", 1)}
    wait_until(lambda: state(link, "ingest.isis").waiting == 0, "nothing is left")


def _waits_for_the_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = %s"
            " AND NOT granted",
            [INGEST_LOCK],
        )
        return bool(cursor.fetchone()[0])


def test_what_is_no_message_of_ours_becomes_a_dead_letter(
    broker: Broker, link: Connection, facility: Facility
) -> None:
    name = queue_of("isis").name
    ours = {"task": "ingest.tasks.ingest_paths", "lang": "py"}
    with link.Producer() as producer:

        def send(body: str, headers: dict[str, str], content_type: str) -> None:
            producer.publish(
                body,
                routing_key=name,
                headers=headers,
                content_type=content_type,
                content_encoding="utf-8",
                correlation_id=headers.get("id"),
            )

        send("no message at all", {}, "text/plain")
        send("{no json", {}, "application/json")
        send("[[], {}, {}]", {"task": "no.such.task", "id": "m1", "lang": "py"}, "application/json")
        send("[[1], {}, {}]", {**ours, "id": "m2"}, "application/json")
        lost = [[facility.pk, "", "/data/a.nxs"], {}, {}]
        send(json.dumps(lost), {**ours, "id": "m3"}, "application/json")
        good = [[facility.pk, "", []], {}, {}]
        send(json.dumps(good), {**ours, "id": "m4"}, "application/json")
    with worker(broker, "isis"):
        wait_until(lambda: state(link, name) == QueueState(0, 1), "the worker took all")
        time.sleep(2)
    wait_until(lambda: state(link, DEAD.name).waiting >= 4, "they are dead letters")
    number = state(link, DEAD.name).waiting
    watch(broker)
    assert state(link, DEAD.name).waiting == 0
    assert DeadLetter.objects.count() == number
    bodies = set(DeadLetter.objects.values_list("body", flat=True))
    assert {"no message at all", "{no json", "[[], {}, {}]", "[[1], {}, {}]"} <= bodies
    assert set(DeadLetter.objects.values_list("queue", "state")) == {(name, "waiting")}


def test_a_dead_message_of_ours_names_its_files_and_is_kept_once(
    broker: Broker, link: Connection, inbox: Inbox
) -> None:
    watch(broker)
    message = queue_of("isis")(link.default_channel).get(no_ack=False)
    assert message is not None
    message.reject()
    wait_until(lambda: state(link, DEAD.name).waiting == 1, "it is a dead letter")
    again = DEAD(link.default_channel).get(no_ack=False)
    assert again is not None
    with link.Producer() as producer:
        for _ in range(2):
            producer.publish(
                again.body,
                routing_key=DEAD.name,
                headers=again.headers,
                content_type=again.content_type,
                content_encoding=again.content_encoding,
            )
    again.ack()
    watch(broker)
    letter = DeadLetter.objects.get()
    assert letter.paths == [f"{inbox.folder}/a.nxs", f"{inbox.folder}/b.nxs"]
    assert letter.facility == inbox.facility
    assert letter.deaths == 1
    assert letter.reason.startswith("A worker refused it")
    assert set(PendingFile.objects.values_list("due_at", flat=True)) == {None}


def test_a_poisonous_dead_message_stops_no_other_and_no_inbox(
    broker: Broker, link: Connection, inbox: Inbox
) -> None:
    """Whoever may write to the broker may write anything; only what cannot be kept stays there."""
    ours = "ingest.tasks.ingest_paths"
    good = [inbox.facility_id, "", ["/data/a.nxs"]]
    bodies = {
        "refused": good,
        "nul": [inbox.facility_id, "", ["/data/a\0b.nxs"]],
        "surrogate": [inbox.facility_id, "", ["/data/\ud800.nxs"]],
        "proposal": [inbox.facility_id, "\0", ["/data/a.nxs"]],
        "long": [inbox.facility_id, "", ["/data/" + "x" * 9000]],
        "good": good,
    }
    with link.Producer() as producer:
        for name, arguments in bodies.items():
            headers = {"task": ours, "id": name, "x-death": "the 13th"}
            producer.publish(
                json.dumps([arguments, {}, {}]), routing_key=DEAD.name, headers=headers
            )
        headers = {"task": "\0", "id": "a\0b"}
        producer.publish("[" * 100_000, routing_key=DEAD.name, headers=headers)
    with _refusing("message_id <> 'refused'"):
        told = watch(broker)
    assert "the dead message 'refused' cannot be kept" in told
    assert set(DeadLetter.objects.exclude(paths=[]).values_list("message_id")) == {("good",)}
    others = DeadLetter.objects.filter(paths=[]).values_list("message_id", flat=True)
    assert set(others) == {"nul", "surrogate", "proposal", "long", "a\\x00b"}
    inbox.refresh_from_db()
    assert inbox.files_sent == 2
    wait_until(lambda: state(link, DEAD.name).waiting == 1, "it is with the broker still")


@contextmanager
def _refusing(condition: str) -> Iterator[None]:
    """Lets the database refuse the dead letters that do not meet a condition."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE ingest_deadletter ADD CONSTRAINT odd CHECK ({condition})")
        try:
            yield
        finally:
            cursor.execute("ALTER TABLE ingest_deadletter DROP CONSTRAINT odd")


def test_a_message_that_the_broker_lost_is_sent_again(
    broker: Broker, link: Connection, inbox: Inbox
) -> None:
    watch(broker)
    assert queue_of("isis")(link.default_channel).purge() == 1
    assert "      0 sent again" in watch(broker)
    PendingFile.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    assert "      2 sent again" in watch(broker)
    with worker(broker, "isis"):
        wait_until(is_done(2), "both are stored")


def test_a_broker_that_is_away_is_waited_for(
    broker: Broker, link: Connection, inbox: Inbox
) -> None:
    link.release()
    broker.kill()
    with worker(broker, "isis"):
        try:
            told = watch(broker)
        finally:
            broker.start()
        assert "the broker is away" in told
        inbox.refresh_from_db()
        assert "the broker is away" in inbox.error
        assert not IngestRun.objects.exists()
        watch(broker)
        wait_until(is_done(2), "the worker has come back by itself")


def test_a_message_outlives_the_broker(broker: Broker, link: Connection, inbox: Inbox) -> None:
    watch(broker)
    link.release()
    broker.kill()
    broker.start()
    with worker(broker, "isis"):
        wait_until(is_done(2), "the message was kept")
