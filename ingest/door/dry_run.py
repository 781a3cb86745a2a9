"""What a file would become, field by field, pure: from what was read, and where it would go."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from catalogue.vocabulary.panet import IRI_PREFIX, terms
from ingest.door.binding import FROM_JOB
from ingest.door.findings import Finding, reason
from ingest.judge import Judged
from ingest.nexus.quantities import in_si
from ingest.record import (
    ExtractedParameter,
    ExtractedRecord,
    ExtractedSample,
    ExtractedUser,
    Sourced,
)
from ingest.rules.techniques import choose_techniques
from ingest.validate import WANTED

# Findings that something is missing; their messages say what to write, and where.
MISSING = {f"no_{name}" for name in (*WANTED.values(), "proposal")}


@dataclass(frozen=True, slots=True)
class Part:
    """A row that a file would belong to: its name, and whether it would be made for it.

    is_new: None where it would tell what other instruments have.
    """

    name: str
    is_new: bool | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a file would go, as storing it has shown. techniques: PaNET codes and labels."""

    proposal: Part
    visit: Part
    instrument: Part | None
    is_new_dataset: bool
    techniques: tuple[tuple[str, str], ...]


def describe(
    judged: Judged, *, outcome: str, code: str, told: list[Finding], place: Place | None
) -> dict[str, Any]:
    """Returns what was understood of a file, and what would become of it.

    told: the findings that may be told; place: None where it would not be stored.
    """
    record = judged.result.record
    return {
        "outcome": f"would be {outcome}",
        "reason": reason(code, told),
        "fields": _fields(record, judged) if record else {},
        "placement": _placement(judged, place),
        "technique": [
            {"code": code, "label": label, "iri": IRI_PREFIX + code}
            for code, label in (place.techniques if place else _techniques(record))
        ],
        "parameters": [_parameter(each) for each in record.parameters] if record else [],
        "people": [_person(each) for each in record.users] if record else [],
        "samples": [_sample(each) for each in record.samples] if record else [],
        "missing": [each for each in told if each["code"] in MISSING],
        "problems": [each for each in told if each["code"] not in MISSING],
    }


def _fields(record: ExtractedRecord, judged: Judged) -> dict[str, Any]:
    """Every field that the file holds, and those that the job holds instead."""
    found = {
        field.name: value
        for field in fields(record)
        if isinstance(value := getattr(record, field.name), Sourced)
    }
    for name, value in _from_job(judged).items():
        found.setdefault(name, Sourced(value, FROM_JOB))
    return {name: _field(value) for name, value in found.items()}


def _from_job(judged: Judged) -> dict[str, str]:
    bound = judged.record.instrument_name if judged.record else None
    return {
        **({"proposal": judged.placement.proposal_code} if judged.placement else {}),
        **({"instrument_name": bound.value} if bound and bound.source == FROM_JOB else {}),
    }


def _field(found: Sourced[Any]) -> dict[str, Any]:
    if isinstance(found.value, datetime):
        return {**_moment(found.value), "source": found.source}
    return {"value": found.value, "source": found.source}


def _moment(moment: datetime) -> dict[str, str]:
    utc = moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return {"value": moment.isoformat(), "utc": utc}


def _placement(judged: Judged, place: Place | None) -> dict[str, Any] | None:
    if judged.placement is None:
        return None
    if place is None:
        return {
            "proposal": {"code": judged.placement.proposal_code},
            "visit": {"number": judged.placement.visit_number},
        }
    return {
        "proposal": {"code": place.proposal.name, "state": _state(place.proposal.is_new)},
        "visit": {
            "number": judged.placement.visit_number,
            "name": place.visit.name,
            "state": _state(place.visit.is_new),
        },
        "instrument": {"name": place.instrument.name, "state": _state(place.instrument.is_new)}
        if place.instrument
        else None,
        "dataset": {"state": _state(place.is_new_dataset)},
    }


def _techniques(record: ExtractedRecord | None) -> list[tuple[str, str]]:
    """Returns what the file alone says of its technique, for one that is not stored."""
    chosen = choose_techniques(record, (), path="", instrument_id=None) if record else None
    codes = chosen.value if chosen else ()
    return [(code, terms()[code].label) for code in codes if code in terms()]


def _state(is_new: bool | None) -> str | None:
    return None if is_new is None else "new" if is_new else "existing"


def _parameter(found: ExtractedParameter) -> dict[str, Any]:
    told: dict[str, Any] = {"name": found.name, "of": found.of, "source": found.source}
    told |= {"value": found.value, "unit": found.unit}
    if isinstance(found.value, float):
        si = in_si(found)
        told |= {"si_value": si.value if si else None, "si_unit": si.unit if si else None}
    varied = {"minimum": found.minimum, "maximum": found.maximum, "error": found.error}
    return told | {name: value for name, value in varied.items() if value is not None}


def _person(user: ExtractedUser) -> dict[str, str]:
    return _filled(user, ("name", "orcid", "email", "affiliation", "role", "source"))


def _sample(sample: ExtractedSample) -> dict[str, str]:
    return _filled(sample, ("name", "formula", "description", "source"))


def _filled(row: object, names: Iterable[str]) -> dict[str, str]:
    return {name: value for name in names if (value := getattr(row, name))}
