"""Files that change, move and vanish, and what people have entered meanwhile."""

import os
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

from catalogue.models import (
    AuditEvent,
    Datafile,
    DataPublication,
    Dataset,
    DatasetParameter,
    Facility,
    Investigation,
    InvestigationUser,
    Sample,
)
from ingest.models import IngestRun
from ingest.pipeline import Options, ingest_files
from ingest.storing.vanished import mark_vanished
from ingest.walk import find_files
from tests.factories import make_facility, make_investigation, make_proposal, make_user
from tests.ingest.forms import edit
from tests.ingest.runs import NOW, Ingest, job_of, outcomes, problem_codes, refusal
from tests.nexus_files import write_nexus

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(client: Client) -> Client:
    client.force_login(make_user(username="manager", is_staff=True, is_superuser=True))
    return client


def touch(path: Path) -> None:
    """Gives a file another time of change, as a writer does."""
    later = path.stat().st_mtime_ns + 10**9
    os.utime(path, ns=(later, later))


def dataset() -> Dataset:
    return Dataset.objects.get()


# --- what people entered ----------------------------------------------------------------------


def test_a_title_entered_by_hand_outlives_a_change_of_the_file(
    tmp_path: Path, ingest: Ingest, manager: Client
) -> None:
    path = write_nexus(tmp_path / "a.nxs")
    ingest(path)
    edit(manager, dataset(), title="Water, degassed")
    assert dataset().sources["title"] == ""
    write_nexus(path, title="Another title", run_number="77", entry_identifier=None)
    touch(path)
    ingest(path)
    assert (dataset().title, dataset().run_number) == ("Water, degassed", "77")
    event = AuditEvent.objects.get(action="edit")
    assert (event.before, event.after) == (
        {"title": "Water at 5 °C"},
        {"title": "Water, degassed"},
    )


def test_a_dataset_put_into_another_investigation_by_hand_stays_there(
    tmp_path: Path, ingest: Ingest, manager: Client, facility: Facility
) -> None:
    path = write_nexus(tmp_path / "a.nxs")
    ingest(path)
    right = make_investigation(proposal=make_proposal(facility=facility))
    wrong = dataset().investigation
    edit(manager, dataset(), investigation=right.pk)
    touch(path)
    ingest(path)
    assert dataset().investigation == right
    wrong.refresh_from_db()
    right.refresh_from_db()
    assert (wrong.dataset_count, right.dataset_count) == (0, 1)


def test_a_parameter_entered_by_hand_keeps_the_file_s_out(
    tmp_path: Path, ingest: Ingest, manager: Client
) -> None:
    path = write_nexus(tmp_path / "a.nxs")
    ingest(path)
    row = dataset().parameters.get(type__name="sample_temperature")
    forms = {"parameters-0-number": "280", "parameters-0-unit": "K"}
    assert row == dataset().parameters.first()
    edit(manager, dataset(), **forms)
    write_nexus(path, {"entry/sample/temperature": 300.0})
    touch(path)
    ingest(path)
    values = dataset().parameters.filter(type__name="sample_temperature")
    assert [(value.number, value.source) for value in values] == [(280.0, "")]


def test_a_parameter_removed_by_hand_does_not_come_back(
    tmp_path: Path, ingest: Ingest, manager: Client
) -> None:
    path = write_nexus(tmp_path / "a.nxs")
    ingest(path)
    edit(manager, dataset(), **{"parameters-0-DELETE": "on"})
    touch(path)
    ingest(path)
    assert not DatasetParameter.objects.filter(type__name="sample_temperature").exists()


def test_two_values_of_one_parameter_cannot_both_be_a_person_s(
    tmp_path: Path, ingest: Ingest, manager: Client
) -> None:
    ingest(write_nexus(tmp_path / "a.nxs"))
    kind = dataset().parameters.get(type__name="sample_temperature").type
    added = {"type": kind.pk, "number": "1", "unit": "K", "text": ""}
    forms = {f"parameters-{n}-{name}": each for n in (1, 2) for name, each in added.items()}
    with pytest.raises(AssertionError, match="entered by hand 2 times"):
        edit(manager, dataset(), **forms, **{"parameters-TOTAL_FORMS": "3"})


