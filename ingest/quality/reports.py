"""The reports on each file: its quality with its run, its validation after the commit."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from django.conf import settings
from django.db import transaction

from catalogue.models import Facility, Instrument
from ingest.judge import Judged
from ingest.models import IngestRun, QualityReport
from ingest.quality.readiness import Readiness, assess
from ingest.record import ExtractedRecord
from ingest.storing.bulk import insert_rows
from ingest.validation.tasks import validate_in_background

_COLUMNS = ("run", "facility", "instrument", "score", "states", "places", "written_at")


def write_quality(runs: Sequence[IngestRun], judged: Sequence[Judged]) -> None:
    """Writes a report for each run, in the order of what was judged, in one statement.

    A file that was read and kept out has a report too: what it lacks is often why.
    """
    kept_out = (one.result.record for one in judged if one.record is None)
    known = _instruments(runs[0].facility, [record for record in kept_out if record])
    rows = [_report(run, one, known) for run, one in zip(runs, judged, strict=True)]
    insert_rows(QualityReport, _COLUMNS, rows, by="run")
    _ask_for_validation([run.datafile_id for run in runs if run.datafile_id is not None])


def _ask_for_validation(datafile_ids: list[int]) -> None:
    """Has stored files validated after the commit, where the facility wants that for all.

    Robust: a broker that is away must not make a committed batch look as if it had failed.
    """
    if settings.VALIDATE_NEXUS and datafile_ids:
        transaction.on_commit(lambda: validate_in_background.delay(datafile_ids), robust=True)


def _instruments(
    facility: Facility, records: Sequence[ExtractedRecord]
) -> dict[str, Instrument | None]:
    """Returns the instruments that files name, by name in lower case, None where two share it."""
    if not any(record.instrument_name for record in records):
        return {}
    found: dict[str, Instrument | None] = {}
    for row in Instrument.objects.filter(facility=facility):
        for name in {row.name.casefold(), row.long_name.casefold(), row.slug}:
            found[name] = None if name in found else row
    return found


def _report(
    run: IngestRun, one: Judged, known: dict[str, Instrument | None]
) -> tuple[int | str | None, ...]:
    """Returns the values of _COLUMNS."""
    record = one.result.record
    readiness = assess(record, one.problems) if record else None
    instrument = _instrument(run, record, known)
    return (
        run.pk,
        run.facility_id,
        instrument.pk if instrument else None,
        readiness.score if readiness else None,
        json.dumps(_states(readiness)),
        json.dumps(_places(readiness)),
        datetime.fromtimestamp(run.mtime_ns / 1e9, UTC).isoformat(),
    )


def _states(readiness: Readiness | None) -> dict[str, str]:
    return {each.name: each.state.value for each in readiness.fields} if readiness else {}


def _instrument(
    run: IngestRun, record: ExtractedRecord | None, known: dict[str, Instrument | None]
) -> Instrument | None:
    """Returns the dataset's instrument; of a file without one, the instrument that it names."""
    if run.datafile is not None:
        return run.datafile.dataset.instrument
    name = record.instrument_name.value if record and record.instrument_name else ""
    return known.get(name.casefold())


def _places(readiness: Readiness | None) -> dict[str, dict[str, str]]:
    """Returns the findings on fields; where present ones stand, the dataset's sources say."""
    noted = (each for each in readiness.fields if each.note) if readiness else ()
    return {each.name: {"path": each.path, "note": each.note} for each in noted}
