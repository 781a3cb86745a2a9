"""How many items there are, counted no further than is worth its time."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection

from catalogue.search.query import matching, ordered
from catalogue.search.rows import Rows
from catalogue.search.tree import Condition, Filter, Include, Ordering

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


def keys_counted(name: str, asked: Filter, *, today: date) -> tuple[list[int], Total]:
    """Returns the keys of rows that are found by their relations, in their order, and the total.

    In order: else the planner looks up the relations of all rows before it takes the first.
    """
    most = MOST_COUNTED_BY_RELATION
    try:
        sql, given = _keys(name, asked.where, asked.includes, asked.order, today, most)
    except EmptyResultSet:
        return [], Total(0)
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        found = [key for (key,) in cursor.fetchall()]
    return found[:most], Total(min(len(found), most), len(found) <= most)


@lru_cache(maxsize=64)
def _keys(
    name: str,
    where: Condition | None,
    includes: tuple[Include, ...],
    order: tuple[Ordering, ...],
    today: date,
    most: int,
) -> tuple[str, tuple[Any, ...]]:
    """Returns the statement of keys to one more than are counted.

    Raises:
        EmptyResultSet: the filter finds nothing, whatever there is.
    """
    rows = ordered(name, matching(name, where, includes, today=today), order)
    found: tuple[str, tuple[Any, ...]] = rows.values("pk")[: most + 1].query.sql_with_params()
    return found
