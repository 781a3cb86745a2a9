"""Which dataset was made from which, whatever the order in which their files arrive."""

from pathlib import Path

import pytest

from catalogue.models import Dataset, DatasetInput, DatasetKind
from tests.ingest.nexus.mccode_file import PROGRAM, write_mccode
from tests.ingest.runs import Ingest
from tests.nexus_files import write_nexus

pytestmark = pytest.mark.django_db


def write_reduced(path: Path, made_from: str, proposal: str = "ab12345-1") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    process = {"entry/process@NX_class": "NXprocess", "entry/process/program": "azimint"}
    process |= {"entry/process/version": "2.1", "entry/program_name": None}
    return write_nexus(path, process, experiment_identifier=proposal, input_file=made_from)


def write_raw(path: Path, proposal: str = "ab12345-1") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_nexus(path, experiment_identifier=proposal)


def origin_of(name: str) -> str | None:
    row = DatasetInput.objects.get(dataset__name=name)
    return row.made_from.name if row.made_from else None


def test_reduced_file_is_linked_to_its_raw_file(tmp_path: Path, ingest: Ingest) -> None:
    ingest(write_raw(tmp_path / "raw.nxs"))
    ingest(write_reduced(tmp_path / "reduced.nxs", "raw.nxs"))
    reduced = Dataset.objects.get(name="reduced")
    assert (reduced.kind, reduced.program) == (DatasetKind.REDUCED, "azimint 2.1")
    assert reduced.sources["kind"] == "/entry/process"
    assert Dataset.objects.get(name="raw").kind == DatasetKind.RAW
    row = reduced.inputs.get()
    assert (row.name, row.source, origin_of("reduced")) == ("raw.nxs", "/entry/input_file", "raw")


def test_raw_file_may_arrive_after_the_reduced_one(tmp_path: Path, ingest: Ingest) -> None:
    ingest(write_reduced(tmp_path / "reduced.nxs", r"C:\data\raw.nxs"))
    assert origin_of("reduced") is None
    ingest(write_raw(tmp_path / "raw.nxs"))
    assert origin_of("reduced") == "raw"


def test_both_in_one_batch_are_linked_and_doing_it_again_changes_nothing(
    tmp_path: Path, ingest: Ingest
) -> None:
    write_reduced(tmp_path / "a.nxs", "b.nxs")
    write_raw(tmp_path / "b.nxs")
    for again in (False, True):
        ingest(tmp_path, again=again)
        assert origin_of("a") == "b"
    assert DatasetInput.objects.count() == 1


def test_file_of_another_proposal_is_never_taken(tmp_path: Path, ingest: Ingest) -> None:
    ingest(write_raw(tmp_path / "raw.nxs", "cd999-1"))
    ingest(write_reduced(tmp_path / "reduced.nxs", str(tmp_path / "raw.nxs")))
    assert origin_of("reduced") is None
    ingest(write_raw(tmp_path / "raw.nxs", "cd999-2"), again=True)
    assert origin_of("reduced") is None


def test_visit_comes_before_the_proposal_and_the_path_before_both(
    tmp_path: Path, ingest: Ingest
) -> None:
    write_raw(tmp_path / "1" / "raw.nxs")
    write_raw(tmp_path / "2" / "raw.nxs", "ab12345-2")
    write_reduced(tmp_path / "near.nxs", "raw.nxs")
    write_reduced(tmp_path / "exact.nxs", str(tmp_path / "2" / "raw.nxs"))
    ingest(tmp_path)
    visits = {
        row.dataset.name: row.made_from and row.made_from.investigation.visit_number
        for row in DatasetInput.objects.all()
    }
    assert visits == {"near": 1, "exact": 2}


def test_name_that_two_files_bear_stays_open(tmp_path: Path, ingest: Ingest) -> None:
    write_raw(tmp_path / "1" / "raw.nxs")
    write_raw(tmp_path / "2" / "raw.nxs")
    write_reduced(tmp_path / "reduced.nxs", "raw.nxs")
    ingest(tmp_path)
    assert origin_of("reduced") is None


def test_file_that_names_itself_is_not_its_own_origin(tmp_path: Path, ingest: Ingest) -> None:
    ingest(write_reduced(tmp_path / "reduced.nxs", "reduced.nxs"))
    assert origin_of("reduced") is None


def test_link_ends_when_the_raw_file_moves_to_another_proposal(
    tmp_path: Path, ingest: Ingest
) -> None:
    raw = write_raw(tmp_path / "raw.nxs")
    write_reduced(tmp_path / "reduced.nxs", "raw.nxs")
    ingest(tmp_path)
    assert origin_of("reduced") == "raw"
    ingest(write_raw(raw, "cd999-1"), again=True)
    assert origin_of("reduced") is None


def test_corrected_file_loses_the_input_it_no_longer_names(tmp_path: Path, ingest: Ingest) -> None:
    ingest(write_reduced(tmp_path / "reduced.nxs", "old.nxs"))
    ingest(write_reduced(tmp_path / "reduced.nxs", "new.nxs"), again=True)
    assert [row.name for row in DatasetInput.objects.all()] == ["new.nxs"]


def test_simulation_is_catalogued_as_such(tmp_path: Path, ingest: Ingest) -> None:
    ingest(write_mccode(tmp_path / "mccode.h5"), proposal="ab12345")
    dataset = Dataset.objects.get()
    assert (dataset.kind, dataset.program) == (DatasetKind.SIMULATED, PROGRAM)
    assert dataset.instrument is not None
    assert dataset.instrument.name == "loki_sans"
    assert dataset.parameters.get(type__name="instrument_model").text == "loki_sans.instr"
