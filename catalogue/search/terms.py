"""Techniques that conditions name, looked up once for a whole filter.

With the keys at hand, the planner knows from its statistics how many datasets have one of them; as
a subquery in each condition they would be guessed at, and guessed wrong by factors of ten.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace

from django.db.models import IntegerField, Q, Value

from catalogue.models import Technique, TechniqueClosure
from catalogue.search.query import class_condition
from catalogue.search.sources import SOURCES
from catalogue.search.tree import (
    POSITIVES,
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    Include,
    Tagged,
    Text,
    leaves,
)

Leaf = Comparison | Text | Tagged
Keys = Mapping[Leaf, frozenset[int]]


def with_terms(name: str, includes: tuple[Include, ...]) -> tuple[Include, ...]:
    """Returns the includes of a class with the techniques that their conditions are about.

    One query, however many conditions there are.
    """
    found = list(dict.fromkeys(_named(name, includes)))
    return _with_keys(name, includes, _keys(found)) if found else includes


def _named(name: str, includes: tuple[Include, ...]) -> Iterator[Leaf]:
    for include in includes:
        relation = SOURCES[name].relations[include.relation]
        if relation.by_set and include.where is not None:
            yield from leaves(include.where)
        yield from _named(relation.target, include.includes)


def _keys(found: list[Leaf]) -> Keys:
    """Returns for each leaf the techniques it names, whatever its sign, and all below them."""
    each = [
        TechniqueClosure.objects.filter(ancestor__in=Technique.objects.filter(_term(leaf)))
        .annotate(place=Value(place, output_field=IntegerField()))
        .order_by()
        .values_list("place", "descendant")
        for place, leaf in enumerate(found)
    ]
    rows = each[0].union(*each[1:], all=True) if len(each) > 1 else each[0]
    keys = defaultdict(set)
    for place, technique in rows:
        keys[place].add(technique)
    return {leaf: frozenset(keys[place]) for place, leaf in enumerate(found)}


def _term(leaf: Leaf) -> Q:
    """Returns the terms a comparison names; alternative labels are names too."""
    if not isinstance(leaf, Comparison):
        return class_condition("Technique", leaf)
    positive = POSITIVES.get(leaf.operator, leaf.operator)
    found = SOURCES["Technique"].columns[leaf.field].holds(positive, leaf.value)
    if leaf.field != "name" or positive not in ("eq", "inq"):
        return found
    names = leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)
    return found | Q(alt_labels__overlap=[name for name in names if name is not None])


def _with_keys(name: str, includes: tuple[Include, ...], keys: Keys) -> tuple[Include, ...]:
    return tuple(_with_key(name, include, keys) for include in includes)


def _with_key(name: str, include: Include, keys: Keys) -> Include:
    relation = SOURCES[name].relations[include.relation]
    inner = _with_keys(relation.target, include.includes, keys)
    where = include.where
    if relation.by_set and where is not None:
        where = _tagged(where, keys)
    return replace(include, where=where, includes=inner)


def _tagged(where: Condition, keys: Keys) -> Condition:
    match where:
        case AllOf(parts):
            return AllOf(tuple(_tagged(part, keys) for part in parts))
        case AnyOf(parts):
            return AnyOf(tuple(_tagged(part, keys) for part in parts))
        case Comparison(operator=operator):
            return Tagged(keys[where], is_negative=operator in POSITIVES)
        case _:
            return Tagged(keys[where])
