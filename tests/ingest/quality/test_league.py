"""Quality reports, the league table, its downloads, and who sees a dataset's quality."""

import csv
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from catalogue.models import Instrument
from ingest.models import IngestRun, QualityReport
from ingest.quality.league import sort_by, standings
from ingest.quality.league_export import as_csv
from ingest.quality.readiness import FIELDS
from tests.factories import (
    make_facility,
    make_instrument,
    make_member,
    make_person,
    make_user,
)
from tests.ingest.runs import Ingest
from tests.nexus_files import write_nexus

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ALL = {field.name: "present" for field in FIELDS}
LEAGUE = "/admin/ingest/qualityreport/league/"


def make_report(
    instrument: Instrument, *, outcome: str = "stored", days_ago: int = 0, **changes: Any
) -> QualityReport:
    number = IngestRun.objects.count()
    run = IngestRun.objects.create(
        path=f"/data/{number}.nxs",
        facility=instrument.facility,
        size_bytes=1,
        mtime_ns=1,
        outcome=outcome,
        reason="" if outcome == "stored" else "a reason",
        finished_at=NOW,
    )
    values = {"score": 100, "states": ALL, "instrument": instrument}
    return QualityReport.objects.create(
        run=run,
        facility=instrument.facility,
        written_at=NOW - timedelta(days=days_ago),
        **values | changes,
    )


def report_of(path: Path) -> QualityReport:
    return QualityReport.objects.select_related("instrument").get(run__path=str(path))


def test_ingest_writes_a_report_with_the_run(tmp_path: Path, ingest: Ingest) -> None:
    path = write_nexus(tmp_path / "a.nxs", {"entry/title": "UNKNOWN"})
    ingest(path)
    report = report_of(path)
    assert report.instrument is not None
    assert report.instrument.name == "Loki"
    assert report.states["title"] == "placeholder"
    assert report.places["title"]["path"] == "/entry/title"
    assert "holds 'UNKNOWN'" in report.places["title"]["note"]
    assert report.states["sample"] == "present"
    lacking = {name for name, state in report.states.items() if state != "present"}
    assert report.score == 100 - sum(field.weight for field in FIELDS if field.name in lacking)
    assert report.rows()[0]["label"] == "Title"
    # Read again after it was mended: the same row.
    write_nexus(path)
    ingest(path)
    assert QualityReport.objects.count() == 1
    assert report_of(path).states["title"] == "present"


def test_file_that_is_kept_out_has_a_report_too(tmp_path: Path, ingest: Ingest) -> None:
    ingest(write_nexus(tmp_path / "good.nxs"))
    path = write_nexus(tmp_path / "bad.nxs", experiment_identifier=None)
    (tmp_path / "text.nxs").write_text("no HDF5")
    ingest(tmp_path)
    report = report_of(path)
    assert report.run.outcome == "quarantined"
    assert report.states["proposal"] == "missing"
    assert report.instrument is not None
    unreadable = report_of(tmp_path / "text.nxs")
    assert (unreadable.score, unreadable.states, unreadable.instrument) == (None, {}, None)
    (loki, unknown) = sort_by(standings(now=NOW), "-files")
    assert (loki.files, loki.stored, loki.quarantined) == (2, 1, 1)
    assert (unknown.instrument, unknown.files, unknown.score) == ("", 1, None)


def test_table_counts_means_shares_and_trend() -> None:
    instrument = make_instrument()
    make_report(instrument, score=90, days_ago=1)
    make_report(instrument, score=70, days_ago=40)
    make_report(instrument, score=50, days_ago=50, states={**ALL, "title": "placeholder"})
    make_report(instrument, outcome="deferred", score=None, states={}, days_ago=1)
    (row,) = standings(now=NOW)
    assert (row.files, row.stored, row.deferred, row.quarantined) == (4, 3, 1, 0)
    assert (row.score, row.trend) == (70.0, 30.0)
    assert (row.shares[0].name, row.shares[0].percent) == ("title", 66.7)
    assert [share.name for share in row.worst] == ["title"]


def test_table_is_one_query_however_many_files(django_assert_num_queries: Any) -> None:
    for _ in range(3):
        instrument = make_instrument()
        for _ in range(5):
            make_report(instrument)
    with django_assert_num_queries(1):
        assert len(standings(now=NOW)) == 3


@pytest.mark.parametrize(
    ("key", "order"),
    [
        ("score", ["low", "high", "none"]),
        ("-score", ["high", "low", "none"]),
        ("instrument", ["high", "low", "none"]),
        ("nonsense", ["low", "high", "none"]),
    ],
)
def test_table_is_sorted_and_what_has_no_value_is_last(key: str, order: list[str]) -> None:
    facility = make_facility()
    for name, score in (("high", 90), ("low", 10), ("none", None)):
        make_report(make_instrument(facility=facility, name=name), score=score)
    assert [row.instrument for row in sort_by(standings(now=NOW), key)] == order


