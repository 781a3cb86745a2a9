"""Validation reports: stored, kept fresh, asked for by command, admin and ingest."""

import os
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from catalogue.models import Datafile, Facility
from ingest.models import IngestRun, ValidationReport
from ingest.validation.reports import not_yet_validated, validate_datafiles
from ingest.validation.tasks import validate_in_background
from tests.factories import make_datafile, make_user
from tests.ingest.runs import NOW, Ingest
from tests.nexus_files import write_nexus

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(tmp_path: Path, ingest: Ingest) -> Datafile:
    (report,) = ingest(write_nexus(tmp_path / "a.nxs", {"entry/tittle": "x"}))
    assert report.run is not None
    assert report.run.datafile is not None
    return report.run.datafile


def validate(*files: Datafile) -> list[ValidationReport]:
    return list(validate_datafiles([file.pk for file in files], now=NOW))


def test_report_holds_state_findings_and_what_was_validated(file: Datafile) -> None:
    assert not ValidationReport.objects.exists()  # not asked
    (report,) = validate(file)
    stored = ValidationReport.objects.get(datafile=file)
    assert (stored.state, stored.definition) == ("has_errors", "NXsas")
    assert stored.errors > 0
    assert {"severity", "code", "message", "path"} == set(stored.findings[0])
    assert (stored.size_bytes, stored.modified) == (file.size_bytes, file.modified)
    assert not stored.is_stale
    assert report.pk == stored.pk


def test_validating_twice_leaves_one_report(file: Datafile) -> None:
    validate(file)
    first = ValidationReport.objects.values().get()
    validate(file)
    assert ValidationReport.objects.values().get() == first


def test_changed_file_is_said_to_have_changed_until_it_is_ingested(
    file: Datafile, tmp_path: Path, ingest: Ingest
) -> None:
    validate(file)
    os.utime(file.path, ns=(1, 1))
    (report,) = validate(file)
    assert (report.state, report.code) == ("could_not_be_validated", "changed")
    ingest(tmp_path / "a.nxs")
    assert ValidationReport.objects.get().is_stale
    assert list(not_yet_validated(Datafile.objects.all())) == [file]
    validate(file)
    assert ValidationReport.objects.get().state == "has_errors"
    assert not not_yet_validated(Datafile.objects.all()).exists()


def test_file_that_is_gone_has_a_report_that_says_so() -> None:
    (report,) = validate(make_datafile(path="/nowhere/a.nxs"))
    assert (report.state, report.code) == ("could_not_be_validated", "not_found")
    assert "was it moved?" in report.reason


def test_a_folder_that_became_a_link_is_not_followed(tmp_path: Path, ingest: Ingest) -> None:
    """The file behind it looks the same by size and date."""
    folder, outside = tmp_path / "day", tmp_path / "outside"
    for each in (folder, outside):
        each.mkdir()
        os.utime(write_nexus(each / "a.nxs"), (1.7e9, 1.7e9))
    ingest(folder)
    folder.rename(tmp_path / "away")
    folder.symlink_to(outside)
    (report,) = validate(Datafile.objects.get())
    assert (report.state, report.code) == ("could_not_be_validated", "symbolic_link")


def test_file_deleted_meanwhile_has_no_report(file: Datafile) -> None:
    reports = validate_datafiles([file.pk, file.pk + 1], now=NOW)
    file_pk = file.pk
    file.dataset.delete()
    assert list(reports) == []
    assert not ValidationReport.objects.filter(datafile=file_pk).exists()


def test_task_passes_over_what_is_up_to_date(file: Datafile) -> None:
    assert validate_in_background.run([file.pk]) == 1
    assert validate_in_background.run([file.pk]) == 0
    assert validate_in_background.run([file.pk], again=True) == 1


def command(**options: Any) -> str:
    out = StringIO()
    call_command("validate_nexus", stdout=out, **options)
    return out.getvalue()


def test_command_counts_the_states(file: Datafile) -> None:
    make_datafile(path="/nowhere/a.nxs")
    lines = [line.strip() for line in command().splitlines()]
    assert lines == [
        "0 valid",
        "0 has warnings",
        "1 has errors",
        "1 could not be validated",
        "1 × not_found",
    ]


def test_command_takes_a_part(file: Datafile, facility: Facility) -> None:
    make_datafile(path="/nowhere/a.nxs")
    command(facility="isis", instrument="loki", dataset=str(file.dataset.uid), limit=1)
    assert [report.datafile for report in ValidationReport.objects.all()] == [file]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"facility": "nowhere"}, "facility 'nowhere' is not in the catalogue; known: isis"),
        ({"instrument": "x"}, "instrument 'x' is not in the catalogue; known: loki"),
        ({"dataset": "x"}, "'x' is no dataset's uid"),
        ({"limit": 0}, "--limit 0 is less than 1"),
    ],
)
def test_command_says_what_it_does_not_know(
    file: Datafile, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(CommandError, match=message):
        command(**options)


def test_ingest_validates_after_the_commit_where_that_is_set(
    tmp_path: Path, ingest: Ingest, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    path = write_nexus(tmp_path / "a.nxs")
    with django_capture_on_commit_callbacks(execute=True):
        ingest(path)
    assert not ValidationReport.objects.exists()
    settings.VALIDATE_NEXUS = True
    with django_capture_on_commit_callbacks(execute=True):
        ingest(path, again=True)
        assert not ValidationReport.objects.exists()
    assert ValidationReport.objects.get().state == "has_errors"


def test_admin_without_a_broker_validates_no_more_than_a_request_lasts(
    file: Datafile, manager: Client
) -> None:
    files = [file, *(make_datafile(path=f"/nowhere/{n}.nxs") for n in range(20))]
    response = manager.post(
        reverse("admin:catalogue_dataset_changelist"),
        {"action": "validate_nexus", "_selected_action": [each.dataset_id for each in files]},
        follow=True,
    )
    assert "NeXus validation of 10 of 21 files: done" in response.content.decode()
    assert "manage.py validate_nexus" in response.content.decode()
    assert ValidationReport.objects.count() == 10


@pytest.fixture
def manager(client: Client) -> Client:
    client.force_login(make_user(username="manager", is_staff=True, is_superuser=True))
    return client


@pytest.mark.parametrize(
    ("model", "query"), [("catalogue_dataset", ""), ("ingest_ingestrun", "?outcome=all")]
)
def test_admin_action_validates_and_the_pages_show_it(
    file: Datafile, manager: Client, model: str, query: str
) -> None:
    chosen = file.dataset_id if model == "catalogue_dataset" else IngestRun.objects.get().pk
    response = manager.post(
        reverse(f"admin:{model}_changelist") + query,
        {"action": "validate_nexus", "_selected_action": [chosen]},
        follow=True,
    )
    assert "NeXus validation of 1 file: done" in response.content.decode()
    for address in (
        reverse("admin:catalogue_dataset_change", args=[file.dataset_id]),
        f"/datasets/{file.dataset.uid}",
    ):
        page = manager.get(address).content.decode()
        assert "NeXus definitions: has errors" in page
        assert "/entry/tittle" in page
        assert "Check the spelling" in page


def test_dataset_with_reports_can_still_be_deleted(file: Datafile, manager: Client) -> None:
    validate(file)
    address = reverse("admin:catalogue_dataset_delete", args=[file.dataset_id])
    page = manager.post(address, {"post": "yes"}, follow=True).content.decode()
    assert "was deleted" in page
    assert not ValidationReport.objects.exists()
