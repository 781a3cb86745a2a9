"""Items with the relations included in them, in one query for each relation and link."""

from collections import defaultdict
from datetime import date
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import F, Q

from catalogue.formats.panosc import Json
from catalogue.models.lookups import Among
from catalogue.search.errors import FilterError
from catalogue.search.query import children, ordered, related_condition, with_keys
from catalogue.search.rows import Rows
from catalogue.search.sources import SOURCES, Link, Relation
from catalogue.search.tree import Include

# An instrument can have taken every dataset there is; a page that asks for all of them is refused.
MOST_RELATED = 50_000
# The key of a parent, and a row that belongs to it.
Pair = tuple[Any, Any]


def rendered(
    name: str,
    rows: list[Any],
    includes: tuple[Include, ...],
    *,
    today: date,
    fields: frozenset[str] | None = None,
) -> list[Json]:
    """Returns the items of rows of a class, in their order, with the relations included.

    fields: what is shown of each, None for all; relations are shown whatever they say.
    """
    return _rendered(name, rows, includes, asked=(), fields=fields, today=today)


def _rendered(
    name: str,
    rows: list[Any],
    includes: tuple[Include, ...],
    *,
    asked: tuple[Include, ...],
    fields: frozenset[str] | None,
    today: date,
) -> list[Json]:
    source = SOURCES[name]
    items = [_trimmed(source.render(row, asked), fields) for row in rows]
    for relation_name, same in _by_relation(includes).items():
        relation = source.relations[relation_name]
        related = _related(relation, rows, same, today=today)
        for item, found in zip(items, related, strict=True):
            item[relation_name] = found if relation.is_many else next(iter(found), None)
    return items


def _trimmed(item: Json, fields: frozenset[str] | None) -> Json:
    if fields is None:
        return item
    return {name: value for name, value in item.items() if name in fields}


def _by_relation(includes: tuple[Include, ...]) -> dict[str, tuple[Include, ...]]:
    """Groups by relation: the portal asks for `parameters` once for each of its filters."""
    grouped: dict[str, tuple[Include, ...]] = {}
    for include in includes:
        grouped[include.relation] = (*grouped.get(include.relation, ()), include)
    return grouped


def _related(
    relation: Relation, parents: list[Any], same: tuple[Include, ...], *, today: date
) -> list[list[Json]]:
    """Returns for each parent the related items that any of the includes asks for."""
    wanted = _any_wanted(relation, same, today=today)
    found: list[list[Json]] = [[] for _ in parents]
    for link in relation.links:
        keys = [_key(link, parent) for parent in parents]
        pairs = _linked(relation, link, set(keys) - {None}, wanted, same, today)
        by_key = _items_by_key(relation, pairs, same, today=today)
        for key, place in zip(keys, found, strict=True):
            place.extend(by_key.get(key, ()))
    return [_cut(items, same) for items in found]


def _cut(items: list[Json], same: tuple[Include, ...]) -> list[Json]:
    """Returns what the scope's `skip` and `limit` leave of one item's related rows."""
    if any(include.limit is None for include in same):
        return items[min(include.skip for include in same) :]
    first = min(include.skip for include in same)
    return items[first : first + max(include.limit or 0 for include in same)]


def _any_wanted(relation: Relation, same: tuple[Include, ...], *, today: date) -> Q:
    """Returns the rows any include asks for: all of them where one sets no condition."""
    conditions = [related_condition(relation, include, today=today) for include in same]
    return reduce(or_, conditions) if all(conditions) else Q()


def _items_by_key(
    relation: Relation, pairs: list[Pair], same: tuple[Include, ...], *, today: date
) -> dict[Any, list[Json]]:
    nested = tuple(inner for include in same for inner in include.includes)
    rows = {row.pk: row for _, row in pairs}
    rendered_rows = _rendered(
        relation.target,
        list(rows.values()),
        nested,
        asked=same,
        fields=_shown_of(same),
        today=today,
    )
    items = dict(zip(rows, rendered_rows, strict=True))
    by_key: dict[Any, list[Json]] = defaultdict(list)
    for key, row in pairs:
        by_key[key].append(items[row.pk])
    return by_key


def _shown_of(same: tuple[Include, ...]) -> frozenset[str] | None:
    """Returns the fields that any of the includes asks for."""
    chosen = [include.fields for include in same if include.fields is not None]
    return frozenset().union(*chosen) if len(chosen) == len(same) else None


def _linked(
    relation: Relation,
    link: Link,
    keys: set[Any],
    wanted: Q,
    same: tuple[Include, ...],
    today: date,
) -> list[Pair]:
    """Returns the rows, each with the key of its parent, and once for each of its parents."""
    if not keys:
        return []
    target = children(link, SOURCES[relation.target].rows(today)).filter(wanted)
    reached = target.annotate(parent_key=F(link.child))
    reached = reached.filter(Among(F("parent_key"), sorted(keys)))
    found = ordered(relation.target, reached, same[0].order)[: MOST_RELATED + 1]
    pairs = (
        _shared(relation.target, found, today)
        if relation.by_set
        else _own(found, SOURCES[relation.target].told)
    )
    if len(pairs) > MOST_RELATED:
        raise FilterError(
            same[0].path,
            f"there are more than {MOST_RELATED} of them; ask for fewer items at a time",
        )
    return pairs


def _own(found: Rows, told: tuple[str, ...]) -> list[Pair]:
    """Returns the pairs of rows that each have one parent; plain rows of what is `told`."""
    rows = found.values_list(*told, "parent_key", named=True) if told else found
    return [(row.parent_key, row) for row in rows]


def _shared(name: str, found: Rows, today: date) -> list[Pair]:
    """Returns the pairs of rows that many parents share, each row read once."""
    keys = list(found.values_list("parent_key", "pk"))
    rows = with_keys(name, dict.fromkeys(pk for _, pk in keys), today=today)
    by_pk = {row.pk: row for row in rows}
    return [(key, by_pk[pk]) for key, pk in keys if pk in by_pk]


def _key(link: Link, parent: Any) -> Any:
    """Returns the value a link joins on, None where the link does not hold for the parent."""
    if link.parent_kind and parent.publication.kind != link.parent_kind:
        return None
    value = parent
    for name in link.parent.split("__"):
        value = getattr(value, name)
    return value