FORMULAS = ["=cmd|'/C calc'!A0", "+1", "-1+1", "@SUM(A1)", "\t=1", " =1", "＝1"]


@pytest.mark.parametrize("name", FORMULAS)
def test_csv_holds_no_formula(name: str) -> None:
    make_report(make_instrument(name=name), score=10, days_ago=1)
    make_report(Instrument.objects.get(), score=90, days_ago=90)
    heading, row = csv.reader(io.StringIO(as_csv(standings(now=NOW))))
    assert row[heading.index("instrument")] == f"'{name}"
    assert row[heading.index("trend")] == "-80.0"  # a number is no formula
    assert len(row) == len(heading)


@pytest.fixture
def manager(client: Client) -> Client:
    client.force_login(make_user(username="manager", is_staff=True, is_superuser=True))
    return client


def test_page_shows_the_table_and_its_downloads(manager: Client) -> None:
    instrument = make_instrument(name="<b>Loki</b>")
    make_report(instrument, score=42, states={**ALL, "title": "missing"})
    page = manager.get(LEAGUE, {"sort": "-score"}).content.decode()
    assert "&lt;b&gt;Loki" in page
    assert "<b>Loki" not in page
    assert "42.0" in page
    assert "Title 0 %" in page
    assert f"instrument__id__exact={instrument.pk}" in page
    assert manager.get(LEAGUE, {"format": "csv"})["Content-Type"].startswith("text/csv")
    (row,) = manager.get(LEAGUE, {"format": "json"}).json()["instruments"]
    assert (row["score"], row["shares"]["title"]) == (42.0, 0.0)
    drill = manager.get("/admin/ingest/qualityreport/", {"instrument__id__exact": instrument.pk})
    assert "/data/0.nxs" not in drill.content.decode().replace("0.nxs<br>", "")
    assert "42 of 100" in drill.content.decode()
    assert manager.get("/admin/ingest/qualityreport/?instrument__isnull=True").status_code == 200


def test_page_costs_as_many_queries_for_many_files(
    manager: Client, django_assert_max_num_queries: Any
) -> None:
    for _ in range(3):
        instrument = make_instrument()
        for _ in range(5):
            make_report(instrument)
    with django_assert_max_num_queries(3):  # session, user, table
        manager.get(LEAGUE)
    with django_assert_max_num_queries(9):
        manager.get(reverse("admin:ingest_qualityreport_changelist"))


@pytest.mark.parametrize("is_staff", [False, True])
def test_page_is_for_those_who_may_view_reports(client: Client, is_staff: bool) -> None:
    client.force_login(make_user(is_staff=is_staff))
    assert client.get(LEAGUE).status_code == (403 if is_staff else 302)


@pytest.fixture
def dataset_page(tmp_path: Path, ingest: Ingest) -> tuple[str, Any]:
    (report,) = ingest(write_nexus(tmp_path / "a.nxs", {"entry/title": "UNKNOWN"}))
    assert report.run is not None
    assert report.run.datafile is not None
    dataset = report.run.datafile.dataset
    return f"/datasets/{dataset.uid}", dataset.investigation


def test_members_and_managers_see_what_to_write(
    dataset_page: tuple[str, Any], client: Client
) -> None:
    address, investigation = dataset_page
    user = make_user()
    make_member(investigation, person=make_person(user=user))
    client.force_login(user)
    page = client.get(address).content.decode()
    assert "Quality of the metadata" in page
    assert "of 20 fields say something" in page
    assert "/entry/title holds &#x27;UNKNOWN&#x27;, which says nothing" in page
    assert "has not been checked against the NeXus definitions" in page


def test_public_sees_open_data_without_its_quality(
    dataset_page: tuple[str, Any], client: Client
) -> None:
    address, investigation = dataset_page
    assert client.get(address).status_code == 404
    type(investigation).objects.filter(pk=investigation.pk).update(
        release_state="open", release_date="2020-01-01", released_at=NOW
    )
    page = client.get(address)
    assert page.status_code == 200
    assert "Quality of the metadata" not in page.content.decode()
    assert "UNKNOWN" not in page.content.decode()


def test_run_in_the_admin_shows_findings_by_severity_and_fields(
    tmp_path: Path, ingest: Ingest, manager: Client
) -> None:
    changes = {"entry/title": "UNKNOWN", "entry/experiment_identifier": None}
    ingest(write_nexus(tmp_path / "a.nxs", changes))
    run = IngestRun.objects.get()
    page = manager.get(reverse("admin:ingest_ingestrun_change", args=[run.pk])).content.decode()
    assert page.index("Errors (1)") < page.index("Warnings (")
    assert "<code>placeholder_title</code>" in page
    assert "<code>/NXentry/experiment_identifier</code>" in page
