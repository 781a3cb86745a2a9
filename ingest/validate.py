"""What a record lacks for the catalogue, as findings; pure.

Only what makes a record contradict itself is an error. What is missing is a warning: half of real
raw files have no title, and each of them is somebody's data.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from ingest.quality.readiness import FIELD
from ingest.record import ExtractedRecord, Problem, Severity, Sourced

GRACE = timedelta(days=1)

# What a landing page and a DataCite record want to know: the record's attribute, the field's name.
WANTED = {
    "title": "title",
    "start": "start",
    "instrument_name": "instrument",
    "definition": "definition",
    "samples": "sample",
    "users": "users",
}


def find_problems(record: ExtractedRecord) -> list[Problem]:
    """Return the findings on one record, in a fixed order; none where it is complete.

    Codes: `no_title`, `no_start`, `no_instrument`, `no_definition`, `no_sample`, `no_users`
    (warnings), `end_before_start` (error: extraction leaves such an end out, so that only a record
    from elsewhere has one). Proposal and visit are judged where the dataset is placed.
    """
    return [*_find_missing(record), *_find_contradictions(record)]


def find_future_dates(record: ExtractedRecord, *, now: datetime) -> list[Problem]:
    """Return a warning `future_date` for each date of a record that is more than a day after now.

    A day of grace covers clocks and time zones; beyond it, the embargo would be counted from a day
    that has not come.
    """
    dated = [each for each in (record.start, record.end) if each is not None]
    return [_future(record, each, now) for each in dated if each.value - now > GRACE]


def _future(record: ExtractedRecord, found: Sourced[datetime], now: datetime) -> Problem:
    message = (
        f"{record.file_name}: {found.source} {found.value.isoformat()} is later than now, "
        f"{now.isoformat(timespec='seconds')}, and puts off the end of the embargo; correct the "
        f"file, and the investigation's days and release date in the admin."
    )
    return Problem(Severity.WARNING, "future_date", message, found.source)


def _find_missing(record: ExtractedRecord) -> Iterator[Problem]:
    for attribute, name in WANTED.items():
        if not getattr(record, attribute):
            field = FIELD[name]
            message = (
                f"{record.file_name}: {field.path} is missing or says nothing; "
                f"write {field.advice}."
            )
            yield Problem(Severity.WARNING, f"no_{name}", message, record.entry_path)


def _find_contradictions(record: ExtractedRecord) -> Iterator[Problem]:
    if record.start and record.end and record.end.value < record.start.value:
        message = (
            f"{record.file_name}: {record.end.source} {record.end.value.isoformat()} is before "
            f"{record.start.source} {record.start.value.isoformat()}; correct the wrong one."
        )
        yield Problem(Severity.ERROR, "end_before_start", message, record.end.source)
