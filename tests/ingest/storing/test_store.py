"""From files to rows: stored once however often, updated in place, or quarantined with a reason."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalogue.models import (
    Datafile,
    Dataset,
    DatasetParameter,
    Facility,
    Instrument,
    Investigation,
    Person,
    Proposal,
    Sample,
    SampleParameter,
)
from ingest.models import IngestRun, Outcome
from tests.factories import make_embargoed_investigation, make_instrument, make_proposal
from tests.ingest.runs import Ingest, outcomes
from tests.nexus_files import write_nexus

pytestmark = pytest.mark.django_db


def counts() -> dict[str, int]:
    tables = (Proposal, Investigation, Instrument, Person, Sample, Dataset, Datafile)
    rows = (*tables, DatasetParameter, SampleParameter, IngestRun)
    return {table.__name__: table.objects.count() for table in rows}


def test_a_file_becomes_a_dataset_with_everything_around_it(
    tmp_path: Path, ingest: Ingest, facility: Facility
) -> None:
    path = write_nexus(tmp_path / "LOKI00042.nxs")
    (report,) = ingest(path)
    dataset = Dataset.objects.get()
    assert outcomes([report]) == ["stored"]
    assert dataset.name == "LOKI00042"
    assert dataset.title == "Water at 5 °C"
    assert dataset.start == datetime(2026, 3, 1, 9, tzinfo=UTC)
    assert dataset.definition == "NXsas"
    assert dataset.sources["title"] == "/entry/title"
    assert dataset.default_plot == "/entry/data"
    assert [row.code for row in dataset.techniques.all()] == ["PaNET01189"]
    assert dataset.sample is not None
    assert dataset.sample.name == "water"
    assert dataset.instrument is not None
    assert dataset.instrument.name == "Loki"
    investigation = dataset.investigation
    assert (investigation.proposal.code, investigation.visit_number) == ("ab12345", 1)
    assert investigation.proposal.is_placeholder
    assert investigation.proposal.embargo_policy == facility.default_embargo_policy
    assert investigation.release_date is not None
    assert (investigation.dataset_count, investigation.file_count) == (1, 1)
    file = Datafile.objects.get()
    assert file.path == str(path)
    assert len(file.sha256) == 64
    assert file.size_bytes == path.stat().st_size == investigation.size_bytes


def test_a_number_keeps_its_unit_its_si_value_and_its_source(
    tmp_path: Path, ingest: Ingest
) -> None:
    ingest(
        write_nexus(
            tmp_path / "run.nxs",
            {"entry/sample/temperature": 5.0, "entry/sample/temperature@units": "Celsius"},
        )
    )
    parameter = DatasetParameter.objects.get(type__name="sample_temperature")
    assert (parameter.number, parameter.unit) == (5.0, "Celsius")
    assert parameter.si_value == pytest.approx(278.15)
    assert parameter.type.si_unit == "kelvin"
    assert parameter.source == "/entry/sample/temperature"


def test_what_a_sample_keeps_from_run_to_run_is_its_own(tmp_path: Path, ingest: Ingest) -> None:
    ingest(write_nexus(tmp_path / "run.nxs", {"entry/sample/chemical_formula": "H2O"}))
    assert SampleParameter.objects.get().text == "H2O"
    assert DatasetParameter.objects.get(type__name="sample_chemical_formula").text == "H2O"


def test_an_unknown_unit_keeps_the_value(tmp_path: Path, ingest: Ingest) -> None:
    (report,) = ingest(
        write_nexus(tmp_path / "run.nxs", {"entry/sample/temperature@units": "flurbs"})
    )
    parameter = DatasetParameter.objects.get(type__name="sample_temperature")
    assert (parameter.number, parameter.unit, parameter.si_value) == (278.15, "flurbs", None)
    assert report.run is not None
    assert "unknown_unit" in [problem["code"] for problem in report.run.problems]


def test_the_second_time_nothing_is_read(tmp_path: Path, ingest: Ingest) -> None:
    path = write_nexus(tmp_path / "run.nxs")
    ingest(path)
    before = counts()
    assert outcomes(ingest(path)) == ["unchanged"]
    assert counts() == before


def test_reading_again_doubles_nothing(tmp_path: Path, ingest: Ingest) -> None:
    path = write_nexus(tmp_path / "run.nxs")
    ingest(path)
    before, uid = counts(), Dataset.objects.get().uid
    assert outcomes(ingest(path, again=True)) == ["stored"]
    assert counts() == before
    assert Dataset.objects.get().uid == uid
    assert IngestRun.objects.get().attempts == 2


def test_a_changed_file_updates_its_dataset(tmp_path: Path, ingest: Ingest) -> None:
    path = write_nexus(tmp_path / "run.nxs")
    ingest(path)
    uid = Dataset.objects.get().uid
    write_nexus(path, title="Ice", definition="NXtomo")
    assert outcomes(ingest(path)) == ["stored"]
    dataset = Dataset.objects.get()
    assert (dataset.uid, dataset.title) == (uid, "Ice")
    assert [row.code for row in dataset.techniques.all()] == ["PaNET01129"]


def test_files_of_one_visit_share_their_rows(tmp_path: Path, ingest: Ingest) -> None:
    for number in range(5):
        write_nexus(tmp_path / f"run{number}.nxs")
    ingest(tmp_path)
    found = counts()
    assert found["Dataset"] == 5
    shared = ("Proposal", "Investigation", "Instrument", "Sample", "Person")
    assert {name: found[name] for name in shared} == dict.fromkeys(shared, 1)


def test_equal_names_in_two_folders_stay_apart(tmp_path: Path, ingest: Ingest) -> None:
    for folder in ("raw", "reduced"):
        (tmp_path / folder).mkdir()
        write_nexus(tmp_path / folder / "run.nxs")
    ingest(tmp_path)
    assert set(Dataset.objects.values_list("name", flat=True)) == {"run", "reduced/run"}


def test_a_number_too_large_in_si_is_kept_as_the_file_has_it(
    tmp_path: Path, ingest: Ingest
) -> None:
    largest = 1.7e308
    temperature = {"entry/sample/temperature": largest, "entry/sample/temperature@units": "GK"}
    assert outcomes(ingest(write_nexus(tmp_path / "run.nxs", temperature))) == ["stored"]
    parameter = DatasetParameter.objects.get(type__name="sample_temperature")
    assert (parameter.number, parameter.si_value) == (largest, None)


def test_a_dataset_that_was_deleted_comes_back_with_its_file(
    tmp_path: Path, ingest: Ingest
) -> None:
    path = write_nexus(tmp_path / "run.nxs")
    ingest(path)
    Dataset.objects.get().delete()
    assert outcomes(ingest(path)) == ["stored"]
    assert Dataset.objects.count() == 1


def test_a_file_from_the_future_is_stored_with_a_warning(tmp_path: Path, ingest: Ingest) -> None:
    path = write_nexus(tmp_path / "run.nxs", start_time="2099-03-01T10:00:00Z", end_time=None)
    (report,) = ingest(path)
    assert report.run is not None
    (problem,) = [each for each in report.run.problems if each["code"] == "future_date"]
    assert (report.run.outcome, problem["path"]) == ("stored", "/entry/start_time")
    assert problem["message"].startswith("run.nxs: /entry/start_time 2099-03-01T10:00:00+00:00 ")


def test_a_file_without_proposal_is_quarantined_until_the_job_names_one(
    tmp_path: Path, ingest: Ingest
) -> None:
    path = write_nexus(tmp_path / "run.nxs", experiment_identifier=None)
    assert outcomes(ingest(path)) == ["quarantined"]
    assert "--proposal" in IngestRun.objects.get().reason
    assert not Dataset.objects.exists()
    assert outcomes(ingest(path)) == ["unchanged"]
    assert outcomes(ingest(path, proposal="RB2310045")) == ["stored"]
    assert IngestRun.objects.get().reason == ""


def test_a_claim_that_contradicts_the_job_is_quarantined(tmp_path: Path, ingest: Ingest) -> None:
    path = write_nexus(tmp_path / "run.nxs")
    assert outcomes(ingest(path, proposal="zz99999")) == ["quarantined"]
    reason = IngestRun.objects.get().reason
    assert "'ab12345'" in reason
    assert "'zz99999'" in reason
    assert not Proposal.objects.exists()


def test_one_bad_file_does_not_stop_the_others(tmp_path: Path, ingest: Ingest) -> None:
    write_nexus(tmp_path / "a.nxs")
    (tmp_path / "b.nxs").write_text("not HDF5 at all")
    write_nexus(tmp_path / "c.nxs")
    assert sorted(outcomes(ingest(tmp_path))) == ["quarantined", "stored", "stored"]


def test_a_fresh_truncated_file_is_tried_later_and_an_old_one_is_not(
    tmp_path: Path, ingest: Ingest
) -> None:
    path = write_nexus(tmp_path / "run.nxs")
    path.write_bytes(path.read_bytes()[:-100])
    written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    assert outcomes(ingest(path, now=written)) == [Outcome.DEFERRED]
    assert outcomes(ingest(path, now=written.replace(year=written.year + 1))) == ["quarantined"]


def test_a_name_that_is_not_utf8_costs_that_file_alone(tmp_path: Path, ingest: Ingest) -> None:
    good = write_nexus(tmp_path / "good.nxs")
    bad = bytes(good).replace(b"good", b"b\xe4d")
    Path(tmp_path / "x.nxs").write_bytes(good.read_bytes())
    (tmp_path / "x.nxs").rename(bad.decode("utf-8", "surrogateescape"))
    reports = ingest(tmp_path)
    assert sorted(outcomes(reports)) == ["quarantined", "stored"]
    assert "not UTF-8" in IngestRun.objects.get(outcome="quarantined").reason


def test_the_database_refusing_one_file_keeps_the_others(tmp_path: Path, ingest: Ingest) -> None:
    """The refusal is a real one: a trigger that does not like one title."""
    for name in ("a", "b", "c"):
        write_nexus(tmp_path / f"{name}.nxs", title=f"title of {name}")
    with connection.cursor() as cursor:
        cursor.execute(
            """
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
              $$ BEGIN RAISE EXCEPTION 'no title of b here'; END $$;
            CREATE TRIGGER refuse BEFORE INSERT ON catalogue_dataset
              FOR EACH ROW WHEN (NEW.title = 'title of b') EXECUTE FUNCTION refuse();
            """
        )
    assert sorted(outcomes(ingest(tmp_path))) == ["quarantined", "stored", "stored"]
    refused = IngestRun.objects.get(outcome="quarantined")
    assert refused.path.endswith("b.nxs")
    assert "no title of b here" in refused.reason
    assert Dataset.objects.count() == 2


def test_the_instrument_is_found_by_any_of_its_names(
    tmp_path: Path, ingest: Ingest, facility: Facility
) -> None:
    known = make_instrument(facility=facility, slug="loki", name="LOKI", long_name="Low-Q")
    ingest(write_nexus(tmp_path / "run.nxs"))
    assert Dataset.objects.get().instrument == known


def test_a_confirmed_proposal_keeps_the_team_of_the_user_office(
    tmp_path: Path, ingest: Ingest, facility: Facility
) -> None:
    """Membership opens embargoed data, so a name in a file must not grant it."""
    proposal = make_proposal(embargo_policy=facility.default_embargo_policy, code="ab12345")
    instrument = make_instrument(facility=facility, slug="loki", name="Loki")
    investigation = make_embargoed_investigation(proposal=proposal, instrument=instrument)
    ingest(write_nexus(tmp_path / "run.nxs"))
    assert Dataset.objects.get().investigation == investigation
    assert not investigation.members.exists()


def test_people_without_orcid_are_never_merged(tmp_path: Path, ingest: Ingest) -> None:
    write_nexus(tmp_path / "a.nxs", experiment_identifier="ab11111-1")
    write_nexus(tmp_path / "b.nxs", experiment_identifier="ab22222-1")
    ingest(tmp_path)
    assert Person.objects.filter(full_name="A. Person").count() == 2


def test_people_with_an_orcid_are_one(tmp_path: Path, ingest: Ingest) -> None:
    orcid = {"entry/user/ORCID": "https://orcid.org/0000-0002-1825-0097"}
    write_nexus(tmp_path / "a.nxs", orcid, experiment_identifier="ab11111-1")
    write_nexus(tmp_path / "b.nxs", orcid, experiment_identifier="ab22222-1")
    ingest(tmp_path)
    assert Person.objects.get().orcid == "0000-0002-1825-0097"


def test_queries_do_not_grow_with_the_files(tmp_path: Path, ingest: Ingest) -> None:
    ingest(write_nexus(tmp_path / "first.nxs"))
    needed = []
    for number in (3, 30):
        folder = tmp_path / str(number)
        folder.mkdir()
        for index in range(number):
            write_nexus(folder / f"run{number}-{index}.nxs")
        with CaptureQueriesContext(connection) as queries:
            ingest(folder)
        needed.append(len(queries))
    assert needed[0] == needed[1]


def test_devices_whose_paths_are_alike_to_their_end_do_not_clash(
    tmp_path: Path, ingest: Ingest
) -> None:
    instrument = f"entry/{'i' * 510}"
    changes = {f"{instrument}@NX_class": "NXinstrument"}
    changes |= {f"{instrument}/{name}@NX_class": "NXdetector" for name in ("near", "far")}
    assert outcomes(ingest(write_nexus(tmp_path / "run.nxs", changes))) == ["stored"]
    assert DatasetParameter.objects.filter(type__name="detector_name").count() == 1


def test_a_temperature_that_varied_is_stored_with_its_range(tmp_path: Path, ingest: Ingest) -> None:
    log = {
        "entry/sample/temperature": None,
        "entry/sample/temperature@units": None,
        "entry/sample/temperature_log@NX_class": "NXlog",
        "entry/sample/temperature_log/value": [10.0, 20.0, 60.0],
        "entry/sample/temperature_log/value@units": "Celsius",
        "entry/sample/temperature_log/average_value": 30.0,
        "entry/sample/temperature_log/average_value@units": "Celsius",
        "entry/sample/temperature_log/average_value_error": 0.5,
    }
    ingest(write_nexus(tmp_path / "a.nxs", log))
    row = DatasetParameter.objects.get(type__name="sample_temperature")
    assert (row.number, row.number_min, row.number_max, row.error) == (30.0, 10.0, 60.0, 0.5)
    in_kelvin = (row.si_value, row.si_min, row.si_max, row.si_error)
    assert in_kelvin == pytest.approx((303.15, 283.15, 333.15, 0.5))
    assert row.source == "/entry/sample/temperature_log/average_value"
