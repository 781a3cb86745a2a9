"""Validation in its own process: real definitions, real files, hangs, crashes, no way out."""

import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import h5py
import pytest

from ingest.sandbox.process import SandboxError
from ingest.validation import process
from ingest.validation.process import validate_files
from ingest.validation.result import ADVICE, Validation
from tests.nexus_files import write_nexus

HAZARDS = (Path(__file__).parents[4] / "shared" / "nexus" / "hazards").resolve()
REAL = (Path(__file__).parents[4] / "shared" / "nexus" / "real").resolve()
SECRET = "TOPSECRET"

# What NXsimple files lack for the base classes to find nothing to say.
FAULTLESS: dict[str, Any] = {
    "entry/definition": None,
    "entry/start_time": "2026-03-01T10:00:00+01:00",
    "entry/data@axes": "x",
    "entry/data/x": [1.0, 2.0, 3.0],
    "entry/data/x@units": "mm",
    "entry/sample/temperature": None,
    "entry/sample/temperature@units": None,
}


def validate(*paths: Path, deadline_s: float = 30) -> list[Validation]:
    found = validate_files([str(path) for path in paths], deadline_s=deadline_s)
    return [result for _, result in found]


def test_file_without_a_fault_is_valid(tmp_path: Path) -> None:
    (result,) = validate(write_nexus(tmp_path / "a.nxs", FAULTLESS))
    assert (result.state, result.findings) == ("valid", ())
    assert result.validator.startswith("nexusformat 2.1.0, NeXus definitions v2026.01")


def test_unknown_field_is_a_warning_with_its_path(tmp_path: Path) -> None:
    (result,) = validate(write_nexus(tmp_path / "a.nxs", {**FAULTLESS, "entry/tittle": "x"}))
    assert (result.state, result.errors, result.warnings) == ("has_warnings", 0, 1)
    (finding,) = result.findings
    assert (finding.severity, finding.code, finding.path) == (
        "warning",
        "not_defined",
        "/entry/tittle",
    )
    assert finding.message == "This field is not defined in NXentry"


def test_application_definition_is_applied(tmp_path: Path) -> None:
    changes = {**FAULTLESS, "entry/definition": "NXsas", "entry/data@signal": "nothing"}
    (result,) = validate(write_nexus(tmp_path / "a.nxs", changes))
    assert (result.state, result.definition) == ("has_errors", "NXsas")
    missing = [each.path for each in result.findings if each.code == "required_missing"]
    assert "/entry/NXinstrument/NXmonochromator" in missing
    severities = [each.severity for each in result.findings]
    assert severities == sorted(severities)  # errors before warnings
    assert result.errors + result.warnings == len(result.findings)


def test_unknown_definition_could_not_be_validated_but_keeps_its_findings(tmp_path: Path) -> None:
    changes = {**FAULTLESS, "entry/definition": "TOFRAW", "entry/tittle": "x"}
    (result,) = validate(write_nexus(tmp_path / "a.nxs", changes))
    assert (result.state, result.code) == ("could_not_be_validated", "unknown_definition")
    assert "'TOFRAW'" in result.reason
    assert "/entry/tittle" in [each.path for each in result.findings]


def test_definition_that_is_a_path_is_never_opened(tmp_path: Path) -> None:
    nxdl = tmp_path / "mine.nxdl.xml"
    nxdl.write_text("<definition><group type='NXentry'/></definition>")
    changes = {"entry/definition": str(nxdl), "entry/sample@NX_class": str(nxdl)}
    (result,) = validate(write_nexus(tmp_path / "a.nxs", {**FAULTLESS, **changes}))
    assert result.state == "could_not_be_validated"
    assert result.code in ("unknown_definition", "validator_failed")


def outside_file(tmp_path: Path) -> Path:
    outside = tmp_path / "outside"
    outside.mkdir()
    with h5py.File(outside / "secret.h5", "w") as file:
        file["secret"] = SECRET
        file["v"] = [1, 2, 3, 4]
    (outside / "plain").write_bytes(SECRET.encode())
    return outside / "secret.h5"


