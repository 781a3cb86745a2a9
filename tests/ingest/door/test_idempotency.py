"""The Idempotency-Key: once done, twice answered."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from catalogue.models import Dataset
from ingest.door import answer
from ingest.door.errors import DoorError
from ingest.door.idempotency import Answer, Claim, claim, parse_key
from ingest.door.tokens import make
from ingest.models import IngestRun
from ingest.models.door import BeamlineToken, IdempotentRequest
from tests.ingest.door.asking import FILES, Door, only, problem
from tests.nexus_files import write_nexus

KEY = '"8e03978e-40d5-43dd-bc93-6894a57f9324"'


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ("", ""),
        ('"a b"', "a b"),
        (r'"a\"b\\"', r"a\b".replace("\\b", '"b\\')),
        ("8e03978e-40d5", "8e03978e-40d5"),
        (' "a" ', "a"),
        ('"' + "x" * 255 + '"', "x" * 255),
    ],
)
def test_a_key_is_a_string_in_quotes_or_bare(header: str, key: str) -> None:
    assert parse_key(header) == key


@pytest.mark.parametrize(
    "header",
    [
        '"',
        '""',
        '"a',
        'a"',
        '"a","b"',
        "a,b",
        "a;b",
        r'"a\b"',
        '"ü"',
        '"' + "x" * 256 + '"',
        "x" * 256,
    ],
)
def test_a_malformed_key_is_told(header: str) -> None:
    with pytest.raises(DoorError) as refused:
        parse_key(header)
    assert refused.value.code == "bad_idempotency_key"


@pytest.mark.django_db
class TestOneAfterTheOther:
    def test_the_same_request_gets_the_same_answer(self, tmp_path: Path, door: Door) -> None:
        path = write_nexus(tmp_path / "run.nxs")
        first = door.path(path, Idempotency_Key=KEY)
        second = door.path(path, Idempotency_Key=KEY.strip('"'))
        assert (first.status_code, only(first)["outcome"]) == (201, "stored")
        assert (second.status_code, second.content) == (201, first.content)
        assert second.headers["Location"] == first.headers["Location"]
        assert IngestRun.objects.get().attempts == 1

    def test_the_same_upload_gets_the_same_answer(
        self, tmp_path: Path, door: Door, spool: Path
    ) -> None:
        content = write_nexus(tmp_path / "run.nxs").read_bytes()
        first = door.upload(content, key=KEY)
        second = door.upload(content, key=KEY)
        assert (second.status_code, second.content) == (201, first.content)
        assert len([path for path in spool.rglob("*") if path.is_file()]) == 1

    def test_another_request_may_not_use_the_key(self, tmp_path: Path, door: Door) -> None:
        path = write_nexus(tmp_path / "run.nxs")
        door.path(path, Idempotency_Key=KEY)
        other = write_nexus(tmp_path / "other.nxs")
        for response in (
            door.path(other, Idempotency_Key=KEY),
            door.path(path, Idempotency_Key=KEY, proposal="RB1"),
            door.post({"paths": [str(path)]}, Idempotency_Key=KEY),
            door.upload(other.read_bytes(), key=KEY),
        ):
            assert problem(response) == (422, "key_of_another_request")
        assert Dataset.objects.count() == 1

    def test_a_key_is_the_tokens_own(
        self, tmp_path: Path, door: Door, token: BeamlineToken
    ) -> None:
        door.path(write_nexus(tmp_path / "run.nxs"), Idempotency_Key=KEY)
        other = BeamlineToken(name="other", instrument=token.instrument, folders=token.folders)
        response = Door(door.client, make(other, actor=None)).path(
            write_nexus(tmp_path / "other.nxs"), Idempotency_Key=KEY
        )
        assert only(response)["outcome"] == "stored"

    def test_a_refused_request_leaves_its_key_free(self, tmp_path: Path, door: Door) -> None:
        path = tmp_path / "run.nxs"
        assert problem(door.path(path, Idempotency_Key=KEY)) == (404, "not_found")
        write_nexus(path)
        assert only(door.path(path, Idempotency_Key=KEY))["outcome"] == "stored"

    def test_what_is_to_be_sent_again_leaves_its_key_free(self, tmp_path: Path, door: Door) -> None:
        path = write_nexus(tmp_path / "run.nxs")
        whole = path.read_bytes()
        path.write_bytes(whole[:-100])
        assert only(door.path(path, Idempotency_Key=KEY))["outcome"] == "deferred"
        path.write_bytes(whole)
        assert only(door.path(path, Idempotency_Key=KEY))["outcome"] == "stored"

    def test_what_was_quarantined_leaves_its_key_free(self, tmp_path: Path, door: Door) -> None:
        path = write_nexus(tmp_path / "run.nxs", experiment_identifier=None)
        assert only(door.path(path, Idempotency_Key=KEY))["outcome"] == "quarantined"
        write_nexus(path)
        assert only(door.path(path, Idempotency_Key=KEY))["outcome"] == "stored"

    def test_a_malformed_key_stores_nothing(self, tmp_path: Path, door: Door) -> None:
        response = door.path(write_nexus(tmp_path / "run.nxs"), Idempotency_Key='"a","b"')
        assert problem(response) == (400, "bad_idempotency_key")
        assert not Dataset.objects.exists()

    def test_a_key_is_kept_for_a_day(self, tmp_path: Path, door: Door) -> None:
        path = write_nexus(tmp_path / "run.nxs")
        door.path(path, Idempotency_Key=KEY)
        IdempotentRequest.objects.update(started_at=timezone.now() - timedelta(hours=25))
        assert only(door.path(path, Idempotency_Key=KEY))["outcome"] == "unchanged"
        assert IdempotentRequest.objects.count() == 1

    def test_a_crash_in_the_middle_frees_the_key_after_a_while(self, token: BeamlineToken) -> None:
        now = timezone.now()
        crashed = claim(token, "k", "f", now=now)
        assert isinstance(crashed, Claim)
        with pytest.raises(DoorError) as refused:
            claim(token, "k", "f", now=now + timedelta(minutes=14))
        assert (refused.value.code, refused.value.retry_after_s) == ("request_under_way", 2)
        later = claim(token, "k", "f", now=now + timedelta(minutes=15))
        assert isinstance(later, Claim)
        # What was thought dead comes back: it has nothing to say any more.
        crashed.settle(Answer(200, {"files": ["of the dead"]}))
        crashed.give_up()
        later.settle(Answer(201, {"files": ["of the living"]}))
        assert claim(token, "k", "f", now=now + timedelta(minutes=16)) == Answer(
            201, {"files": ["of the living"]}
        )


class Slow:
    """Storing that waits until it is let go."""

    def __init__(self) -> None:
        self.begun, self.go = threading.Event(), threading.Event()

    def store(self, *args: Any) -> Answer:
        self.begun.set()
        assert self.go.wait(20)
        return STORE(*args)


STORE = answer.store


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Slow]:
    slow = Slow()
    monkeypatch.setattr(answer, "store", slow.store)
    yield slow
    slow.go.set()


@pytest.mark.django_db(transaction=True)
def test_two_at_once_are_done_once(
    live_server: LiveServer, token: BeamlineToken, tmp_path: Path, slow: Slow
) -> None:
    path = write_nexus(tmp_path / "run.nxs")
    answers: list[httpx.Response] = []

    def ask() -> httpx.Response:
        return httpx.post(
            live_server.url + FILES,
            json={"path": str(path)},
            headers={"Authorization": f"Bearer {token.text}", "Idempotency-Key": KEY},
            timeout=30,
        )

    first = threading.Thread(target=lambda: answers.append(ask()))
    first.start()
    assert slow.begun.wait(20)
    second = ask()
    slow.go.set()
    first.join(30)
    assert (second.status_code, second.json()["code"]) == (409, "request_under_way")
    assert second.headers["Retry-After"] == "2"
    assert second.headers["Content-Type"] == "application/problem+json"
    third = ask()
    assert [each.status_code for each in (*answers, third)] == [201, 201]
    assert third.content == answers[0].content
    assert IngestRun.objects.get().attempts == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_at_the_same_moment_one_is_done(
    live_server: LiveServer, token: BeamlineToken, tmp_path: Path
) -> None:
    path = write_nexus(tmp_path / "run.nxs")
    together = threading.Barrier(6)
    answers: list[httpx.Response] = []

    def ask() -> None:
        together.wait(20)
        answers.append(
            httpx.post(
                live_server.url + FILES,
                json={"path": str(path)},
                headers={"Authorization": f"Bearer {token.text}", "Idempotency-Key": KEY},
                timeout=30,
            )
        )

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert {each.status_code for each in answers} <= {201, 409}
    assert len({each.content for each in answers if each.status_code == 201}) == 1
    assert IngestRun.objects.get().attempts == 1
