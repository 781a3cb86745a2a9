"""Reader processes: their results, their deadlines, their ends."""

import gc
import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.record import FileStamp, ReadResult
from ingest.sandbox import process as reader_process
from ingest.sandbox.pool import read_files
from ingest.sandbox.process import SandboxError, hash_seconds
from ingest.sandbox.wire import READY
from tests.nexus_files import stamp_of, write_nexus


def read(stamps: list[FileStamp], **options: object) -> list[ReadResult]:
    return list(read_files(stamps, time_zone="UTC", **options))  # type: ignore[arg-type]


def children() -> set[int]:
    """Return the process ids of this process's reader processes."""
    command = ["ps", "-o", "pid=,args=", "--ppid", str(os.getpid())]
    listed = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return {int(line.split()[0]) for line in listed.splitlines() if "ingest.sandbox.child" in line}


@pytest.fixture
def readers_of_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let the readers be a Python script of the test's own."""
    script = tmp_path / "reader"

    def start(memory_mb: int) -> "subprocess.Popen[bytes]":
        pipe = subprocess.PIPE
        return subprocess.Popen([sys.executable, script], stdin=pipe, stdout=pipe, bufsize=0)

    monkeypatch.setattr(reader_process, "_start_process", start)
    return script


def test_result_holds_record_and_checksum(tmp_path: Path) -> None:
    path = write_nexus(tmp_path / "a.nxs")
    (result,) = read([stamp_of(path)], workers=1)
    assert result.record is not None
    assert result.record.file_name == "a.nxs"
    assert result.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (result.failure, result.retry) == (None, False)


def test_unreadable_file_names_itself_and_its_reason(tmp_path: Path) -> None:
    (tmp_path / "new\nline.nxs").write_bytes(b"")
    (result,) = read([stamp_of(tmp_path / "new\nline.nxs")], workers=1)
    assert result.failure is not None
    assert result.failure.code == "empty_file"
    assert result.failure.message.startswith("new line.nxs: The file is empty")
    assert result.retry


def test_no_files_start_no_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader_process, "_start_process", None)
    assert read([]) == []


def test_every_file_gives_one_result_through_recycled_readers(tmp_path: Path) -> None:
    stamps = [stamp_of(write_nexus(tmp_path / f"{n}.nxs")) for n in range(7)]
    results = read(stamps, workers=2, recycle_after=2)
    assert sorted(result.stamp.path for result in results) == [stamp.path for stamp in stamps]
    assert all(result.record for result in results)


def test_stamps_are_taken_as_readers_become_free(tmp_path: Path) -> None:
    stamp = stamp_of(write_nexus(tmp_path / "a.nxs"))
    taken: list[int] = []

    def endless() -> Iterator[FileStamp]:
        while True:
            taken.append(1)
            yield stamp

    results = read_files(endless(), time_zone="UTC", workers=1)
    assert next(results).record is not None
    assert len(taken) <= 4 * 64
    results.close()  # type: ignore[attr-defined]


def test_closing_the_iterator_ends_the_readers(tmp_path: Path) -> None:
    before = children()
    stamps = [stamp_of(write_nexus(tmp_path / "a.nxs"))] * 5
    results = read_files(stamps, time_zone="UTC", workers=2)
    next(results)
    assert children() - before
    del results
    gc.collect()
    assert children() <= before


def test_reader_that_dies_costs_one_file(tmp_path: Path) -> None:
    stamps = [stamp_of(write_nexus(tmp_path / f"{n}.nxs")) for n in range(4)]
    results = read_files(stamps, time_zone="UTC", workers=1)
    next(results)
    for child in children():
        os.kill(child, signal.SIGKILL)
    codes = [result.failure.code if result.failure else "" for result in results]
    # The reader may have died between two files, or have answered more than was taken.
    assert sorted(codes) in (["", "", ""], ["", "", "reader_died"])


