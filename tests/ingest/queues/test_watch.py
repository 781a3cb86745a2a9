"""Following an inbox in process: new, changed, unfinished and unnameable files."""

import os
import time
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalogue.models import Datafile, Dataset, Facility
from ingest.models import Inbox, IngestRun, PendingFile
from ingest.queues.claims import delay
from ingest.queues.watch import follow
from tests.factories import make_facility, make_policy
from tests.ingest.rules.made import make_path_rule
from tests.nexus_files import write_nexus

pytestmark = pytest.mark.django_db

LONG_AGO_S = time.time() - 7200


@pytest.fixture
def inbox(facility: Facility, tmp_path: Path) -> Inbox:
    (tmp_path / "inbox").mkdir()
    return Inbox.objects.create(facility=facility, folder=str(tmp_path / "inbox"))


def put(inbox: Inbox, name: str, **fields: object) -> Path:
    """Writes a file that has been there for a while."""
    return rest(write_nexus(Path(inbox.folder, name), **fields))


def rest(path: Path) -> Path:
    os.utime(path, (LONG_AGO_S, LONG_AGO_S))
    return path


def put_unfinished(inbox: Inbox, *, age_s: float = 60) -> Path:
    """Cuts a file short, as it is while it is being copied."""
    path = write_nexus(Path(inbox.folder, "half.nxs"))
    os.truncate(path, path.stat().st_size // 2)
    os.utime(path, (time.time() - age_s,) * 2)
    return path


def test_new_files_are_ingested_once(inbox: Inbox) -> None:
    put(inbox, "a.nxs")
    put(inbox, "b.nxs")
    first, second = follow(), follow()
    assert (first.seen, first.sent, second.seen, second.sent) == (2, 2, 2, 0)
    assert set(IngestRun.objects.values_list("outcome", "attempts")) == {("stored", 1)}
    assert Dataset.objects.count() == 2
    assert not PendingFile.objects.exists()


def test_a_changed_file_updates_its_dataset(inbox: Inbox) -> None:
    put(inbox, "a.nxs")
    follow()
    path = write_nexus(Path(inbox.folder, "a.nxs"), title="Ice")
    os.utime(path, (LONG_AGO_S + 60,) * 2)
    assert follow().sent == 1
    assert Dataset.objects.get().title == "Ice"


def test_a_file_that_changed_just_now_is_left_alone(inbox: Inbox) -> None:
    path = write_nexus(Path(inbox.folder, "a.nxs"))
    assert follow().sent == 0
    rest(path)
    assert follow().sent == 1


def test_a_file_from_the_future_is_not_waited_for(inbox: Inbox) -> None:
    path = write_nexus(Path(inbox.folder, "a.nxs"))
    os.utime(path, (time.time() + 86400,) * 2)
    assert follow().sent == 1


def test_the_proposal_of_the_inbox_holds_for_its_files(inbox: Inbox) -> None:
    Inbox.objects.update(proposal_code="RB1234567")
    put(inbox, "a.nxs", experiment_identifier=None)
    follow()
    assert Dataset.objects.get().investigation.proposal.code == "RB1234567"


def test_a_proposal_entered_for_a_refused_file_is_kept(inbox: Inbox) -> None:
    put(inbox, "a.nxs", experiment_identifier=None)
    follow()
    IngestRun.objects.update(proposal_code="RB1234567")
    assert follow().sent == 0
    assert IngestRun.objects.get().proposal_code == "RB1234567"


def test_another_job_for_the_inbox_has_its_refused_files_read_again(inbox: Inbox) -> None:
    put(inbox, "a.nxs", experiment_identifier=None)
    follow()
    inbox.proposal_code = "RB1234567"
    inbox.save()
    assert follow().sent == 1
    assert IngestRun.objects.get().outcome == "stored"
    assert follow().sent == 0


def test_an_unfinished_file_waits_longer_each_time(inbox: Inbox) -> None:
    path = put_unfinished(inbox)
    waits = []
    for _ in range(3):
        follow()
        assert follow().due == 0, "it is not read before its time"
        pending = PendingFile.objects.get(path=path)
        waits.append(round((pending.due_at - timezone.now()) / timedelta(minutes=1)))  # type: ignore[operator]
        PendingFile.objects.update(due_at=timezone.now())
    assert waits == [1, 2, 4]
    assert IngestRun.objects.get().attempts == 3


def test_an_unfinished_file_is_stored_when_it_is_whole(inbox: Inbox) -> None:
    put_unfinished(inbox)
    follow()
    assert IngestRun.objects.get().outcome == "deferred"
    put(inbox, "half.nxs")
    PendingFile.objects.update(due_at=timezone.now())
    assert follow().due == 1
    assert IngestRun.objects.get().outcome == "stored"
    assert not PendingFile.objects.exists()


def test_a_file_that_stays_unfinished_is_quarantined(inbox: Inbox) -> None:
    put_unfinished(inbox, age_s=3700)
    follow()
    assert IngestRun.objects.get().outcome == "quarantined"
    assert not PendingFile.objects.exists()
    assert follow().sent == 0


@pytest.mark.parametrize(
    ("times", "minutes"), [(1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (1000, 60)]
)
def test_delays_grow_to_an_hour(times: int, minutes: int) -> None:
    assert delay(times) == timedelta(minutes=minutes)


def test_a_name_that_no_message_can_carry_is_quarantined_once(inbox: Inbox) -> None:
    path = os.fsencode(inbox.folder) + b"/caf\xe9.nxs"
    os.close(os.open(path, os.O_CREAT))
    put(inbox, "good.nxs")
    assert follow().sent == 1
    run = IngestRun.objects.get(code="bad_file_name")
    follow()
    run.refresh_from_db()
    assert run.attempts == 1


def test_a_folder_that_is_gone_is_noted_and_stops_no_other(inbox: Inbox) -> None:
    Inbox.objects.create(facility=inbox.facility, folder="/nowhere/at/all")
    put(inbox, "a.nxs")
    found = follow()
    assert found.sent == 1
    assert "no such file or folder" in Inbox.objects.get(folder="/nowhere/at/all").error
    assert len(found.errors) == 1


def test_a_rule_that_cannot_be_used_is_noted_and_stops_no_other(
    inbox: Inbox, tmp_path: Path
) -> None:
    """It was stored around the admin; a file that is refused unread is the first to meet it."""
    make_path_rule(inbox.facility, "(")
    os.close(os.open(os.fsencode(inbox.folder) + b"/caf\xe9.nxs", os.O_CREAT))
    other = make_facility(slug="ill")
    other.default_embargo_policy = make_policy(facility=other)
    other.save()
    (tmp_path / "other").mkdir()
    there = Inbox.objects.create(facility=other, folder=str(tmp_path / "other"))
    put(there, "a.nxs")
    assert len(follow().errors) == 1
    inbox.refresh_from_db()
    assert "Correct it in the admin" in inbox.error
    assert Datafile.objects.get().path == f"{there.folder}/a.nxs"


def test_an_inbox_that_is_not_active_is_not_looked_at(inbox: Inbox) -> None:
    Inbox.objects.update(is_active=False)
    put(inbox, "a.nxs")
    assert follow().seen == 0


def test_a_look_is_noted_on_the_inbox(inbox: Inbox) -> None:
    put(inbox, "a.nxs")
    follow()
    inbox.refresh_from_db()
    assert (inbox.files_seen, inbox.files_sent, inbox.error) == (1, 1, "")
    assert inbox.looked_at is not None


def test_a_rescan_asks_the_same_of_the_database_however_many_files(inbox: Inbox) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as found:
            follow()
        return len(found)

    put(inbox, "a.nxs")
    follow()
    one = queries()
    for number in range(5):
        put(inbox, f"more{number}.nxs")
    follow()
    assert queries() == one


def test_vanished_files_are_marked(inbox: Inbox) -> None:
    path = put(inbox, "a.nxs")
    put(inbox, "b.nxs")
    follow()
    path.unlink()
    follow()
    marked = Datafile.objects.exclude(vanished_at=None)
    assert [row.path for row in marked] == [str(path)]


def test_a_folder_that_became_a_link_leads_nowhere(inbox: Inbox, tmp_path: Path) -> None:
    """The file waits for its next try, and what stands behind the link meanwhile is not read."""
    (Path(inbox.folder) / "day").mkdir()
    put_unfinished(inbox).rename(Path(inbox.folder, "day", "a.nxs"))
    follow()
    assert PendingFile.objects.get().deferrals == 1
    (tmp_path / "outside").mkdir()
    rest(write_nexus(tmp_path / "outside" / "a.nxs"))
    Path(inbox.folder, "day").rename(tmp_path / "away")
    Path(inbox.folder, "day").symlink_to(tmp_path / "outside")
    PendingFile.objects.update(due_at=timezone.now())
    assert follow().due == 1
    assert IngestRun.objects.get().code == "symbolic_link"
    assert not Dataset.objects.exists()


def test_an_inbox_may_be_named_by_a_link(inbox: Inbox, tmp_path: Path) -> None:
    path = put(inbox, "a.nxs")
    (tmp_path / "linked").symlink_to(inbox.folder)
    Inbox.objects.update(folder=str(tmp_path / "linked"))
    follow()
    assert Datafile.objects.get().path == str(path)
    path.unlink()
    follow()
    assert Datafile.objects.get().vanished_at is not None


def test_the_command_looks_once_and_tells(inbox: Inbox) -> None:
    put(inbox, "a.nxs")
    out = StringIO()
    call_command("ingest_watch", "--once", "--facility", "isis", stdout=out)
    assert "      1 new or changed, sent" in out.getvalue()


def test_the_command_ends_with_what_was_wrong(inbox: Inbox) -> None:
    Path(inbox.folder).rmdir()
    with pytest.raises(CommandError, match="no such file or folder"):
        call_command("ingest_watch", "--once", stdout=StringIO())


def test_an_unknown_facility_is_a_clear_error() -> None:
    with pytest.raises(CommandError, match="'ill' is not in the catalogue"):
        call_command("ingest_watch", "--once", "--facility", "ill")
