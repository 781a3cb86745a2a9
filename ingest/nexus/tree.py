"""A NeXus file as an immutable tree of plain values: between the reader and extraction."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from ingest.nexus.series import Series
from ingest.record import Problem

Scalar = str | int | float | bool
# Of an array of numbers too long to be kept, its sum.
Value = Scalar | tuple[Scalar, ...] | Series

ENTRY_CLASSES = ("NXentry", "NXsubentry")
# NXcanSAS names every group twice; files written before 2017 carry the canSAS name alone.
# https://manual.nexusformat.org/classes/applications/NXcanSAS.html
CANSAS_CLASSES = {
    "SASroot": "NXroot",
    "SASentry": "NXentry",
    "SASdata": "NXdata",
    "SASinstrument": "NXinstrument",
    "SASsource": "NXsource",
    "SASdetector": "NXdetector",
    "SASsample": "NXsample",
    "SASprocess": "NXprocess",
    "SASnote": "NXnote",
    "SASuser": "NXuser",
}


@dataclass(frozen=True, slots=True)
class NexusField:
    """One HDF5 dataset.

    `value` is a scalar, or a tuple of a short array in C order; None where it was not read: too
    large, of a type without a plain value, or stored outside the file. A `Series` stands for a long
    array of a quantity that may vary.
    """

    name: str
    path: str
    value: Value | None = None
    attributes: dict[str, Value] = field(default_factory=dict)

    @property
    def units(self) -> str:
        """The unit as it is written, '' where there is none; 1 % of files write `unit`."""
        found = self.attributes.get("units", self.attributes.get("unit", ""))
        return found if isinstance(found, str) else ""


@dataclass(frozen=True, slots=True)
class NexusGroup:
    """One HDF5 group, with what was asked of it; `is_read` is false where that was nothing."""

    name: str
    path: str
    nx_class: str = ""
    attributes: dict[str, Value] = field(default_factory=dict)
    fields: dict[str, NexusField] = field(default_factory=dict)
    groups: tuple["NexusGroup", ...] = ()
    is_read: bool = True

    def groups_of(self, nx_class: str) -> Iterator["NexusGroup"]:
        """Yield the child groups of one NX_class, in the order of the file."""
        return (each for each in self.groups if each.nx_class == nx_class)


@dataclass(frozen=True, slots=True)
class NexusFile:
    """One NeXus file; `problems` are the reader's warnings."""

    root: NexusGroup
    problems: tuple[Problem, ...] = ()


def resolve_class(nx_class: Value | None, cansas_class: Value | None) -> str:
    """Return the NeXus class of a group from its two attributes, '' where neither says one."""
    for declared in (nx_class, cansas_class):
        first = declared[0] if isinstance(declared, tuple) and declared else declared
        if isinstance(first, str) and first:
            return CANSAS_CLASSES.get(first, first)
    return ""


def default_steps(name: str, attributes: dict[str, Value]) -> tuple[str, ...]:
    """Return the names of the groups that a group's @default leads through, below that group.

    It is the name of a child; some writers give a path, relative or from the root on.
    """
    declared = attributes.get("default")
    first = declared[0] if isinstance(declared, tuple) and declared else declared
    text = first if isinstance(first, str) else ""
    steps = tuple(part for part in text.split("/") if part not in ("", "."))
    return steps[1:] if text.startswith("/") and steps[:1] == (name,) else steps
