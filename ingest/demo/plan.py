"""Which runs the demonstration holds: number, time and place of each, from the scenario."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import groupby
from pathlib import PurePosixPath
from zoneinfo import ZoneInfo

import numpy as np

from ingest.demo.entities import DemoInstrument, DemoProposal, DemoSample, DemoVisit
from ingest.demo.scenario import Scenario

# A user's first run comes after the safety talk and the alignment.
_FIRST_RUN_AT = time(10, 40)
# Other people's runs lie between two visits.
_RUNS_BETWEEN_VISITS = 83


@dataclass(frozen=True, slots=True)
class Run:
    """One run to be written as a file. `index` counts within the visit, of `count` runs."""

    proposal: DemoProposal
    visit: DemoVisit
    number: int
    index: int
    count: int
    start: datetime
    end: datetime

    @property
    def instrument(self) -> DemoInstrument:
        return self.visit.instrument

    @property
    def sample(self) -> DemoSample:
        is_standard = self.index < self.visit.standard_runs
        return self.visit.samples[1 if is_standard else 0]

    @property
    def progress(self) -> float:
        """How far the visit's series has come, from 0 to 1."""
        return self.index / max(self.count - 1, 1)

    @property
    def temperature_k(self) -> float:
        first, last = self.sample.temperature_k
        return round(first + (last - first) * self.progress, 1)

    @property
    def path(self) -> PurePosixPath:
        """The file's place below the demonstration's folder."""
        return visit_folder(self.proposal, self.visit) / "raw" / run_file_name(self)


def visit_folder(proposal: DemoProposal, visit: DemoVisit) -> PurePosixPath:
    """Returns facility/instrument/visit, the last part being what the facility calls a visit."""
    is_per_visit = proposal.facility.kind == "synchrotron"
    name = visit.identifier if is_per_visit else proposal.code
    return PurePosixPath(proposal.facility.slug, visit.instrument.slug, name)


def run_file_name(run: Run) -> str:
    instrument = run.instrument
    return f"{instrument.file_prefix}{run.number:0{instrument.number_width}d}.nxs"


def plan_runs(scenario: Scenario, *, runs_per_visit: int | None = None) -> tuple[Run, ...]:
    """Returns all runs, by instrument and time; `runs_per_visit` caps those of a visit."""
    pairs = sorted(
        ((proposal, visit) for proposal in scenario.proposals for visit in proposal.visits),
        key=lambda pair: (pair[1].instrument.slug, pair[1].start, pair[0].code),
    )
    by_instrument = groupby(pairs, key=lambda pair: pair[1].instrument)
    return tuple(
        run
        for instrument, visits in by_instrument
        for run in _instrument_runs(instrument, list(visits), runs_per_visit)
    )


def _instrument_runs(
    instrument: DemoInstrument,
    visits: list[tuple[DemoProposal, DemoVisit]],
    runs_per_visit: int | None,
) -> Iterator[Run]:
    first = instrument.first_run
    for proposal, visit in visits:
        # The full visit decides about numbers and times, so that a cap leaves them as they are.
        yield from list(_visit_runs(proposal, visit, first))[:runs_per_visit]
        first += visit.runs + _RUNS_BETWEEN_VISITS


def _visit_runs(proposal: DemoProposal, visit: DemoVisit, first: int) -> Iterator[Run]:
    zone = ZoneInfo(proposal.facility.time_zone)
    opening = datetime.combine(visit.start, _FIRST_RUN_AT, tzinfo=zone)
    closing = datetime.combine(visit.end, time(23, 30), tzinfo=zone)
    step = (closing - opening) / visit.runs
    rng = np.random.default_rng(first)
    for index in range(visit.runs):
        start = opening + step * index + timedelta(milliseconds=int(rng.integers(0, 900_000)))
        end = start + step * float(rng.uniform(0.35, 0.7))
        yield Run(proposal, visit, first + index, index, visit.runs, start, end)
