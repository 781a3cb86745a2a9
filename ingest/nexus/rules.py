"""The form of the mapping from NeXus paths to the catalogue's fields: candidates in order of rank.

A path is made of groups and ends in a field, `NXentry/NXinstrument/name`; a step that starts with
`NX` is a class, any other step is a name. `name@short_name` is an attribute of a field, `@name` one
of the group before it, and a path that ends in a slash is the group itself. The first candidate
that holds a usable value wins; what older files did stands below what the definitions say, and file
names come last.
"""

import re
from dataclasses import dataclass
from typing import Literal

from ingest.record import Kind


@dataclass(frozen=True, slots=True)
class FieldRule:
    """Where one text of the record comes from.

    `file_names` are searched, where the paths hold nothing, in the path of the file and then in the
    root attribute `file_name`, the path it was written under; the group `value` is the text.
    `placeholders` and `refused` are texts that say nothing here, besides the general ones.
    """

    paths: tuple[str, ...]
    file_names: tuple[re.Pattern[str], ...] = ()
    placeholders: frozenset[str] = frozenset()
    refused: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class ParameterRule:
    """Where one quantity comes from; `dimension` decides what the unit `A` or `C` means.

    `of` is the sample only for what it keeps from run to run: its temperature is the run's.

    `probe` limits a rule to a kind of radiation: neutrons have an energy too, but no photons.

    A quantity that `varies` while data are taken has the mean of its values, with the range.

    `of_each` takes a value of each group that has one, since an instrument has several detectors;
    the others are one value each.
    """

    name: str
    paths: tuple[str, ...]
    kind: Literal["number", "text"] = "number"
    of: Literal["dataset", "sample"] = "dataset"
    dimension: str = ""
    probe: Literal["any", "photon", "particle"] = "any"
    varies: bool = False
    of_each: bool = False


@dataclass(frozen=True, slots=True)
class KindRule:
    """What a file holds, by any text at the paths that the pattern is found in."""

    kind: Kind
    paths: tuple[str, ...]
    pattern: re.Pattern[str] = re.compile("")


def entry(*paths: str) -> tuple[str, ...]:
    """Return paths below an entry and, after them, below its NXsubentry (multi-method files)."""
    return tuple(f"{top}/{path}" for top in ("NXentry", "NXentry/NXsubentry") for path in paths)
