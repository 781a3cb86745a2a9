"""Measured and set values as a table shows them: label, value, unit, and where the file says so."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from catalogue.models import Dataset, Parameter


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table. `source` is the HDF5 path the value was read from, '' where entered."""

    label: str
    value: str
    unit: str = ""
    source: str = ""


def parameter_rows(parameters: Iterable[Parameter]) -> list[Row]:
    """Returns the parameters that came with their types, by label; units as in the file."""
    rows = [
        Row(parameter.type.label, _measured_text(parameter), parameter.unit, _source(parameter))
        for parameter in parameters
    ]
    return sorted(rows, key=lambda row: (row.label.casefold(), row.source))


def _source(parameter: Parameter) -> str:
    replaced = parameter.replaces
    return f"entered by hand, for {replaced}" if replaced else parameter.source


def _measured_text(parameter: Parameter) -> str:
    """Returns a value with what is known of its error and its range: `20 ± 0.5 (10 to 30)`."""
    text = value_text(parameter.value)
    if parameter.error is not None:
        text += f" ± {value_text(parameter.error)}"
    if parameter.number_min is not None:
        text += f" ({value_text(parameter.number_min)} to {value_text(parameter.number_max)})"
    return text


def dataset_rows(dataset: Dataset) -> list[Row]:
    """Returns what a dataset says of itself, without what it leaves open."""
    values: dict[str, tuple[str, object]] = {
        "title": ("Title", dataset.title),
        "description": ("Description", dataset.description),
        "kind": ("Kind", dataset.get_kind_display()),
        "start": ("Start", dataset.start),
        "end": ("End", dataset.end),
        "run_number": ("Run", dataset.run_number),
        "program": ("Program", dataset.program),
        "definition": ("NeXus definition", dataset.definition),
        "default_plot": ("Default plot", dataset.default_plot),
    }
    return [
        Row(label, value_text(value), source=str(dataset.sources.get(field, "")))
        for field, (label, value) in values.items()
        if value
    ]


def value_text(value: object) -> str:
    """Returns a value as people read it: numbers to ten digits, moments in the site's zone."""
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M:%S %Z}"
    return str(value)
