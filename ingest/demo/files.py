"""Writes the demonstration's NeXus files, and says beforehand which they will be."""

import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Literal

import numpy as np

from ingest.demo.dialects import DIALECTS, Dialect
from ingest.demo.document import build_document
from ingest.demo.plan import Run, plan_runs
from ingest.demo.scenario import build_scenario
from ingest.demo.techniques import MEASURES
from ingest.demo.writer import write_file

# Why a file of the bad night cannot be ingested.
Fault = Literal["truncated", "no proposal", "empty", "text"]

FAULTS: tuple[Fault, ...] = ("truncated", "no proposal", "empty", "text")
EXPECTED_QUARANTINED = len(FAULTS)

_TEXT = "Run aborted: detector high voltage tripped at 02:41. Operator to restart, see logbook.\n"
# The night's run numbers, far from those of any visit.
_BAD_NIGHT_RUN = 77_000


@dataclass(frozen=True, slots=True)
class DemoFile:
    """One file to come. `path` is relative to the demonstration's folder.

    `proposal_from_context` is true where the file itself does not name its proposal, so that the
    ingest must be told. `fault` is None for a file that is to be ingested, else what is wrong.
    """

    path: PurePosixPath
    facility: str
    instrument: str
    proposal: str
    visit: str
    run: Run
    proposal_from_context: bool = False
    fault: Fault | None = None


def plan_demo_files(today: date, *, runs_per_visit: int | None = None) -> tuple[DemoFile, ...]:
    """Returns every file `write_demo_files` would write with the same arguments, in its order."""
    runs = plan_runs(build_scenario(today), runs_per_visit=runs_per_visit)
    return (*(_sound_file(run) for run in runs), *_bad_night(runs))


def write_demo_files(
    folder: Path, *, today: date, runs_per_visit: int | None = None
) -> Iterator[Path]:
    """Writes the files below `folder` and yields the path of each once it is complete.

    The same arguments give the same bytes. `runs_per_visit` caps the runs of a visit (None: all).
    """
    for file in plan_demo_files(today, runs_per_visit=runs_per_visit):
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, file)
        # A file is as old as its run: what was cut short years ago is not still being written.
        written_ns = int(file.run.end.timestamp()) * 10**9
        os.utime(path, ns=(written_ns, written_ns))
        yield path


def context_proposals(today: date) -> dict[PurePosixPath, str]:
    """Returns the proposal of each raw folder (relative) whose files do not name it."""
    return {
        file.path.parent: file.proposal
        for file in plan_demo_files(today)
        if file.proposal_from_context
    }


def _sound_file(run: Run) -> DemoFile:
    return DemoFile(
        path=run.path,
        facility=run.proposal.facility.slug,
        instrument=run.instrument.slug,
        proposal=run.proposal.code,
        visit=run.visit.identifier,
        run=run,
        proposal_from_context=not run.instrument.cites_proposal,
    )


def _bad_night(runs: tuple[Run, ...]) -> Iterator[DemoFile]:
    """Yields one file of each fault, all from the neutron spectrometer's newest visit."""
    last = [run for run in runs if run.instrument.slug == "rime"][-1]
    for number, fault in enumerate(FAULTS, start=_BAD_NIGHT_RUN):
        run = replace(last, number=number)
        file = replace(_sound_file(run), fault=fault)
        yield _without_proposal(file) if fault == "no proposal" else file


def _without_proposal(file: DemoFile) -> DemoFile:
    """Returns the file in a folder that names no proposal either."""
    path = PurePosixPath(file.facility, file.instrument, "commissioning", "raw", file.path.name)
    return replace(file, path=path, proposal="", visit="")


def _write(path: Path, file: DemoFile) -> None:
    match file.fault:
        case None:
            _write_run(path, file.run, DIALECTS[file.instrument])
        case "no proposal":
            _write_run(path, file.run, replace(DIALECTS[file.instrument], proposal_place="path"))
        case "truncated":
            _write_run(path, file.run, DIALECTS[file.instrument])
            path.write_bytes(path.read_bytes()[: path.stat().st_size * 3 // 5])
        case "empty":
            path.write_bytes(b"")
        case "text":
            path.write_text(_TEXT, encoding="ascii")


def _write_run(path: Path, run: Run, dialect: Dialect) -> None:
    rng = np.random.default_rng([zlib.crc32(run.instrument.slug.encode()), run.number])
    measurement = MEASURES[run.instrument.kind](run, rng)
    write_file(path, build_document(run, measurement, dialect), dialect)
