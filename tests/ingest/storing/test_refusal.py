"""Files that the catalogue must not take: they would be public at once, or in wrong hands."""

import os
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from catalogue.models import Datafile, Dataset, Facility, Instrument, Investigation, Proposal
from tests.factories import (
    make_embargoed_investigation,
    make_instrument,
    make_investigation,
    make_proposal,
)
from tests.ingest.runs import Ingest, outcomes, refusal
from tests.nexus_files import write_nexus

pytestmark = pytest.mark.django_db
IN_TIME = {"start_time": "2019-04-30T10:00:00Z", "end_time": "2019-05-01T11:00:00Z"}


@pytest.fixture
def visit(facility: Facility) -> Investigation:
    """One that ended on 2019-05-01 and has been open since 2022-05-01."""
    proposal = make_proposal(code="ab12345", embargo_policy=facility.default_embargo_policy)
    loki = make_instrument(facility=facility, name="Loki", slug="loki")
    return make_investigation(proposal=proposal, instrument=loki)


def test_new_data_are_not_made_public_by_an_open_visit(
    tmp_path: Path, ingest: Ingest, visit: Investigation
) -> None:
    (report,) = ingest(write_nexus(tmp_path / "run.nxs"))
    assert refusal(report) == (
        "investigation_is_open",
        "run.nxs: The file is of 2026-03-01; its visit ab12345-1 ended on 2019-05-01 and opened "
        "on 2022-05-01, so that the file would be public at once. Name the right visit in the "
        "file or the right proposal with --proposal; whether it belongs here all the same, a data "
        "manager decides, by correcting the visit's last day.",
    )
    assert not Dataset.objects.exists()


def test_a_file_overlooked_in_an_open_visit_is_stored(
    tmp_path: Path, ingest: Ingest, visit: Investigation
) -> None:
    assert outcomes(ingest(write_nexus(tmp_path / "run.nxs", **IN_TIME))) == ["stored"]
    assert Dataset.objects.get().investigation == visit


@pytest.mark.parametrize(
    ("end_time", "expected"),
    [("2019-05-01T22:59:00Z", "stored"), ("2019-05-01T23:01:00Z", "quarantined")],
)
def test_the_last_day_ends_at_midnight_of_the_facility(
    tmp_path: Path, ingest: Ingest, visit: Investigation, end_time: str, expected: str
) -> None:
    """London is an hour ahead of UTC in May."""
    path = write_nexus(tmp_path / "run.nxs", start_time=None, end_time=end_time)
    assert outcomes(ingest(path)) == [expected]


@pytest.mark.parametrize(("day", "expected"), [(1, "stored"), (2, "quarantined")])
def test_a_file_without_dates_is_of_the_day_it_was_written(
    tmp_path: Path, ingest: Ingest, visit: Investigation, day: int, expected: str
) -> None:
    path = write_nexus(tmp_path / "run.nxs", start_time=None, end_time=None)
    os.utime(path, (datetime(2019, 5, day, 12, tzinfo=UTC).timestamp(),) * 2)
    assert outcomes(ingest(path)) == [expected]


def test_an_open_visit_without_a_last_day_takes_no_new_file(
    tmp_path: Path, ingest: Ingest, visit: Investigation
) -> None:
    Investigation.objects.update(start=None, end=None)
    (report,) = ingest(write_nexus(tmp_path / "run.nxs", **IN_TIME))
    code, reason = refusal(report)
    assert code == "investigation_is_open"
    assert "has no last day" in reason


def test_a_withdrawn_visit_takes_no_new_file(
    tmp_path: Path, ingest: Ingest, visit: Investigation
) -> None:
    Investigation.objects.update(release_state="withdrawn")
    (report,) = ingest(write_nexus(tmp_path / "run.nxs", **IN_TIME))
    code, reason = refusal(report)
    assert code == "investigation_is_withdrawn"
    assert reason.startswith(
        "run.nxs: The file is of 2019-05-01; its visit ab12345-1 opened on 2022-05-01 and has "
        "been withdrawn since. Name the right visit"
    )


@pytest.mark.parametrize("state", ["open", "withdrawn"])
def test_a_dataset_that_is_there_already_is_updated(
    tmp_path: Path, ingest: Ingest, visit: Investigation, state: str
) -> None:
    path = write_nexus(tmp_path / "run.nxs", **IN_TIME)
    ingest(path)
    Investigation.objects.update(release_state=state)
    write_nexus(path, title="Ice", **IN_TIME)
    assert outcomes(ingest(path)) == ["stored"]
    assert Dataset.objects.get().title == "Ice"