# Two detectors, each with a distance.
BANKS = {
    f"entry/instrument/bank{n}{end}": value
    for n in (1, 2, 3)
    for end, value in (("@NX_class", "NXdetector"), ("/distance", float(n)))
}


def distances() -> dict[str, float | None]:
    """Returns the distances by the place they are of."""
    rows = dataset().parameters.filter(type__name="detector_distance")
    return {row.place.split("/")[3] if row.place else "": row.number for row in rows}


def input_of(place: str) -> str:
    """Returns how the admin's form calls the row of a distance."""
    rows = list(dataset().parameters.order_by("pk"))
    return next(
        f"parameters-{number}"
        for number, row in enumerate(rows)
        if row.type.name == "detector_distance" and place in row.source
    )


def test_a_value_corrected_by_hand_is_one_of_those_of_the_file(
    tmp_path: Path, ingest: Ingest, manager: Client
) -> None:
    path = write_nexus(tmp_path / "a.nxs", BANKS)
    ingest(path)
    edit(manager, dataset(), **{f"{input_of('bank1')}-number": "1.5"})
    edit(manager, dataset(), **{f"{input_of('bank2')}-number": "2.5"})
    write_nexus(path, {**BANKS, "entry/instrument/bank3/distance": 9.0})
    touch(path)
    ingest(path)
    assert distances() == {"bank1": 1.5, "bank2": 2.5, "bank3": 9.0}


def test_a_value_removed_by_hand_is_one_of_those_of_the_file(
    tmp_path: Path, ingest: Ingest, manager: Client
) -> None:
    path = write_nexus(tmp_path / "a.nxs", BANKS)
    ingest(path)
    edit(manager, dataset(), **{f"{input_of('bank1')}-number": "1.5"})
    # The row that a person has entered stands first, and goes too.
    mine = dataset().parameters.get(source="")
    number = list(dataset().parameters.order_by("pk")).index(mine)
    removed = {f"parameters-{number}-DELETE": "on", f"{input_of('bank2')}-DELETE": "on"}
    edit(manager, dataset(), **removed)
    touch(path)
    ingest(path)
    assert distances() == {"bank3": 3.0}


def test_a_value_added_by_hand_stands_beside_those_of_the_devices(
    tmp_path: Path, ingest: Ingest, manager: Client
) -> None:
    path = write_nexus(tmp_path / "a.nxs", BANKS)
    ingest(path)
    rows = list(dataset().parameters.order_by("pk"))
    kind = next(row.type_id for row in rows if row.type.name == "detector_distance")
    added = {"type": kind, "number": "7", "unit": "m", "text": ""}
    forms = {f"parameters-{len(rows)}-{name}": each for name, each in added.items()}
    edit(manager, dataset(), **forms, **{"parameters-TOTAL_FORMS": str(len(rows) + 1)})
    touch(path)
    ingest(path)
    assert distances() == {"": 7.0, "bank1": 1.0, "bank2": 2.0, "bank3": 3.0}


def test_a_single_value_corrected_by_hand_stays_wherever_the_file_puts_it(
    tmp_path: Path, ingest: Ingest, manager: Client
) -> None:
    path = write_nexus(tmp_path / "a.nxs")
    ingest(path)
    edit(manager, dataset(), **{"parameters-0-number": "280", "parameters-0-unit": "K"})
    moved = {"entry/sample/temperature": None, "entry/sample/temperature@units": None}
    log = {"entry/sample/temperature_log@NX_class": "NXlog"}
    write_nexus(path, {**moved, **log, "entry/sample/temperature_log/value": 300.0})
    touch(path)
    ingest(path)
    values = dataset().parameters.filter(type__name="sample_temperature")
    assert [(row.number, row.replaces) for row in values] == [(280.0, "/entry/sample/temperature")]


def test_a_sample_renamed_by_hand_is_found_by_the_name_in_the_file(
    tmp_path: Path, ingest: Ingest, manager: Client
) -> None:
    path = write_nexus(tmp_path / "a.nxs")
    ingest(path)
    edit(manager, Sample.objects.get(), name="Heavy water")
    touch(path)
    ingest(path, write_nexus(tmp_path / "b.nxs"))
    assert [row.name for row in Sample.objects.all()] == ["Heavy water"]
    assert {row.sample.name for row in Dataset.objects.all() if row.sample} == {"Heavy water"}


