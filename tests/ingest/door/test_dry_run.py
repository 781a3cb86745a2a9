"""A dry run: what would become of a file, field by field, and nothing stored."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from catalogue.models import Dataset, Instrument, Investigation, InvestigationUser, Proposal
from catalogue.policy.embargo import ReleaseState
from tests.factories import (
    make_embargoed_investigation,
    make_instrument,
    make_investigation,
    make_member,
    make_person,
    make_proposal,
)
from tests.ingest.door.asking import Door, only
from tests.nexus_files import write_nexus

pytestmark = pytest.mark.django_db
DRY = "?dry_run=1"


def tables() -> dict[str, Any]:
    """Returns everything in the database, table by table."""
    with connection.cursor() as cursor:
        names = [model._meta.db_table for model in apps.get_models(include_auto_created=True)]
        found = {}
        for name in names:
            cursor.execute(f'SELECT * FROM "{name}" ORDER BY 1')
            found[name] = cursor.fetchall()
    return found


def test_every_field_is_told_with_where_it_stands(tmp_path: Path, door: Door) -> None:
    told = only(door.path(write_nexus(tmp_path / "run.nxs"), query=DRY))
    assert told["outcome"] == "would be stored"
    assert told["reason"] is None
    fields = told["fields"]
    assert fields["title"] == {"value": "Water at 5 °C", "source": "/entry/title"}
    assert fields["start"] == {
        "value": "2026-03-01T10:00:00+01:00",
        "utc": "2026-03-01T09:00:00Z",
        "source": "/entry/start_time",
    }
    assert fields["proposal"]["source"] == "/entry/experiment_identifier"
    assert fields["instrument_name"] == {"value": "Loki", "source": "/entry/instrument/name"}
    assert told["technique"] == [
        {
            "code": "PaNET01189",
            "label": "small angle neutron scattering",
            "iri": "http://purl.org/pan-science/PaNET/PaNET01189",
        }
    ]
    assert told["people"] == [{"name": "A. Person", "source": "/entry/user/name"}]
    assert told["samples"] == [{"name": "water", "source": "/entry/sample/name"}]
    assert (told["missing"], told["problems"]) == ([], [])


def test_a_quantity_is_told_as_it_stands_and_in_si(tmp_path: Path, door: Door) -> None:
    changes = {"entry/sample/temperature": 5.0, "entry/sample/temperature@units": "degC"}
    told = only(door.path(write_nexus(tmp_path / "run.nxs", changes), query=DRY))
    (temperature,) = [each for each in told["parameters"] if "temperature" in each["name"]]
    assert temperature["source"] == "/entry/sample/temperature"
    assert (temperature["value"], temperature["unit"]) == (5.0, "degC")
    assert temperature["si_value"] == pytest.approx(278.15)
    assert temperature["si_unit"] in ("K", "kelvin")


def test_a_range_is_told(tmp_path: Path, door: Door) -> None:
    path = write_nexus(tmp_path / "a.nxs", {"entry/sample/temperature": [270.0, 290.0]})
    told = only(door.path(path, query=DRY))
    (temperature,) = [each for each in told["parameters"] if "temperature" in each["name"]]
    assert (temperature["minimum"], temperature["maximum"]) == (270.0, 290.0)
    assert temperature["value"] == 280.0
    assert "error" not in temperature


def test_an_unknown_unit_has_no_si_value(tmp_path: Path, door: Door) -> None:
    changes = {"entry/sample/temperature@units": "wombats"}
    told = only(door.path(write_nexus(tmp_path / "run.nxs", changes), query=DRY))
    (temperature,) = [each for each in told["parameters"] if "temperature" in each["name"]]
    assert (temperature["value"], temperature["unit"]) == (278.15, "wombats")
    assert (temperature["si_value"], temperature["si_unit"]) == (None, None)


def test_what_the_job_says_is_told_as_such(tmp_path: Path, door: Door) -> None:
    changes = {"entry/instrument/name": None, "entry/experiment_identifier": None}
    path = write_nexus(tmp_path / "run.nxs", changes)
    told = only(door.path(path, query=DRY, proposal="RB7"))
    assert told["fields"]["proposal"] == {"value": "RB7", "source": "job"}
    assert told["fields"]["instrument_name"] == {"value": "loki", "source": "job"}
    assert told["placement"] == {
        "proposal": {"code": "RB7", "state": None},
        "visit": {"number": 1, "name": "RB7-1", "state": None},
        "instrument": {"name": "Loki", "state": "existing"},
        "dataset": {"state": "new"},
    }


def test_a_known_proposal_is_told_by_its_number_alone(tmp_path: Path, door: Door) -> None:
    proposal = make_proposal(facility=door.token.facility, code="ab12345", title="A secret wombat")
    make_embargoed_investigation(
        proposal=proposal, instrument=door.token.instrument, visit_number=2
    )
    response = door.path(write_nexus(tmp_path / "run.nxs"), query=DRY)
    assert only(response)["placement"]["proposal"] == {"code": "ab12345", "state": "existing"}
    assert b"wombat" not in response.content


def test_what_is_missing_is_told_with_what_to_write(tmp_path: Path, door: Door) -> None:
    changes = {"entry/sample": None, "entry/sample@NX_class": None}
    changes |= {f"entry/sample/{name}": None for name in ("name", "temperature")}
    changes |= {"entry/sample/temperature@units": None}
    path = write_nexus(tmp_path / "run.nxs", changes, title=None, start_time=None, definition=None)
    told = only(door.path(path, query=DRY))
    assert [each["code"] for each in told["missing"]] == [
        "no_title",
        "no_start",
        "no_definition",
        "no_sample",
    ]
    assert "/NXentry/start_time is missing" in told["missing"][1]["message"]
    assert "write e.g. 2026-03-01T10:00:00+01:00" in told["missing"][1]["message"]


def test_a_file_that_would_be_kept_out_is_understood_all_the_same(
    tmp_path: Path, door: Door
) -> None:
    path = write_nexus(tmp_path / "run.nxs", experiment_identifier=None)
    told = only(door.path(path, query=DRY))
    assert (told["outcome"], told["reason"]["code"]) == ("would be quarantined", "no_proposal")
    assert told["placement"] is None
    assert told["fields"]["title"]["value"] == "Water at 5 °C"
    assert [each["code"] for each in told["technique"]] == ["PaNET01189"]


def test_what_cannot_be_read_says_why(tmp_path: Path, door: Door) -> None:
    (tmp_path / "text.nxs").write_text("no HDF5, and long enough to be one")
    told = only(door.path(tmp_path / "text.nxs", query=DRY))
    assert (told["outcome"], told["reason"]["code"]) == ("would be quarantined", "not_hdf5")
    assert told["fields"] == {}


def test_a_dry_run_stores_nothing(tmp_path: Path, door: Door, spool: Path) -> None:
    """Neither rows, for new files and for known ones, nor uploads."""
    known = write_nexus(tmp_path / "known.nxs")
    door.path(known)
    write_nexus(known, title="changed")
    bad = write_nexus(tmp_path / "bad.nxs", experiment_identifier=None)
    new = write_nexus(tmp_path / "new.nxs", experiment_identifier="RB99")
    before = tables()
    assert len(before) > 30
    assert before["ingest_ingestrun"]
    response = door.post({"paths": [str(known), str(bad), str(new)]}, query=DRY)
    assert [each["outcome"] for each in response.json()["files"]] == [
        "would be stored",
        "would be quarantined",
        "would be stored",
    ]
    told = only(door.upload(new.read_bytes(), query=DRY, key='"one"'))
    assert told["outcome"] == "would be stored"
    assert tables() == before
    assert [path for path in spool.rglob("*") if path.is_file()] == []


def test_a_dry_run_says_what_then_happens(tmp_path: Path, door: Door) -> None:
    path = write_nexus(tmp_path / "run.nxs", experiment_identifier="RB1")
    foreseen = only(door.path(path, query=DRY))
    assert only(door.path(path))["outcome"] == "stored"
    dataset = Dataset.objects.get()
    assert foreseen["placement"]["visit"]["name"] == str(dataset.investigation)
    assert foreseen["placement"]["instrument"]["name"] == str(dataset.instrument)
    assert [each["code"] for each in foreseen["technique"]] == [
        each.code for each in dataset.techniques.all()
    ]
    again = only(door.path(path, query=DRY))
    assert again["placement"]["proposal"]["state"] == "existing"
    assert again["placement"]["dataset"] == {"state": "existing"}


# --- what others have is not told ---------------------------------------------------------------


@pytest.mark.parametrize("query", ["", DRY])
def test_the_team_of_a_visit_is_no_matter_of_a_token(
    tmp_path: Path, door: Door, query: str
) -> None:
    """Neither by name nor by yes and no: who is on a team could be asked out, name by name."""
    investigation = make_investigation(
        proposal=make_proposal(facility=door.token.facility, code="ab12345", is_placeholder=True),
        instrument=door.token.instrument,
        release_state=ReleaseState.UNDER_EMBARGO,
        release_date=date(2999, 1, 1),
        released_at=None,
    )
    make_member(investigation, person=make_person(full_name="Wilma Wombat"))
    answers = []
    for number, name in enumerate(("A Stranger", "Wilma Wombat")):
        path = write_nexus(tmp_path / f"{number}.nxs", {"entry/user/name": name})
        told = only(door.path(path, query=query))
        assert told["problems"] == []
        answers.append(told | {"file": "", "people": [], "dataset": ""})
    assert answers[0] == answers[1]
    assert InvestigationUser.objects.count() == 1


@pytest.mark.parametrize("query", ["", DRY])
def test_a_visit_that_takes_no_more_files_says_that_alone(
    tmp_path: Path, door: Door, query: str
) -> None:
    make_investigation(
        proposal=make_proposal(facility=door.token.facility, code="ab12345"),
        instrument=door.token.instrument,
        released_at=datetime(2022, 5, 1, tzinfo=UTC),
    )
    told = only(door.path(write_nexus(tmp_path / "run.nxs"), query=query))
    assert told["reason"]["code"] == "investigation_is_open"
    assert told["reason"]["message"].startswith("The visit takes no more files; ")
    assert "2019" not in str(told)
    assert "2022" not in str(told)


@pytest.mark.parametrize("query", ["", DRY])
@pytest.mark.parametrize("has_visit", [False, True])
def test_a_proposal_without_a_visit_on_the_instrument_is_told_as_asked(
    tmp_path: Path, door: Door, query: str, has_visit: bool
) -> None:
    """As if it did not exist: numbers cannot be asked through for codes, nor for what there is."""
    facility = door.token.facility
    other = make_instrument(facility=facility, slug="loq", name="LOQ")
    known = make_proposal(facility=facility, code="SECRET20045")
    if has_visit:
        make_embargoed_investigation(proposal=known, instrument=other)
    answers = []
    for asked in ("20045", "30045"):
        path = write_nexus(tmp_path / f"{asked}.nxs", experiment_identifier=asked)
        told = only(door.path(path, query=query)) | {"dataset": ""}
        assert "stored" in told["outcome"]
        answers.append(json.dumps(told).replace(asked, "·"))
    assert answers[0] == answers[1]
    assert "SECRET" not in answers[0]


def test_a_proposal_with_a_visit_on_the_instrument_is_told_whole(
    tmp_path: Path, door: Door
) -> None:
    make_embargoed_investigation(
        proposal=make_proposal(facility=door.token.facility, code="RB20045"),
        instrument=door.token.instrument,
    )
    path = write_nexus(tmp_path / "run.nxs", experiment_identifier="20045")
    placement = only(door.path(path, query=DRY))["placement"]
    assert placement["proposal"] == {"code": "RB20045", "state": "existing"}
    assert only(door.path(path))["investigation"] == {"proposal": "RB20045", "visit": 1}


@pytest.mark.parametrize("query", ["", DRY])
def test_nothing_reached_is_an_answer_too(door: Door, query: str) -> None:
    response = door.post({"paths": ["/nowhere/a.nxs"]}, query=query)
    assert only(response)["outcome"] == "refused"


@pytest.mark.parametrize("query", ["", DRY])
def test_a_number_that_fits_several_proposals_names_none(
    tmp_path: Path, door: Door, query: str
) -> None:
    for code in ("RB10045", "MX10045"):
        make_proposal(facility=door.token.facility, code=code)
    path = write_nexus(tmp_path / "run.nxs", experiment_identifier="10045")
    response = door.path(path, query=query)
    assert only(response)["reason"]["code"] == "ambiguous_proposal"
    assert b"RB10045" not in response.content
    assert b"MX10045" not in response.content


def test_the_data_manager_reads_it_all(tmp_path: Path, door: Door) -> None:
    for code in ("RB10045", "MX10045"):
        make_proposal(facility=door.token.facility, code=code)
    door.path(write_nexus(tmp_path / "run.nxs", experiment_identifier="10045"))
    run = apps.get_model("ingest", "IngestRun").objects.get()
    assert "MX10045, RB10045" in run.reason


def test_another_facilitys_proposal_is_unknown_here(tmp_path: Path, door: Door) -> None:
    make_proposal(code="ab12345")
    told = only(door.path(write_nexus(tmp_path / "run.nxs"), query=DRY))
    assert told["placement"]["proposal"] == {"code": "ab12345", "state": None}
    assert Proposal.objects.count() == 1
    assert not Investigation.objects.exists()
    assert Instrument.objects.filter(facility=door.token.facility).count() == 1
