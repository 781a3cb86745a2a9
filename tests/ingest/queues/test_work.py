"""What becomes of files whose tries fail: counted, tried alone, given up to a person."""

import os
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from catalogue.models import AuditEvent, Dataset, Facility
from ingest.judge import Job
from ingest.models import DeadLetter, Inbox, IngestRun, PendingFile
from ingest.pipeline import Options, Report, ingest_files
from ingest.queues import admin as queues_admin
from ingest.queues import work as work_module
from ingest.queues.claims import TRIES, claim_new
from ingest.queues.dead_letters import bury_files
from ingest.queues.send import BrokerAwayError
from ingest.queues.watch import follow
from ingest.record import FileStamp
from ingest.tasks import ingest_paths
from tests.factories import make_user
from tests.ingest.runs import Ingest
from tests.nexus_files import write_nexus

pytestmark = pytest.mark.django_db


@pytest.fixture
def paths(tmp_path: Path) -> list[str]:
    """Returns three files that have been there for a while; the second will be the poison."""
    found = [str(write_nexus(tmp_path / f"{name}.nxs")) for name in ("a", "poison", "z")]
    for path in found:
        os.utime(path, (1.7e9, 1.7e9))
    return found


@pytest.fixture
def poisoned(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Lets every try fail that has the poison among its files; returns the tries."""
    tries: list[list[str]] = []

    def fail(stamps: Iterable[FileStamp], job: Job, options: Options) -> Iterator[Report]:
        stamps = list(stamps)
        tries.append([Path(stamp.path).stem for stamp in stamps])
        if "poison" in tries[-1]:
            raise RuntimeError("out of luck")
        return ingest_files(stamps, job, options)

    monkeypatch.setattr(work_module, "ingest_files", fail)
    return tries


def deliver(facility: Facility, paths: list[str], *, times: int = 1) -> None:
    """Hands a message to a worker, as often as the broker does after a failure."""
    claim_new(paths, facility=facility, proposal="", now=timezone.now())
    for _ in range(times):
        ingest_paths.apply(args=(facility.pk, "", paths))


def make_letter(facility: Facility, paths: list[str]) -> DeadLetter:
    claim_new(paths, facility=facility, proposal="", now=timezone.now())
    PendingFile.objects.update(starts=TRIES)
    deliver(facility, paths)
    return DeadLetter.objects.get()


def test_a_message_is_done_when_its_files_are(facility: Facility, paths: list[str]) -> None:
    deliver(facility, paths, times=2)
    assert set(IngestRun.objects.values_list("outcome", "attempts")) == {("stored", 1)}
    assert not PendingFile.objects.exists()


def test_the_file_at_fault_is_found_and_given_up_and_the_others_are_stored(
    facility: Facility, paths: list[str], poisoned: list[list[str]]
) -> None:
    deliver(facility, paths, times=5)
    together, alone = ["a", "poison", "z"], [["a"], ["poison"], ["z"]]
    assert poisoned[:5] == [together, together, *alone]
    assert poisoned.count(["poison"]) == 2
    assert Dataset.objects.count() == 2
    letter = DeadLetter.objects.get()
    assert letter.paths == [paths[1]]
    assert letter.reason == "4 tries have failed. RuntimeError: out of luck"
    assert PendingFile.objects.get().due_at is None


def test_a_failed_file_waits_before_it_is_sent_again(
    facility: Facility, paths: list[str], poisoned: list[list[str]]
) -> None:
    deliver(facility, paths)
    pending = PendingFile.objects.get(path=paths[1])
    assert pending.error == "RuntimeError: out of luck"
    assert pending.due_at is not None
    assert pending.due_at > timezone.now() + timedelta(seconds=50)


def test_a_database_that_is_away_costs_no_file_its_message(
    facility: Facility, paths: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_arguments: object) -> list[Report]:
        raise OperationalError("the database is away")

    monkeypatch.setattr(work_module, "ingest_files", away)
    deliver(facility, paths)
    assert PendingFile.objects.filter(due_at__isnull=False).count() == 3
    assert not DeadLetter.objects.exists()


def test_a_file_that_vanished_on_the_way_is_forgotten(facility: Facility, paths: list[str]) -> None:
    Path(paths[0]).unlink()
    deliver(facility, paths)
    assert IngestRun.objects.count() == 2
    assert not PendingFile.objects.exists()


def test_an_unknown_facility_is_a_dead_letter(paths: list[str]) -> None:
    ingest_paths.apply(args=(4711, "", paths))
    letter = DeadLetter.objects.get()
    assert letter.reason.startswith("No facility has the number 4711")
    assert paths[0] in letter.body


def test_a_lost_message_is_missed_when_its_time_is_over(
    facility: Facility, paths: list[str]
) -> None:
    """Whoever was killed between claim and message, or a broker that lost it: the same row."""
    claim_new(paths, facility=facility, proposal="", now=timezone.now() - timedelta(hours=2))
    assert follow().due == 3
    assert Dataset.objects.count() == 3


def test_files_of_a_dead_letter_are_not_sent(
    facility: Facility, paths: list[str], tmp_path: Path
) -> None:
    make_letter(facility, paths)
    Inbox.objects.create(facility=facility, folder=str(tmp_path))
    found = follow()
    assert (found.sent, found.due) == (0, 0)
    assert not Dataset.objects.exists()


def test_the_same_files_dying_again_are_one_letter(facility: Facility, paths: list[str]) -> None:
    first = make_letter(facility, paths)
    deliver(facility, paths)
    again = DeadLetter.objects.get()
    assert (again.pk, again.deaths) == (first.pk, 2)
    assert again.died_at > again.first_died_at


@pytest.fixture
def manager(client: Client) -> Client:
    client.force_login(make_user(is_staff=True, is_superuser=True))
    return client


def act(manager: Client, action: str, letter: DeadLetter, **values: str) -> str:
    address = reverse("admin:ingest_deadletter_changelist") + "?state=all"
    fields = {"action": action, "_selected_action": str(letter.pk), **values}
    return manager.post(address, fields, follow=True).content.decode()


def test_a_dead_letter_is_replayed_in_the_admin(
    facility: Facility, paths: list[str], manager: Client
) -> None:
    letter = make_letter(facility, paths)
    page = manager.get(reverse("admin:ingest_deadletter_changelist")).content.decode()
    assert "a.nxs<br>" in page
    assert "and 2 more" in page
    assert "1 letter: 3 files sent again" in act(manager, "replay", letter)
    assert Dataset.objects.count() == 3
    assert not PendingFile.objects.exists()
    letter.refresh_from_db()
    assert letter.state == "replayed"
    event = AuditEvent.objects.get(action="dead_letter_replayed")
    assert (event.target_id, event.after["files"]) == (letter.pk, paths)
    assert "has been replayed meanwhile" in act(manager, "replay", letter)


def test_letters_do_not_wait_for_a_broker_one_after_the_other(
    facility: Facility, paths: list[str], manager: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in paths:
        now = timezone.now()
        bury_files([path], "lost", facility=facility, proposal="", now=now, message_id=path)
    letters = DeadLetter.objects.all()
    assert len(letters) == 3
    tried: list[int] = []

    def fail(letter_id: int, **_act: object) -> int:
        tried.append(letter_id)
        raise BrokerAwayError("the broker took nothing")

    monkeypatch.setattr(queues_admin, "replay", fail)
    manager.post(
        reverse("admin:ingest_deadletter_changelist"),
        {"action": "replay", "_selected_action": [letter.pk for letter in letters]},
    )
    assert len(tried) == 1


def test_a_dead_letter_is_given_up_with_a_reason(
    facility: Facility, paths: list[str], manager: Client, tmp_path: Path
) -> None:
    letter = make_letter(facility, paths)
    assert "Give up dead letters" in act(manager, "discard", letter)
    assert "A reason is needed" in act(manager, "discard", letter, reason=" ")
    act(manager, "discard", letter, reason="The detector was off.")
    letter.refresh_from_db()
    assert letter.state == "discarded"
    assert AuditEvent.objects.get(action="dead_letter_discarded").reason == "The detector was off."
    assert set(IngestRun.objects.values_list("outcome", "code")) == {("quarantined", "given_up")}
    assert "The detector was off." in IngestRun.objects.all()[0].reason
    Inbox.objects.create(facility=facility, folder=str(tmp_path))
    assert follow().sent == 0


def test_giving_up_leaves_alone_what_is_stored_or_gone(
    facility: Facility, paths: list[str], manager: Client, ingest: Ingest
) -> None:
    letter = make_letter(facility, paths)
    ingest(Path(paths[0]))
    run = IngestRun.objects.get()
    assert run.outcome == "stored"
    for path in paths[1:]:
        os.remove(path)
    act(manager, "discard", letter, reason="The detector was off.")
    letter.refresh_from_db()
    assert letter.state == "discarded"
    assert IngestRun.objects.get() == run
    run.refresh_from_db()
    assert (run.outcome, run.datafile) == ("stored", Dataset.objects.get().files.get())
    assert not PendingFile.objects.exists()


def test_a_letter_page_shows_its_files(
    facility: Facility, paths: list[str], manager: Client
) -> None:
    letter = make_letter(facility, paths)
    page = manager.get(reverse("admin:ingest_deadletter_change", args=[letter.pk]))
    assert all(path in page.content.decode() for path in paths)


@pytest.mark.parametrize("name", ["deadletter", "pendingfile", "inbox"])
def test_a_list_costs_the_same_however_long(facility: Facility, manager: Client, name: str) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            page = manager.get(reverse(f"admin:ingest_{name}_changelist"))
        assert page.status_code == 200
        return len(found)

    def add(number: int) -> None:
        now, path = timezone.now(), f"/data/{number}"
        bury_files([path], "why", facility=facility, proposal="", now=now)
        Inbox.objects.create(facility=facility, folder=path)

    add(0)
    one = queries()
    for number in range(1, 6):
        add(number)
    assert queries() == one


@pytest.mark.parametrize(
    ("folder", "complaint"),
    [
        ("relative/folder", "is not an absolute path"),
        ("/nowhere/at/all", "no such file or folder"),
        ("{tmp}/a.nxs", "not a folder"),
        ("{tmp}/inside", "hold the same files"),
        ("{tmp}/linked", "hold the same files"),
        ("/", "hold the same files"),
    ],
)
def test_an_inbox_that_cannot_be_followed_is_refused(
    facility: Facility,
    paths: list[str],
    manager: Client,
    tmp_path: Path,
    folder: str,
    complaint: str,
) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "linked").symlink_to("inside")
    (tmp_path / "inbox").mkdir()
    Inbox.objects.create(facility=facility, folder=str(tmp_path))
    page = manager.post(
        reverse("admin:ingest_inbox_add"),
        {"facility": facility.pk, "folder": folder.format(tmp=tmp_path), "is_active": "on"},
    ).content.decode()
    assert complaint in page
    assert Inbox.objects.count() == 1


def test_an_inbox_is_added_in_the_admin(
    facility: Facility, manager: Client, tmp_path: Path
) -> None:
    manager.post(
        reverse("admin:ingest_inbox_add"),
        {"facility": facility.pk, "folder": f"{tmp_path}/", "is_active": "on"},
    )
    assert Inbox.objects.get().folder == str(tmp_path)
