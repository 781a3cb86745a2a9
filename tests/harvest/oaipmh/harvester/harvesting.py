"""A source that points at a fake endpoint, and runs over it without waiting."""

from datetime import UTC, datetime
from typing import Any

from catalogue.models import HarvestedRecord
from harvest.models import HarvestRun, HarvestSource
from harvest.oaipmh.harvester.client import Patience
from harvest.oaipmh.harvester.harvest import Options, harvest
from tests.fakes.oai_pmh import Endpoint

LATER = datetime(2099, 6, 1, tzinfo=UTC)


def make_source(endpoint: Endpoint, **changes: Any) -> HarvestSource:
    values = {"name": "Fake catalogue", "base_url": endpoint.base_url}
    return HarvestSource.objects.create(**values | changes)


def run(source: HarvestSource, **options: Any) -> HarvestRun:
    """Returns a run that notes its waits in `waits` and makes none."""
    waits: list[float] = []
    made = harvest(source, Options(patience=Patience(sleep=waits.append), **options))
    made.waits = waits  # type: ignore[attr-defined]
    source.refresh_from_db()
    return made


def defects(made: HarvestRun) -> dict[str, int]:
    return dict(made.warnings.values_list("defect", "times"))


def stored(source: HarvestSource) -> dict[str, HarvestedRecord]:
    return {row.identifier: row for row in HarvestedRecord.objects.filter(origin_id=source.pk)}


def live(source: HarvestSource) -> set[str]:
    return {identifier for identifier, row in stored(source).items() if not row.is_deleted}
