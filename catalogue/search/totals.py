"""How many items there are, counted no further than is worth its time."""

from dataclasses import dataclass

from catalogue.search.rows import Rows

# To count more would take longer than to answer a page of them; `/count` counts them all.
MOST_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class Total:
    """How many items there are, or as many of them as were counted."""

    items: int
    is_exact: bool = True


def counted(rows: Rows) -> Total:
    found = rows.order_by()[: MOST_COUNTED + 1].count()
    return Total(min(found, MOST_COUNTED), found <= MOST_COUNTED)
