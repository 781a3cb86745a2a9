"""What a record says of its dataset, and what a person has said since; pure but for the row."""

from typing import Any

from catalogue.models import Dataset, DatasetKind
from catalogue.models.base import BY_HAND
from ingest.record import ExtractedRecord, Problem, Severity, Sourced


def describe(dataset: Dataset, record: ExtractedRecord) -> tuple[Problem, ...]:
    """Gives a dataset the values of its file, but for those that a person entered.

    The provenance of each value decides: `Dataset.sources` names the place in the file, or nothing
    where the value is a person's. Returns a warning where the two contradict each other.
    """
    for name, value in _values(record).items():
        if not dataset.is_by_hand(name):
            setattr(dataset, name, value)
    by_hand = dict.fromkeys(dataset.values_by_hand(), BY_HAND)
    dataset.sources = {**_sources(record), **by_hand}
    return _keep_in_order(dataset, record)


def _values(record: ExtractedRecord) -> dict[str, Any]:
    return {
        "title": text_of(record.title)[:1000],
        "description": text_of(record.description),
        "definition": text_of(record.definition)[:100],
        "kind": record.kind.value if record.kind else DatasetKind.RAW,
        "program": _program(record)[:200],
        "run_number": text_of(record.run_number)[:100],
        "default_plot": text_of(record.default_plot)[:500],
        "start": record.start.value if record.start else None,
        "end": record.end.value if record.end else None,
    }


def _program(record: ExtractedRecord) -> str:
    """Returns name and version of the program; many names hold the version already."""
    name, version = text_of(record.program), text_of(record.program_version)
    return name if version in name else f"{name} {version}"


def _sources(record: ExtractedRecord) -> dict[str, str]:
    """Returns where in the file each value stands, by field."""
    fields = {name: getattr(record, name) for name in ExtractedRecord.__slots__}
    found = {name: field.source for name, field in fields.items() if isinstance(field, Sourced)}
    if record.samples:
        found["sample"] = record.samples[0].source
    if record.samples[1:]:
        found["further_samples"] = record.samples[1].source
    return found


def _keep_in_order(dataset: Dataset, record: ExtractedRecord) -> tuple[Problem, ...]:
    """Leaves out the file's time where a person's contradicts it."""
    if not (dataset.start and dataset.end and dataset.end < dataset.start):
        return ()
    kept, dropped = ("end", "start") if dataset.is_by_hand("end") else ("start", "end")
    message = (
        f"{record.file_name}: the file's {dropped} {getattr(dataset, dropped).isoformat()} does "
        f"not go with the {kept} that was entered by hand, {getattr(dataset, kept).isoformat()}; "
        f"it was left out. Correct the {kept} in the admin."
    )
    setattr(dataset, dropped, None)
    return (Problem(Severity.WARNING, "contradicts_a_person", message),)


def text_of(field: Sourced[str] | None) -> str:
    """Returns a field's text, '' where the file does not say."""
    return field.value if field else ""
