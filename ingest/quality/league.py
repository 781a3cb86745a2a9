"""The league table: how well each instrument describes its data, from one aggregate query."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Avg, Count, Q

from ingest.models import Outcome, QualityReport
from ingest.quality.readiness import FIELDS, State
from ingest.validation.result import ValidationState

RECENT = timedelta(days=30)
UNNAMED = "no known instrument"


@dataclass(frozen=True, slots=True)
class FieldShare:
    """How many of the readable files of an instrument say a field, in percent."""

    name: str
    label: str
    percent: float
    weight: int


@dataclass(frozen=True, slots=True)
class Standing:
    """One line of the league table; the instrument is '' where files name none that is known.

    `score` is the mean over the readable files, None where there are none; `trend` is the mean over
    files written in the last 30 days less the mean over those before, None where one is missing.
    `shares` begin with what costs most points. `validated` counts reports by state.
    """

    facility: str
    instrument: str
    instrument_id: int | None
    files: int
    stored: int
    quarantined: int
    deferred: int
    score: float | None
    trend: float | None
    shares: tuple[FieldShare, ...]
    validated: dict[str, int]

    @property
    def worst(self) -> tuple[FieldShare, ...]:
        """The three fields that cost the most points."""
        return tuple(share for share in self.shares[:3] if share.percent < 100)

    @property
    def is_validated(self) -> bool:
        """Whether any of the files has been validated."""
        return any(self.validated.values())

    @property
    def errors(self) -> int:
        """The number of files with errors against the NeXus definitions."""
        return self.validated[ValidationState.ERRORS]


# What a table can be sorted by; with a minus in front, the other way round.
SORTS: dict[str, Any] = {
    "instrument": lambda row: (row.facility.casefold(), row.instrument.casefold()),
    "score": lambda row: row.score,
    "trend": lambda row: row.trend,
    "files": lambda row: row.files,
    "stored": lambda row: row.stored,
    "quarantined": lambda row: row.quarantined,
    "deferred": lambda row: row.deferred,
    "errors": lambda row: row.errors,
}


def standings(*, now: datetime) -> list[Standing]:
    """Returns every instrument that files have come from, by facility and name; one query."""
    rows = QualityReport.objects.order_by().values(
        "facility__name", "instrument_id", "instrument__name"
    )
    counted: Iterable[dict[str, Any]] = rows.annotate(
        **_counts(), **_means(now), **_fields(), **_validations()
    )  # type: ignore[assignment]
    return sort_by((_standing(row) for row in counted), "instrument")


def sort_by(rows: Iterable[Standing], key: str) -> list[Standing]:
    """Returns the rows by one of SORTS; an unknown key means the worst first, and None is last."""
    name = key.removeprefix("-")
    value = SORTS.get(name, SORTS["score"])
    found = list(rows)
    known = [row for row in found if value(row) is not None]
    known.sort(key=value, reverse=key.startswith("-") and name in SORTS)
    return known + [row for row in found if value(row) is None]


def _counts() -> dict[str, Any]:
    outcomes = {
        outcome.value: Count("pk", filter=Q(run__outcome=outcome.value)) for outcome in Outcome
    }
    return {"files": Count("pk"), "readable": Count("score"), **outcomes}


def _means(now: datetime) -> dict[str, Any]:
    is_recent = Q(written_at__gte=now - RECENT)
    return {
        "mean": Avg("score"),
        "recent": Avg("score", filter=is_recent),
        "before": Avg("score", filter=~is_recent),
    }


def _fields() -> dict[str, Any]:
    return {
        f"has_{field.name}": Count("pk", filter=Q(**{f"states__{field.name}": State.PRESENT.value}))
        for field in FIELDS
    }


def _validations() -> dict[str, Any]:
    return {
        f"nexus_{state.value}": Count("pk", filter=Q(run__datafile__validation__state=state.value))
        for state in ValidationState
    }


def _standing(row: dict[str, Any]) -> Standing:
    return Standing(
        facility=row["facility__name"],
        instrument=row["instrument__name"] or "",
        instrument_id=row["instrument_id"],
        files=row["files"],
        **{outcome.value: row[outcome.value] for outcome in Outcome},
        score=_rounded(row["mean"]),
        trend=_trend(row["recent"], row["before"]),
        shares=_shares(row),
        validated={state.value: row[f"nexus_{state.value}"] for state in ValidationState},
    )


def _shares(row: dict[str, Any]) -> tuple[FieldShare, ...]:
    readable = row["readable"]
    if not readable:
        return ()
    shares = [
        FieldShare(
            field.name,
            field.label,
            round(100 * row[f"has_{field.name}"] / readable, 1),
            field.weight,
        )
        for field in FIELDS
    ]
    return tuple(sorted(shares, key=lambda each: -(100 - each.percent) * each.weight))


def _trend(recent: float | None, before: float | None) -> float | None:
    if recent is None or before is None:
        return None
    return _rounded(float(recent) - float(before))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), 1)