def write_hazard(tmp_path: Path, kind: str) -> Path:
    secret = outside_file(tmp_path)
    path = write_nexus(tmp_path / "a.nxs", {**FAULTLESS, "entry/title": None})
    with h5py.File(path, "r+") as file:
        # Deep in a group that the catalogue's own reader does not look into.
        place = file.create_group("entry/collection/deep")
        file["entry/collection"].attrs["NX_class"] = "NXcollection"
        if kind == "link":
            place["title"] = h5py.ExternalLink(str(secret), "/secret")
        elif kind == "storage":
            plain = str(secret.parent / "plain")
            place.create_dataset("title", (1,), dtype="S9", external=[(plain, 0, 9)])
        else:
            layout = h5py.VirtualLayout((4,), dtype="i8")
            layout[:] = h5py.VirtualSource(str(secret), "v", shape=(4,))
            place.create_virtual_dataset("title", layout)
    return path


@pytest.mark.parametrize("kind", ["link", "storage", "virtual"])
def test_file_that_leads_outside_is_refused(tmp_path: Path, kind: str) -> None:
    (result,) = validate(write_hazard(tmp_path, kind))
    assert (result.state, result.code) == ("could_not_be_validated", "links_outside")
    assert result.reason.startswith("/entry/collection/deep/title is ")
    assert (result.findings, result.errors, result.warnings) == ((), 0, 0)


def test_group_that_cannot_be_listed_is_refused(tmp_path: Path) -> None:
    """Part of its links may still be found, and nothing is known of the others."""
    path = write_nexus(tmp_path / "a.nxs", FAULTLESS)
    with h5py.File(path, "r+") as file:
        file.create_group("entry/collection").create_group("deep")
    content = path.read_bytes()
    at = content.rindex(b"SNOD")  # of the group that was made last (HDF5 File Format 3.0 §III.B)
    path.write_bytes(content[:at] + b"DONS" + content[at + 4 :])
    (result,) = validate(path)
    assert (result.state, result.code) == ("could_not_be_validated", "damaged_hdf5")
    assert result.reason.startswith("The group /entry/collection is damaged")


def test_link_with_a_slash_in_its_name_is_refused(tmp_path: Path) -> None:
    """The library reads it as a path, and would take other steps than the search."""
    path = write_nexus(tmp_path / "a.nxs", FAULTLESS)
    with h5py.File(path, "r+") as file:
        file.create_group("entry/collection").create_group("steps_apart")
    content = path.read_bytes()
    assert content.count(b"steps_apart") == 1
    path.write_bytes(content.replace(b"steps_apart", b"steps/apart"))
    (result,) = validate(path)
    assert (result.state, result.code) == ("could_not_be_validated", "links_outside")
    assert result.reason.startswith("/entry/collection/steps/apart has a slash in its name")


def test_virtual_dataset_over_the_file_itself_is_no_way_out(tmp_path: Path) -> None:
    path = write_nexus(tmp_path / "a.nxs", FAULTLESS)
    with h5py.File(path, "r+") as file:
        layout = h5py.VirtualLayout((3,), dtype="f8")
        layout[:] = h5py.VirtualSource(".", "/entry/data/x", shape=(3,))
        file["entry/data"].create_virtual_dataset("same", layout)
    (result,) = validate(path)
    assert result.code == ""


LOCKED = """
import os, sys
from ingest.nexus.definitions import load_definitions, open_one_more_file
import h5py
from nexusformat.nexus import nxload
load_definitions()
open_one_more_file()
root = nxload(sys.argv[1])
with root.nxfile:
    raw = root.nxfile.file
    for read in (
        lambda: raw["entry/collection/deep/title"][()],
        lambda: root["entry/collection/deep/title"].nxvalue,
        lambda: open(sys.argv[1]),
        lambda: nxload(sys.argv[2]),
    ):
        try:
            print("READ", read())
        except Exception as error:
            print("NO", type(error).__name__)
import resource
try:
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)); print("RAISED")
except (ValueError, OSError):
    print("NO raise")
"""


