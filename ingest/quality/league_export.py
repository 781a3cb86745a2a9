"""The league table as CSV and as JSON."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from ingest.quality.league import Standing
from ingest.quality.readiness import FIELDS
from ingest.validation.result import ValidationState

COLUMNS = (
    *("facility", "instrument", "files", "stored", "quarantined", "deferred", "score", "trend"),
)
# A spreadsheet runs a cell that begins with one of these as a formula (OWASP, CSV Injection).
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def as_csv(rows: Iterable[Standing]) -> str:
    """Return the table with a line of names and a line for each instrument (RFC 4180)."""
    out = io.StringIO()
    writer = csv.writer(out)
    states = [state.value for state in ValidationState]
    writer.writerow([*COLUMNS, *(field.name for field in FIELDS), *states])
    for row in rows:
        writer.writerow([_cell(value) for value in _values(row)])
    return out.getvalue()


def as_json(rows: Iterable[Standing]) -> list[dict[str, Any]]:
    """Return the table as plain values; shares in percent."""
    return [
        {**asdict(row), "shares": {share.name: share.percent for share in row.shares}}
        for row in rows
    ]


def _values(row: Standing) -> Sequence[object]:
    shares = {share.name: share.percent for share in row.shares}
    return [
        *(getattr(row, name) for name in COLUMNS),
        *(shares.get(field.name) for field in FIELDS),
        *(row.validated[state.value] for state in ValidationState),
    ]


def _cell(value: object) -> object:
    """Return a value that a spreadsheet shows and never runs; numbers are no text."""
    is_formula = isinstance(value, str) and value.lstrip(" ").startswith(FORMULA_STARTS)
    return f"'{value}" if is_formula else value
