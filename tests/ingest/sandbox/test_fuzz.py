"""A small run of the fuzzer; `python -m tests.ingest.sandbox.fuzz` is the large one."""

from pathlib import Path

from tests.ingest.sandbox.fuzz import DAMAGES, fuzz


def test_damaged_files_end_in_results_and_sound_ones_are_read(tmp_path: Path) -> None:
    outcome = fuzz(tmp_path, files=60, seed=7, deadline_s=5)
    assert outcome.faults == []
    assert (outcome.files, outcome.sound) == (60, 6)
    assert {"record", "truncated"} <= set(outcome.codes)


def test_each_damage_changes_the_file(tmp_path: Path) -> None:
    fuzz(tmp_path, files=len(DAMAGES), seed=7, deadline_s=5)
    sound = {path.read_bytes() for path in (tmp_path / "sound").iterdir()}
    damaged = [path.read_bytes() for path in tmp_path.glob("*.nxs")]
    assert len(damaged) == len(DAMAGES)
    assert not sound & set(damaged)