@pytest.mark.parametrize("kind", ["link", "storage"])
def test_nothing_outside_can_be_opened_even_where_the_search_had_missed_it(
    tmp_path: Path, kind: str
) -> None:
    """The second of two locks, by itself: one descriptor, which the file takes."""
    path = write_hazard(tmp_path, kind)
    with h5py.File(path) as file:
        assert SECRET in str(file["entry/collection/deep/title"][()])  # the danger is real
    command = [sys.executable, "-c", LOCKED, path, tmp_path / "outside" / "secret.h5"]
    root = Path(__file__).parents[3]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=root)
    assert SECRET not in done.stdout + done.stderr
    lines = done.stdout.splitlines()
    # nexusformat answers None for what it cannot read.
    assert [line.split()[0] for line in lines if line != "READ None"][:3] == ["NO"] * 3
    if os.geteuid() != 0:
        assert lines[-1] == "NO raise"


@pytest.mark.skipif(not HAZARDS.exists(), reason=f"no hazards at {HAZARDS}")
def test_every_hazard_ends_in_a_result_and_none_is_read_outside(tmp_path: Path) -> None:
    out = tmp_path / "out"
    maker = HAZARDS / "make_hazards.py"
    subprocess.run([sys.executable, maker, out], check=True, capture_output=True)
    paths = [
        each for each in sorted(out.iterdir()) if each.suffix == ".nxs" and "fuzz_" not in each.name
    ]
    crasher = next(HAZARDS.glob("crashers/*"))
    results = dict(zip([*paths, crasher], validate(*paths, crasher, deadline_s=8), strict=True))
    assert SECRET not in repr(results)
    named = {path.name: result for path, result in results.items()}
    for name in ("external_links.nxs", "external_storage.nxs", "vds_outside.nxs"):
        assert named[name].code == "links_outside", name
    assert named["symlink_outside.nxs"].code == "symbolic_link"
    assert named["fifo.nxs"].code == "not_a_file"
    assert named["good.nxs"].code == ""
    assert named[crasher.name].code in ("timed_out", "validator_died")


def test_file_is_never_opened_for_writing(tmp_path: Path) -> None:
    """Nexusformat opens a file for writing where it can; not a byte and no date may change."""
    path = write_nexus(tmp_path / "a.nxs", FAULTLESS)
    before = (hashlib.sha256(path.read_bytes()).digest(), path.stat().st_mtime_ns)
    validate(path)
    assert (hashlib.sha256(path.read_bytes()).digest(), path.stat().st_mtime_ns) == before


def test_findings_of_one_file_never_show_in_the_next(tmp_path: Path) -> None:
    with_fault = write_nexus(tmp_path / "a.nxs", {**FAULTLESS, "entry/tittle": "x"})
    first, second, third = validate(
        with_fault, write_nexus(tmp_path / "b.nxs", FAULTLESS), with_fault
    )
    assert second.findings == ()
    assert first.findings == third.findings


def children() -> list[int]:
    command = ["ps", "-eo", "pid=,ppid=,args="]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rows = [line.split(maxsplit=2) for line in listed.splitlines()]
    ours = [int(row[0]) for row in rows if "validation.child" in row[2]]
    mine = [int(row[0]) for row in rows if int(row[1]) == os.getpid() and int(row[0]) in ours]
    return mine + [int(row[0]) for row in rows if int(row[1]) in mine]


@pytest.mark.skipif(not HAZARDS.exists(), reason=f"no hazards at {HAZARDS}")
def test_file_that_hangs_libhdf5_times_out_and_leaves_nothing_running(tmp_path: Path) -> None:
    crasher = next(HAZARDS.glob("crashers/*"))
    good = write_nexus(tmp_path / "a.nxs", FAULTLESS)
    started = time.monotonic()
    hung, next_one = validate(crasher, good, deadline_s=3)
    assert (hung.state, hung.code) == ("could_not_be_validated", "timed_out")
    assert next_one.state == "valid"
    assert time.monotonic() - started < 40
    assert children() == []


