"""A NeXus file as an immutable tree of plain values: between the reader and extraction."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from ingest.record import Problem

Scalar = str | int | float | bool
Value = Scalar | tuple[Scalar, ...]

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
    large, of a type without a plain value, stored outside the file, or not asked for.
    """

    name: str
    path: str
    dtype: str
    shape: tuple[int, ...]
    value: Value | None = None
    attributes: dict[str, Value] = field(default_factory=dict)

    @property
    def units(self) -> str:
        """The unit as it is written, '' where there is none; 1 % of files write `unit`."""
        found = self.attributes.get("units", self.attributes.get("unit", ""))
        return found if isinstance(found, str) else ""


@dataclass(frozen=True, slots=True)
class NexusGroup:
    """One HDF5 group. `is_read` is false where the reader knew the group but left its content."""

    name: str
    path: str
    nx_class: str = ""
    attributes: dict[str, Value] = field(default_factory=dict)
    fields: tuple[NexusField, ...] = ()
    groups: tuple["NexusGroup", ...] = ()
    is_read: bool = True

    def get_field(self, name: str) -> NexusField | None:
        """Return the field of this name, None where there is none."""
        return next((each for each in self.fields if each.name == name), None)

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