def test_somebody_taken_off_a_team_by_hand_is_not_put_back(
    tmp_path: Path, ingest: Ingest, manager: Client
) -> None:
    path = write_nexus(tmp_path / "a.nxs")
    ingest(path)
    edit(manager, dataset().investigation, **{"members-0-DELETE": "on"})
    touch(path)
    ingest(path)
    assert not InvestigationUser.objects.exists()


def test_an_end_entered_by_hand_and_a_later_start_in_the_file_do_not_clash(
    tmp_path: Path, ingest: Ingest, manager: Client
) -> None:
    path = write_nexus(tmp_path / "a.nxs")
    ingest(path)
    edit(manager, dataset(), end_0="2026-03-01", end_1="11:30:00")
    write_nexus(path, start_time="2026-03-02T10:00:00Z", end_time="2026-03-02T11:00:00Z")
    touch(path)
    (report,) = ingest(path)
    assert "contradicts_a_person" in problem_codes(report)
    assert (dataset().start, dataset().end is not None) == (None, True)


def test_a_visit_corrected_by_hand_keeps_its_data(tmp_path: Path, ingest: Ingest) -> None:
    path = write_nexus(tmp_path / "a.nxs")
    ingest(path)
    before = dataset().investigation
    Investigation.objects.update(visit_number=7)
    touch(path)
    ingest(path)
    assert dataset().investigation == before
    assert Investigation.objects.count() == 1


def test_a_file_that_names_a_new_proposal_does_not_follow_a_person_s_move(
    tmp_path: Path, ingest: Ingest, manager: Client, facility: Facility
) -> None:
    path = write_nexus(tmp_path / "current.nxs")
    ingest(path)
    target = make_investigation(proposal=make_proposal(facility=facility))
    edit(manager, dataset(), investigation=target.pk)
    write_nexus(path, title="Of others", experiment_identifier="zz99999")
    touch(path)
    (report,) = ingest(path)
    assert refusal(report)[0] == "contradicts_a_person"
    assert dataset().title == "Water at 5 °C"


def test_a_published_dataset_does_not_leave_its_publication(
    tmp_path: Path, ingest: Ingest, manager: Client, facility: Facility
) -> None:
    path = write_nexus(tmp_path / "a.nxs")
    ingest(path)
    publication = DataPublication.objects.create(
        investigation=dataset().investigation,
        kind="selection",
        doi="10.5072/test.moves",
        title="Chosen",
        licence="CC-BY-4.0",
        published_on=NOW.date(),
        is_test_doi=True,
    )
    publication.items.create(dataset=dataset())
    write_nexus(path, experiment_identifier="zz99999")
    (report,) = ingest(path)
    assert refusal(report)[0] == "dataset_is_published"
    target = make_investigation(proposal=make_proposal(facility=facility))
    with pytest.raises(AssertionError, match="part of a publication"):
        edit(manager, dataset(), investigation=target.pk)


def test_a_form_opened_before_a_change_overwrites_nothing(
    tmp_path: Path, ingest: Ingest, manager: Client
) -> None:
    path = write_nexus(tmp_path / "a.nxs", {"entry/sample/temperature": None})
    ingest(path)
    with pytest.raises(AssertionError, match="changed since you opened"):
        edit(manager, dataset(), title="Late", seen_at="2020-01-01T00:00:00+00:00")
    assert dataset().title == "Water at 5 °C"


def test_the_path_of_another_facility_is_refused(
    tmp_path: Path, ingest: Ingest, facility: Facility
) -> None:
    path = write_nexus(tmp_path / "a.nxs")
    ingest(path)
    other = make_facility(slug="ess")
    touch(path)
    job = job_of(other)
    (report,) = ingest_files(find_files([path]), job, Options(workers=1, deadline_s=20))
    assert refusal(report)[0] == "path_of_another_facility"
    assert dataset().investigation.proposal.facility == facility


def test_a_dataset_moved_by_hand_leaves_its_sample_behind(
    tmp_path: Path, ingest: Ingest, manager: Client, facility: Facility
) -> None:
    ingest(write_nexus(tmp_path / "a.nxs"))
    target = make_investigation(proposal=make_proposal(facility=facility))
    edit(manager, dataset(), investigation=target.pk)
    assert dataset().sample is None


