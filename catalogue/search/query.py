"""From a filter's tree to conditions on rows: comparisons on columns, relations as EXISTS."""

from collections.abc import Collection, Iterator
from datetime import date
from typing import Any

from django.db.models import Exists, F, OrderBy, OuterRef, Q

from catalogue.models import Dataset
from catalogue.search.columns import all_of, any_of, compare
from catalogue.search.filter import SCORE
from catalogue.search.parameters import parameter_condition
from catalogue.search.rows import Rows
from catalogue.search.sources import SOURCES, Link, Relation, Source
from catalogue.search.tree import (
    ANYTHING,
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    Include,
    Ordering,
    Tagged,
    Text,
    leaves,
)

_PARAMETERS = ("DatasetParameter", "DocumentParameter")


def matching(
    name: str, where: Condition | None, includes: tuple[Include, ...], *, today: date
) -> Rows:
    """Returns the public rows of a class that meet a condition and have the related rows wanted."""
    source = SOURCES[name]
    found = source.rows(today)
    if where is not None:
        found = found.filter(class_condition(name, where))
    for include in includes:
        if include.filters:
            found = found.filter(relation_condition(source, include, today=today))
    return found


def with_keys(name: str, keys: Collection[Any], *, today: date) -> list[Any]:
    """Returns the public rows of a class that have those keys, in the order of the keys."""
    found = SOURCES[name].rows(today).order_by().in_bulk(list(keys))
    return [found[key] for key in keys if key in found]


def ordered(name: str, rows: Rows, order: tuple[Ordering, ...]) -> Rows:
    """Returns rows by those fields, what is absent last; equal ones in the class's own order."""
    if not order:
        return rows
    keys = [key for one in order for key in _order_by(name, rows, one)]
    return rows.order_by(*keys, *rows.query.order_by)


def _order_by(name: str, rows: Rows, one: Ordering) -> Iterator[OrderBy]:
    if one.field != SCORE:
        expression = SOURCES[name].columns[one.field].expression
        yield OrderBy(expression, descending=one.is_descending, nulls_last=True)
    elif SCORE in rows.query.annotations:
        # Without a query, everything scores the same.
        yield OrderBy(F(SCORE), descending=one.is_descending)


def class_condition(name: str, where: Condition) -> Q:
    """Returns a condition on rows of one class."""
    if name in _PARAMETERS:
        return parameter_condition(where)
    return _condition(where, SOURCES[name])


def _condition(where: Condition, source: Source) -> Q:
    match where:
        case AllOf(parts):
            return all_of(_condition(part, source) for part in parts)
        case AnyOf(parts):
            return any_of(_condition(part, source) for part in parts)
        case Text(words):
            columns = (source.columns[name] for name in source.text)
            return any_of(column.holds("ilike", words) for column in columns)
        case Comparison():
            return compare(source.columns[where.field], where)
        case Tagged():
            return technique_condition(where)


def relation_condition(source: Source, include: Include, *, today: date) -> Q:
    """Returns which rows have at least one related row that meets the include (its INNER JOIN)."""
    relation = source.relations[include.relation]
    if relation.by_set and include.where is not None and include.where != ANYTHING:
        return technique_condition(include.where)
    return related_exists(relation, related_condition(relation, include, today=today), today=today)


def related_condition(relation: Relation, include: Include, *, today: date) -> Q:
    """Returns which rows of a relation an include asks for: those shown under each item."""
    if include.where is None:
        found = Q()
    elif relation.by_set and include.where != ANYTHING:
        found = _tags(include.where)
    else:
        found = class_condition(relation.target, include.where)
    target = SOURCES[relation.target]
    for inner in include.includes:
        if inner.filters:
            found &= relation_condition(target, inner, today=today)
    return found


def related_exists(relation: Relation, condition: Q, *, today: date) -> Q:
    """Returns which parents have a related row that meets a condition."""
    target = SOURCES[relation.target].rows(today).order_by().filter(condition)
    return any_of(_link_exists(link, target) for link in relation.links)


def _link_exists(link: Link, target: Rows) -> Q:
    linked = children(link, target).filter(**{link.child: OuterRef(link.parent)})
    exists = Q(Exists(linked))
    return exists & Q(publication__kind=link.parent_kind) if link.parent_kind else exists


def children(link: Link, target: Rows) -> Rows:
    """Returns the rows of a relation that a link can reach."""
    return target.filter(publication__kind=link.child_kind) if link.child_kind else target


def technique_condition(where: Condition) -> Q:
    """Returns which datasets have certain techniques (doc/dataset-techniques-requirements.md).

    A term stands for itself and all below it, and each comparison is about the whole set of a
    dataset: `and` may be met by different techniques, `neq` says that none of them is in the set.
    """
    match where:
        case AllOf(parts):
            return all_of(technique_condition(part) for part in parts)
        case AnyOf(parts):
            return any_of(technique_condition(part) for part in parts)
        case Tagged(techniques, is_negative):
            tags = Dataset.techniques.through.objects.filter(
                dataset=OuterRef("pk"), technique__in=techniques
            )
            return ~Q(Exists(tags)) if is_negative else Q(Exists(tags))
    raise TypeError(f"{where} has not been looked up: see terms.with_terms")


def _tags(where: Condition) -> Q:
    """Returns the techniques to show: those that meet a comparison, or all if each is negative."""
    tagged = [leaf for leaf in leaves(where) if isinstance(leaf, Tagged)]
    positive = [leaf.techniques for leaf in tagged if not leaf.is_negative]
    return Q(pk__in=frozenset().union(*positive)) if positive else Q()
