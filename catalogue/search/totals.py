"""How many items there are, counted no further than is worth its time."""

from dataclasses import dataclass
from typing import Any

from catalogue.search.rows import Rows

# To count more would take longer than to answer a page of them; `/count` counts them all.
MOST_COUNTED = 10_000
# Where each item is found by what other tables hold of it.
MOST_COUNTED_BY_RELATION = 500


@dataclass(frozen=True, slots=True)
class Total:
    """How many items there are, or as many of them as were counted."""

    items: int
    is_exact: bool = True


def counted(rows: Rows) -> Total:
    found = rows.order_by()[: MOST_COUNTED + 1].count()
    return Total(min(found, MOST_COUNTED), found <= MOST_COUNTED)


def keys_counted(rows: Rows) -> tuple[list[Any], Total]:
    """Returns the keys of rows that are found by their relations, in their order, and the total.

    In order: else the planner looks up the relations of all rows before it takes the first.
    """
    most = MOST_COUNTED_BY_RELATION
    found = list(rows.values_list("pk", flat=True)[: most + 1])
    return found[:most], Total(min(len(found), most), len(found) <= most)
