"""The content of a NeXus file as a tree of plain values, before any dialect spells it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Attributes = Mapping[str, str | int | float | tuple[str, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """One dataset. Texts, dates and units are still in the plain spelling a dialect will change."""

    value: str | int | float | datetime | Array
    unit: str = ""
    attributes: Attributes = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Link:
    """A second name for a dataset. `target` is its path below the entry."""

    target: str


@dataclass(frozen=True, slots=True)
class Group:
    """One group of a NeXus class."""

    nx_class: str
    members: Mapping[str, "Group | Field | Link"] = field(default_factory=dict)
    attributes: Attributes = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plot:
    """One NXdata: a signal over its axes, slowest first ('.' where a dimension has none)."""

    name: str
    signal: str
    axes: tuple[str, ...]
    members: Mapping[str, Field | Link]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Measurement:
    """What a technique adds to an entry. The first plot is the default one.

    `setting` tells the runs of one series apart in their titles; `sample` holds further fields of
    NXsample.
    """

    definition: str
    setting: str
    instrument: Mapping[str, Group]
    plots: tuple[Plot, ...]
    monitor: Group
    sample: Mapping[str, Field | Group] = field(default_factory=dict)
    entry: Mapping[str, Field | Group] = field(default_factory=dict)


def counts(values: Array, unit: str = "counts", long_name: str = "") -> Field:
    """Returns counts as the integers a detector stores."""
    kind = np.uint16 if values.max(initial=0) < 65536 else np.uint32
    return Field(values.astype(kind), unit, {"long_name": long_name} if long_name else {})


def axis(values: Array, unit: str, long_name: str) -> Field:
    """Returns an axis with the label a plot shows."""
    return Field(values.astype(np.float64), unit, {"long_name": long_name})