def test_files_given_ahead_to_a_reader_that_dies_are_not_to_blame(tmp_path: Path) -> None:
    stamps = [stamp_of(write_nexus(tmp_path / f"{n}.nxs")) for n in range(40)]
    results = read_files(stamps, time_zone="UTC", workers=1)
    first = next(results)
    for child in children():
        os.kill(child, signal.SIGKILL)
    rest = list(results)
    assert sorted(each.stamp.path for each in [first, *rest]) == sorted(s.path for s in stamps)
    assert [each.failure.code for each in rest if each.failure] in ([], ["reader_died"])


def test_slow_consumer_costs_no_file_its_deadline(tmp_path: Path) -> None:
    stamps = [stamp_of(write_nexus(tmp_path / f"{n}.nxs")) for n in range(3)]
    results = []
    for result in read_files(stamps, time_zone="UTC", workers=1, deadline_s=1):
        results.append(result)
        time.sleep(1.2)
    assert all(result.record for result in results)


ANSWER = """
import json, os, struct, sys, time
def send(message):
    body = json.dumps(message).encode()
    os.write(1, struct.pack("<I", len(body)) + body)
send(READY)
request = sys.stdin.buffer.read(10)
"""
ANSWER = ANSWER.replace("READY", repr(READY))


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("time.sleep(30)", "reader_timed_out"),
        ("os.abort()", "reader_died"),
        ("sys.exit(3)", "reader_died"),
        ("send({'record': 1})", "reader_died"),
        ("os.write(1, b'\\xff' * 100)", "reader_died"),
        ("os.write(1, struct.pack('<I', 3) + b'{{{')", "reader_died"),
        ("os.write(1, struct.pack('<I', 20000) + b'[' * 20000)", "reader_died"),
    ],
)
def test_lost_reader_is_a_failure_of_its_file(
    readers_of_python: Path, tmp_path: Path, script: str, code: str
) -> None:
    readers_of_python.write_text(ANSWER + script)
    (result,) = read([FileStamp(str(tmp_path / "a.nxs"), 1, 1)], workers=1, deadline_s=0.5)
    assert result.failure is not None
    assert result.failure.code == code
    assert result.failure.message.startswith("a.nxs: The reader")


def test_reader_lost_while_hashing_leaves_the_failure_it_found(
    readers_of_python: Path, tmp_path: Path
) -> None:
    failure = "{'severity': 'error', 'code': 'hdf4', 'message': 'm', 'path': ''}"
    answer = f"send({{'record': None, 'failure': {failure}, 'retry': False}}); time.sleep(30)"
    readers_of_python.write_text(ANSWER + answer)
    (result,) = read([FileStamp(str(tmp_path / "a.nxs"), 1, 1)], workers=1, deadline_s=0.3)
    assert result.failure is not None
    assert (result.failure.code, result.sha256) == ("hdf4", "")


def test_reader_that_does_not_start_is_no_fault_of_a_file(readers_of_python: Path) -> None:
    readers_of_python.write_text("raise SystemExit(1)")
    with pytest.raises(SandboxError, match="ended with status 1 before it was ready"):
        read([FileStamp("a.nxs", 1, 1)], workers=1)


def test_reader_of_another_version_is_no_fault_of_a_file(readers_of_python: Path) -> None:
    readers_of_python.write_text(ANSWER.replace(repr(READY), repr("ready 0123456789abcdef")))
    with pytest.raises(SandboxError, match="restart the workers and the site"):
        read([FileStamp("a.nxs", 1, 1)], workers=1)


def test_memory_limit_costs_one_file_at_most(tmp_path: Path) -> None:
    stamps = [stamp_of(write_nexus(tmp_path / f"{n}.nxs")) for n in range(2)]
    assert all(result.record for result in read(stamps, workers=1, memory_mb=768))


def test_hashing_time_grows_with_what_is_stored(tmp_path: Path) -> None:
    (tmp_path / "sparse").touch()
    os.truncate(tmp_path / "sparse", 10**9)
    assert hash_seconds(stamp_of(tmp_path / "sparse")) == pytest.approx(2.0, rel=0.01)
    assert hash_seconds(FileStamp(str(tmp_path / "gone"), 10**9, 0)) == 20.0
