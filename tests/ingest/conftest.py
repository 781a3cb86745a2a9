"""A facility, and an ingest into it."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from catalogue.models import Facility
from ingest.pipeline import Options, Report, ingest_files
from ingest.record import FileStamp, ReadResult
from ingest.sandbox.pool import ReaderPool
from ingest.sandbox.process import SandboxOptions
from ingest.walk import find_files
from tests.factories import make_facility, make_policy
from tests.ingest.runs import NOW, Ingest, job_of


@pytest.fixture
def facility() -> Facility:
    facility = make_facility(slug="isis", time_zone="Europe/London")
    facility.default_embargo_policy = make_policy(facility=facility)
    facility.save()
    return facility


@pytest.fixture(scope="session")
def readers() -> Iterator[ReaderPool]:
    """One reader process for all tests of a run: each start of one takes most of a second."""
    options = SandboxOptions(
        "Europe/London", workers=1, deadline_s=20, memory_mb=1024, recycle_after=500
    )
    pool = ReaderPool(options)
    yield pool
    pool.close()


@pytest.fixture
def ingest(facility: Facility, readers: ReaderPool) -> Ingest:
    def read(stamps: Iterable[FileStamp], **_options: object) -> Iterator[ReadResult]:
        return readers.read(iter(stamps))

    def run(
        *paths: Path, proposal: str = "", again: bool = False, now: datetime = NOW
    ) -> list[Report]:
        options = Options(workers=1, deadline_s=20, again=again)
        job = job_of(facility, proposal=proposal, now=now)
        return list(ingest_files(find_files(paths), job, options, read=read))

    return run