def test_new_data_under_a_known_path_do_not_open_with_their_visit(
    tmp_path: Path, ingest: Ingest, visit: Investigation
) -> None:
    path = write_nexus(tmp_path / "current.nxs", **IN_TIME)
    ingest(path)
    end = Investigation.objects.get().end
    write_nexus(path, title="Not public yet")
    (report,) = ingest(path)
    assert refusal(report)[0] == "investigation_is_open"
    assert Dataset.objects.get().title != "Not public yet"
    assert Investigation.objects.get().end == end


def test_a_dataset_does_not_move_into_an_open_visit(
    tmp_path: Path, ingest: Ingest, visit: Investigation
) -> None:
    path = write_nexus(tmp_path / "run.nxs", experiment_identifier="cd777")
    ingest(path)
    write_nexus(path)
    (report,) = ingest(path)
    assert refusal(report)[0] == "investigation_is_open"
    assert Dataset.objects.get().investigation.proposal.code == "cd777"


def test_nothing_is_written_for_a_refused_file_and_the_others_are_stored(
    tmp_path: Path, ingest: Ingest, visit: Investigation
) -> None:
    Investigation.objects.update(instrument=None)
    refused = {"entry/instrument/name": "Unheard Of", "entry/user/name": "N. Obody"}
    write_nexus(tmp_path / "a.nxs", refused)
    write_nexus(tmp_path / "b.nxs", experiment_identifier="cd777")
    assert sorted(outcomes(ingest(tmp_path))) == ["quarantined", "stored"]
    assert [row.name for row in Datafile.objects.all()] == ["b.nxs"]
    assert [row.name for row in Instrument.objects.all()] == ["Loki"]
    visit.refresh_from_db()
    assert visit.instrument is None
    assert not visit.samples.exists()


def test_an_early_release_does_not_move_with_a_dataset(tmp_path: Path, ingest: Ingest) -> None:
    path = write_nexus(tmp_path / "run.nxs", experiment_identifier="cd777")
    ingest(path)
    Dataset.objects.update(released_early_on=date(2026, 1, 1))
    ingest(path, again=True)
    assert Dataset.objects.get().released_early_on == date(2026, 1, 1)
    write_nexus(path, experiment_identifier="ef888")
    ingest(path)
    dataset = Dataset.objects.get()
    assert (dataset.investigation.proposal.code, dataset.released_early_on) == ("ef888", None)


def make_proposals(facility: Facility, *codes: str) -> None:
    for code in codes:
        make_proposal(code=code, embargo_policy=facility.default_embargo_policy)


def test_a_number_of_several_proposals_goes_to_none(
    tmp_path: Path, ingest: Ingest, facility: Facility
) -> None:
    make_proposals(facility, "RB10045", "CM10045")
    path = write_nexus(tmp_path / "run.nxs", experiment_identifier="10045")
    (report,) = ingest(path)
    assert refusal(report) == (
        "ambiguous_proposal",
        "run.nxs: Proposal '10045' may be any of CM10045, RB10045; write its whole code into the "
        "file, or name it with --proposal.",
    )
    assert report.run is not None
    assert report.run.problems[-1]["path"] == "/entry/experiment_identifier"
    assert outcomes(ingest(path, proposal="CM10045")) == ["stored"]
    assert Dataset.objects.get().investigation.proposal.code == "CM10045"


@pytest.mark.parametrize(
    ("claim", "expected"),
    [("rb10045", "RB10045"), ("10045", "10045"), ("MX10045", "MX10045")],
)
def test_the_equal_code_comes_before_a_similar_one(
    tmp_path: Path, ingest: Ingest, facility: Facility, claim: str, expected: str
) -> None:
    make_proposals(facility, "10045", "RB10045")
    ingest(write_nexus(tmp_path / "run.nxs", experiment_identifier=claim))
    assert Dataset.objects.get().investigation.proposal.code == expected


def test_the_only_similar_code_is_meant(tmp_path: Path, ingest: Ingest, facility: Facility) -> None:
    make_embargoed_investigation(
        proposal=make_proposal(code="MX10045", embargo_policy=facility.default_embargo_policy)
    )
    ingest(write_nexus(tmp_path / "run.nxs", experiment_identifier="10045"))
    assert Proposal.objects.get() == Dataset.objects.get().investigation.proposal