# --- moved ------------------------------------------------------------------------------------


def test_a_moved_file_is_the_same_dataset(tmp_path: Path, ingest: Ingest) -> None:
    path = write_nexus(tmp_path / "a.nxs")
    ingest(path)
    before = dataset()
    (tmp_path / "archive").mkdir()
    moved = path.rename(tmp_path / "archive" / "a.nxs")
    assert outcomes(ingest(tmp_path)) == ["stored"]
    assert (dataset().uid, dataset().name) == (before.uid, before.name)
    assert [row.path for row in Datafile.objects.all()] == [str(moved)]
    assert [row.path for row in IngestRun.objects.all()] == [str(moved)]
    event = AuditEvent.objects.get(action="move")
    assert (event.before, event.after) == ({"path": str(path)}, {"path": str(moved)})


def test_a_copy_is_a_dataset_of_its_own(tmp_path: Path, ingest: Ingest) -> None:
    path = write_nexus(tmp_path / "a.nxs")
    ingest(path)
    shutil.copy2(path, tmp_path / "b.nxs")
    ingest(tmp_path)
    assert Dataset.objects.count() == 2


def test_two_equal_files_that_moved_together_stay_two(tmp_path: Path, ingest: Ingest) -> None:
    for name in ("a.nxs", "b.nxs"):
        write_nexus(tmp_path / name)
    ingest(tmp_path)
    uids = {row.uid for row in Dataset.objects.all()}
    target = tmp_path / "later"
    target.mkdir()
    for name in ("a.nxs", "b.nxs"):
        (tmp_path / name).rename(target / name)
    ingest(tmp_path)
    assert {row.uid for row in Dataset.objects.all()} == uids
    assert Datafile.objects.count() == 2


def test_a_file_moved_to_another_proposal_s_folder_takes_no_dataset_along(
    tmp_path: Path, ingest: Ingest
) -> None:
    path = write_nexus(tmp_path / "a.nxs", experiment_identifier=None)
    ingest(path, proposal="RB1")
    path.rename(tmp_path / "b.nxs")
    ingest(tmp_path, proposal="RB2")
    places = Dataset.objects.values_list("investigation__proposal__code", "files__path")
    assert sorted(places) == [("RB1", str(path)), ("RB2", str(tmp_path / "b.nxs"))]


# --- vanished ---------------------------------------------------------------------------------


def test_a_vanished_file_is_marked_and_unmarked_when_it_is_back(
    tmp_path: Path, ingest: Ingest
) -> None:
    paths = [write_nexus(tmp_path / name) for name in ("a.nxs", "b.nxs")]
    ingest(tmp_path)
    paths[0].unlink()
    call_command("ingest", str(tmp_path))
    marked = Datafile.objects.exclude(vanished_at=None)
    assert [row.path for row in marked] == [str(paths[0])]
    assert Dataset.objects.count() == 2
    write_nexus(paths[0])
    call_command("ingest", str(tmp_path))
    assert not Datafile.objects.exclude(vanished_at=None).exists()


def test_the_day_a_file_was_first_missed_stays(tmp_path: Path, ingest: Ingest) -> None:
    path = write_nexus(tmp_path / "a.nxs")
    ingest(path)
    path.unlink()
    assert mark_vanished([tmp_path], (), now=NOW).vanished == 1
    assert mark_vanished([tmp_path], (), now=NOW + timedelta(days=1)).vanished == 0
    assert Datafile.objects.get().vanished_at == NOW


def test_a_file_that_the_walk_did_not_see_is_looked_for(tmp_path: Path, ingest: Ingest) -> None:
    ingest(write_nexus(tmp_path / "a.nxs"))
    assert mark_vanished([tmp_path], (), now=NOW).vanished == 0


def test_files_of_a_folder_with_a_longer_name_are_left_alone(
    tmp_path: Path, ingest: Ingest
) -> None:
    (tmp_path / "run-old").mkdir()
    path = write_nexus(tmp_path / "run-old" / "a.nxs")
    ingest(path)
    path.unlink()
    assert mark_vanished([tmp_path / "run"], (), now=NOW).vanished == 0