def test_validator_that_dies_costs_one_file(tmp_path: Path) -> None:
    """The fork at work is killed, as by a crash in C; the process answers for it."""
    path = write_nexus(tmp_path / "a.nxs", FAULTLESS)
    with h5py.File(path, "r+") as file:
        for number in range(3000):  # long enough to be met at work
            file[f"entry/sample/x{number}"] = 1
    results: list[Validation] = []
    worker = threading.Thread(target=lambda: results.extend(validate(path, path)))
    worker.start()
    killed = wait_for_fork_and_kill()
    worker.join()
    assert killed
    codes = [result.code for result in results]
    assert codes == ["validator_died", ""]
    assert "signal 9" in results[0].reason


def wait_for_fork_and_kill() -> bool:
    for _ in range(2000):
        found = children()
        if len(found) == 2:
            os.kill(found[1], signal.SIGKILL)
            return True
        time.sleep(0.01)
    return False


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("time.sleep(30)", "timed_out"),
        ("os.abort()", "validator_died"),
        ("send({'state': 'fine'})", "validator_died"),
        ("os.write(1, b'\\xff' * 100)", "validator_died"),
        ("os.write(1, struct.pack('<I', 3) + b'{{{')", "validator_died"),
    ],
)
def test_answer_that_is_none_is_a_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, code: str
) -> None:
    answer = (
        "import json, os, struct, sys, time\n"
        "def send(message):\n"
        "    body = json.dumps(message).encode()\n"
        "    os.write(1, struct.pack('<I', len(body)) + body)\n"
        "send('ready')\nsys.stdin.buffer.read(10)\n"
    )
    (tmp_path / "validator").write_text(answer + script)
    start_instead(monkeypatch, tmp_path / "validator")
    (result,) = validate(tmp_path / "a.nxs", deadline_s=0.5)
    assert (result.state, result.code) == ("could_not_be_validated", code)


def start_instead(monkeypatch: pytest.MonkeyPatch, script: Path) -> None:
    def start(module: str, memory_mb: int) -> "subprocess.Popen[bytes]":
        pipe = subprocess.PIPE
        return subprocess.Popen(
            [sys.executable, script], stdin=pipe, stdout=pipe, bufsize=0, start_new_session=True
        )

    monkeypatch.setattr(process, "start_child", start)


def test_validator_that_does_not_start_is_no_fault_of_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "validator").write_text("raise SystemExit(1)")
    start_instead(monkeypatch, tmp_path / "validator")
    with pytest.raises(SandboxError, match="the validator does not start"):
        validate(tmp_path / "a.nxs")


@pytest.mark.skipif(not REAL.exists(), reason=f"the real files are not at {REAL}")
def test_real_files_of_many_facilities(tmp_path: Path) -> None:
    sources = [each for each in sorted(REAL.rglob("*")) if each.is_file()]
    # The smaller half: the whole takes a minute.
    paths = [each for each in sources if each.suffix != ".tsv" and each.stat().st_size < 200_000]
    before = [path.stat().st_mtime_ns for path in paths]
    results = dict(zip(paths, validate(*paths), strict=True))
    assert [path.stat().st_mtime_ns for path in paths] == before
    failed = {path.name for path, result in results.items() if result.code == "validator_failed"}
    # A link into another file by a name that nexusformat cannot take apart.
    assert failed == {"voltage_and_temperature.nxs"}
    outside = [path.name for path, each in results.items() if each.code == "links_outside"]
    assert {"NXmx-Therm_6_2.nxs", "xrc_209_master.h5"} <= set(outside)
    codes = {each.code for result in results.values() for each in result.findings}
    assert codes - set(ADVICE) <= {"other"}
    assert all(each.path for result in results.values() for each in result.findings)
