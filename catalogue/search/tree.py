"""A parsed filter of the search API: frozen values, already checked against the data model."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Scalar = str | int | float | bool | datetime | None
Operator = Literal[
    "eq", "neq", "gt", "gte", "lt", "lte", "between", "inq", "nin",
    "like", "nlike", "ilike", "nilike", "regexp",
]  # fmt: skip

# A negative operator holds exactly where its positive one does not, nulls included.
POSITIVES: dict[Operator, Operator] = {
    "neq": "eq",
    "nin": "inq",
    "nlike": "like",
    "nilike": "ilike",
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """One field against one operand; `value` is a tuple for between, inq and nin."""

    field: str
    operator: Operator
    value: Scalar | tuple[Scalar, ...]
    path: str = "where"


@dataclass(frozen=True, slots=True)
class Text:
    """Any of the searchable fields of the item contains the words, whatever their case."""

    words: str


@dataclass(frozen=True, slots=True)
class Tagged:
    """Has any of these techniques, by their keys; or, negative, has none of them."""

    techniques: frozenset[int]
    is_negative: bool = False


@dataclass(frozen=True, slots=True)
class AllOf:
    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: tuple["Condition", ...]


Condition = Comparison | Text | Tagged | AllOf | AnyOf
ANYTHING = AllOf(())


@dataclass(frozen=True, slots=True)
class Ordering:
    field: str
    is_descending: bool = False


@dataclass(frozen=True, slots=True)
class Include:
    """A relation to show with each item; with a condition, here or below, it filters the items.

    So does one that has relations of its own to show, as in the reference: an item without any row
    of it is left out. A condition on nothing (`{}`) asks for any row.
    """

    relation: str
    where: Condition | None = None
    includes: tuple["Include", ...] = ()
    limit: int | None = None
    skip: int = 0
    order: tuple[Ordering, ...] = ()
    fields: frozenset[str] | None = None
    path: str = "include"

    @property
    def filters(self) -> bool:
        return self.where is not None or bool(self.includes)


@dataclass(frozen=True, slots=True)
class Filter:
    """What to list. `limit` is never 0: the parser has put the greatest page in its place.

    fields: what is shown of each item, None for all; query: the words it is ranked by, or ''.
    """

    where: Condition | None = None
    includes: tuple[Include, ...] = ()
    limit: int = 100
    skip: int = 0
    order: tuple[Ordering, ...] = ()
    fields: frozenset[str] | None = None
    query: str = ""


def leaves(condition: Condition) -> Iterator[Comparison | Text | Tagged]:
    """Yields the comparisons of a condition, left to right."""
    match condition:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from leaves(part)
        case _:
            yield condition
