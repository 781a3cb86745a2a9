"""`manage.py ingest` and the admin's retry, as a data manager uses them."""

import errno
import json
import os
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from lxml import html

from catalogue.models import Dataset
from ingest.models import IngestRun
from tests.factories import make_facility, make_policy, make_user
from tests.nexus_files import write_nexus

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def facility() -> Any:
    facility = make_facility(slug="isis")
    facility.default_embargo_policy = make_policy(facility=facility)
    facility.save()
    return facility


def ingest(*arguments: object) -> str:
    out = StringIO()
    call_command("ingest", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_the_summary_counts_outcomes_and_groups_reasons(tmp_path: Path) -> None:
    write_nexus(tmp_path / "good.nxs")
    for name in ("a.nxs", "b.nxs"):
        (tmp_path / name).write_text("no HDF5")
    told = ingest(tmp_path)
    assert "      1 stored\n" in told
    assert "      2 quarantined\n" in told
    assert "      2 × not_hdf5, e.g. a.nxs: " in told
    assert "      1 unchanged" in ingest(tmp_path / "good.nxs")


def test_json_is_one_object_a_file(tmp_path: Path) -> None:
    path = write_nexus(tmp_path / "good.nxs")
    (line,) = ingest(path, "--json").splitlines()
    told = json.loads(line)
    assert (told["path"], told["outcome"]) == (str(path), "stored")
    assert told["dataset"] == str(Dataset.objects.get().uid)
    assert json.loads(ingest(path, "--json")) == {"path": str(path), "outcome": "unchanged"}


def test_an_unknown_facility_says_which_are_known(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"'ill' is not in the catalogue; known: isis\."):
        ingest(tmp_path, "--facility", "ill")


def test_several_facilities_have_to_be_told_apart(tmp_path: Path) -> None:
    make_facility(slug="ill")
    with pytest.raises(CommandError, match="--facility"):
        ingest(tmp_path)


def test_a_missing_path_is_an_error() -> None:
    with pytest.raises(CommandError, match="no such file or folder"):
        ingest("/nowhere/at/all")


def test_a_folder_that_may_not_be_listed_is_told_of_after_the_rest_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_nexus(tmp_path / "good.nxs")
    (tmp_path / "shut").mkdir()
    listed = os.scandir

    def scandir(path: Any) -> Any:
        if str(path).endswith("shut"):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)
    out, err = StringIO(), StringIO()
    with pytest.raises(CommandError, match="1 of the folders and files"):
        call_command("ingest", str(tmp_path), stdout=out, stderr=err)
    assert "      1 stored\n" in out.getvalue()
    assert f"{tmp_path}/shut: passed over (Permission denied); let " in err.getvalue()


def test_a_path_that_may_not_be_looked_at_is_a_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_dir(path: Path) -> bool:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "is_dir", is_dir)
    with pytest.raises(CommandError, match="Permission denied; let the account"):
        ingest(tmp_path)


def test_add_facility_makes_one_that_can_ingest(tmp_path: Path) -> None:
    call_command("add_facility", "ess", "European Source", stdout=StringIO())
    ingest(write_nexus(tmp_path / "run.nxs"), "--facility", "ess")
    investigation = Dataset.objects.get().investigation
    assert investigation.proposal.facility.slug == "ess"
    assert investigation.release_date is not None


def test_add_facility_refuses_a_wrong_time_zone() -> None:
    with pytest.raises(CommandError, match="not a time zone"):
        call_command("add_facility", "ess", "European Source", "--time-zone", "Mars/Olympus")


@pytest.fixture
def manager(client: Client) -> Client:
    client.force_login(make_user(is_staff=True, is_superuser=True))
    return client


def test_the_admin_opens_on_what_is_not_stored(tmp_path: Path, manager: Client) -> None:
    write_nexus(tmp_path / "good.nxs")
    write_nexus(tmp_path / "bad.nxs", experiment_identifier=None)
    ingest(tmp_path)
    page = manager.get(reverse("admin:ingest_ingestrun_changelist")).content.decode()
    assert "bad.nxs" in page
    assert "names no proposal" in page
    assert "good.nxs" not in page


def test_a_quarantined_file_is_retried_under_the_proposal_entered(
    tmp_path: Path, manager: Client
) -> None:
    ingest(write_nexus(tmp_path / "bad.nxs", experiment_identifier=None))
    run = IngestRun.objects.get()
    address = reverse("admin:ingest_ingestrun_change", args=[run.pk])
    assert manager.post(address, {"proposal_code": "RB2310045"}).status_code == 302
    manager.post(
        reverse("admin:ingest_ingestrun_changelist"),
        {"action": "retry", "_selected_action": [run.pk]},
    )
    run.refresh_from_db()
    assert (run.outcome, run.reason, run.attempts) == ("stored", "", 2)
    assert Dataset.objects.get().investigation.proposal.code == "RB2310045"


def bad_files(folder: Path, count: int) -> list[IngestRun]:
    for number in range(count):
        write_nexus(folder / f"bad{number}.nxs", experiment_identifier=None)
    ingest(folder)
    return list(IngestRun.objects.order_by("path"))


def test_many_files_are_retried_under_one_proposal(tmp_path: Path, manager: Client) -> None:
    runs = bad_files(tmp_path, 3)
    chosen = [run.pk for run in runs[:2]]
    manager.post(
        reverse("admin:ingest_ingestrun_changelist"),
        {"action": "retry", "proposal": " RB2310045 ", "_selected_action": chosen},
    )
    found = IngestRun.objects.order_by("path").values_list("outcome", "proposal_code")
    assert list(found) == [*[("stored", "RB2310045")] * 2, ("quarantined", "")]
    assert LogEntry.objects.filter(change_message__contains="RB2310045").count() == 2


def test_a_proposal_that_cannot_be_one_changes_nothing(tmp_path: Path, manager: Client) -> None:
    (run,) = bad_files(tmp_path, 1)
    reply = manager.post(
        reverse("admin:ingest_ingestrun_changelist"),
        {"action": "retry", "proposal": "x" * 61, "_selected_action": [run.pk]},
        follow=True,
    )
    run.refresh_from_db()
    assert (run.proposal_code, run.attempts) == ("", 1)
    assert "up to 60 printable characters" in reply.content.decode()


def test_the_quarantine_begins_with_its_reasons(tmp_path: Path, manager: Client) -> None:
    bad_files(tmp_path, 3)
    (tmp_path / "text.nxs").write_text("no HDF5")
    ingest(tmp_path)
    page = manager.get(reverse("admin:ingest_ingestrun_changelist"))
    rows = html.fromstring(page.content.decode()).xpath('//details[@id="reasons"]//li')
    told = [(row.findtext("b"), row.findtext("a")) for row in rows]
    assert told == [("3", "No proposal"), ("1", "Not hdf5")]
    (link,) = rows[1].xpath(".//a/@href")
    chosen = manager.get(reverse("admin:ingest_ingestrun_changelist") + link)
    assert [run.code for run in chosen.context["cl"].result_list] == ["not_hdf5"]


def test_retrying_a_file_that_is_gone_says_so(tmp_path: Path, manager: Client) -> None:
    path = write_nexus(tmp_path / "bad.nxs", experiment_identifier=None)
    ingest(path)
    path.unlink()
    run = IngestRun.objects.get()
    manager.post(
        reverse("admin:ingest_ingestrun_changelist"),
        {"action": "retry", "_selected_action": [run.pk]},
    )
    run.refresh_from_db()
    assert run.outcome == "quarantined"
    assert run.code == "not_found"
