"""Hazardous files, each with the outcome it must have; damaged ones that hang libhdf5 for ever."""

import ast
import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

from ingest.record import ExtractedRecord, FileStamp, ReadResult
from ingest.sandbox import process as reader_process
from ingest.sandbox.pool import read_files
from tests.nexus_files import stamp_of

HAZARDS = (Path(__file__).parents[4] / "shared" / "nexus" / "hazards").resolve()
MAKER = HAZARDS / "make_hazards.py"
SPARSE = "sparse_20G.nxs"

pytestmark = pytest.mark.skipif(not MAKER.exists(), reason=f"no hazards at {HAZARDS}")

REJECTIONS = {
    "reject: empty": "empty_file",
    "reject: not HDF5": "not_hdf5",
    "reject: XML NeXus": "xml_nexus",
    "reject: HDF4 NeXus": "hdf4",
    "reject: LFS pointer": "lfs_pointer",
    "reject: signature damaged by text-mode transfer": "damaged_signature",
    "reject: bytes passed through a UTF-8 decoder": "damaged_signature",
    "reject: truncated": "truncated",
    "reject: unknown superblock": "unknown_superblock",
    "defer/reject: consistency flags set (h5clear -s)": "still_being_written",
    "defer/reject: never closed": "damaged_hdf5",
    "accept as HDF5 without NeXus": "no_entry",
    "skip: a directory": "not_a_file",
    "skip: never open a FIFO (blocks)": "not_a_file",
    "skip: leaves the root": "symbolic_link",
    "skip: symlink loop": "symbolic_link",
    "skip": "symbolic_link",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("hazards") / "out"
    subprocess.run([sys.executable, MAKER, out], check=True, capture_output=True)
    return out


@pytest.fixture(scope="module")
def expected(folder: Path) -> dict[str, str]:
    lines = (folder / "expected.tsv").read_text(encoding="utf-8").splitlines()
    pairs = (line.split("\t") for line in lines)
    return {_file_name(name): outcome for name, outcome in pairs}


def _file_name(written: str) -> str:
    name = str(ast.literal_eval(f"'{written}'"))
    return os.fsdecode(b"latin1_\xe9.nxs") if name.startswith("latin1_") else name


@pytest.fixture(scope="module")
def results(folder: Path, expected: dict[str, str]) -> dict[str, ReadResult]:
    stamps = [stamp_of(f"{folder}/{name}") for name in expected if name != SPARSE]
    found = read_files(stamps, time_zone="UTC", workers=2, deadline_s=8)
    return {os.path.basename(result.stamp.path): result for result in found}


def test_every_hazard_has_its_outcome(
    results: dict[str, ReadResult], expected: dict[str, str]
) -> None:
    outcomes = {name: expected[name] for name in results}
    wrong = {
        name: (outcome, results[name].failure)
        for name, outcome in outcomes.items()
        if not has_outcome(results[name], outcome)
    }
    assert wrong == {}
    assert set(outcomes) == set(expected) - {SPARSE}


def has_outcome(result: ReadResult, outcome: str) -> bool:
    if (result.record is None) == (result.failure is None):
        return False
    if outcome in REJECTIONS:
        return result.failure is not None and result.failure.code == REJECTIONS[outcome]
    if outcome.startswith("accept") and "report" not in outcome:
        return result.record is not None
    return True


def test_only_what_may_change_by_itself_is_tried_again(results: dict[str, ReadResult]) -> None:
    codes = {each.failure.code for each in results.values() if each.failure and each.retry}
    assert codes == {"empty_file", "truncated", "still_being_written", "damaged_hdf5"}


def record_of(results: dict[str, ReadResult], name: str) -> ExtractedRecord:
    record = results[name].record
    assert record is not None
    return record


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("external_links.nxs", "external_link"),
        ("external_storage.nxs", "external_storage"),
        ("huge_string_scalar.nxs", "value_too_large"),
        ("huge_shape.nxs", ""),
        ("odd_fields.nxs", "bad_date"),
    ],
)
def test_title_that_must_not_be_read_is_not(
    results: dict[str, ReadResult], name: str, code: str
) -> None:
    record = record_of(results, name)
    assert record.title is None
    assert not code or code in {problem.code for problem in record.problems}


def test_values_are_clean_and_bounded(results: dict[str, ReadResult]) -> None:
    title = record_of(results, "long_title.nxs").title
    assert title is not None
    assert len(title.value) == 1000
    assert record_of(results, "entries_500.nxs").entry_count == 501
    non_utf8 = record_of(results, "non_utf8.nxs")
    assert non_utf8.title is not None
    assert non_utf8.title.value == "température 5°C"
    texts = repr([result.record for result in results.values()])
    assert "TOPSECRET" not in texts
    assert {unicodedata.category(each) for each in texts} & {"Cc", "Cs"} == set()


def test_no_message_holds_a_traceback(results: dict[str, ReadResult]) -> None:
    messages = [each.failure.message for each in results.values() if each.failure]
    assert not [message for message in messages if "Traceback" in message or "\n" in message]


def test_hashing_a_huge_sparse_file_is_cut_short(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader_process, "HOLE_BYTES_PER_S", 1e12)
    stamp = stamp_of(folder / SPARSE)
    (result,) = read_files([stamp], time_zone="UTC", workers=1, deadline_s=2)
    assert result.record is not None
    assert result.sha256 == ""
    assert [problem.code for problem in result.record.problems] == ["no_checksum"]


def test_files_that_hang_libhdf5_cost_themselves_alone(folder: Path) -> None:
    crashers = sorted((HAZARDS / "crashers").iterdir())
    good = folder / "good.nxs"
    stamps: list[FileStamp] = [stamp_of(path) for path in (*crashers, good)]
    found = {each.stamp.path: each for each in read_files(stamps, time_zone="UTC", deadline_s=2)}
    codes = [failure.code for path in crashers if (failure := found[str(path)].failure)]
    assert codes == ["reader_timed_out"] * 6
    assert found[str(good)].record is not None
