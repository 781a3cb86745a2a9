"""A facility, and an ingest into it."""

from datetime import datetime
from pathlib import Path

import pytest

from catalogue.models import Facility
from ingest.pipeline import Options, Report, ingest_files
from ingest.walk import find_files
from tests.factories import make_facility, make_policy
from tests.ingest.runs import NOW, Ingest, job_of


@pytest.fixture
def facility() -> Facility:
    facility = make_facility(slug="isis", time_zone="Europe/London")
    facility.default_embargo_policy = make_policy(facility=facility)
    facility.save()
    return facility


@pytest.fixture
def ingest(facility: Facility) -> Ingest:
    def run(
        *paths: Path, proposal: str = "", again: bool = False, now: datetime = NOW
    ) -> list[Report]:
        options = Options(workers=1, deadline_s=20, again=again)
        job = job_of(facility, proposal=proposal, now=now)
        return list(ingest_files(find_files(paths), job, options))

    return run
