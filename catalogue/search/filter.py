"""From the parts of a filter to its tree, checked: names the data model has not are errors."""

import re
from typing import Any

from catalogue.search import values
from catalogue.search.errors import FilterError
from catalogue.search.schema import CLASSES, FieldType, ModelClass
from catalogue.search.tree import Filter, Include, Ordering
from catalogue.search.where import parse_where

DEFAULT_LIMIT = 100
MOST_ITEMS = 1000
# Beyond any catalogue, within PostgreSQL's OFFSET.
MOST_SKIPPED = 10**9
# Documents > datasets > parameters: the data model is asked for two relations deep.
DEPTH = 2
MOST_INCLUDES = 20
MOST_ORDERS = 5
LONGEST_QUERY = 500

FILTER_KEYS = ("where", "include", "limit", "skip", "offset", "order", "fields", "query")
ITEM_KEYS = ("include", "fields", "limit")
SCOPE_KEYS = ("where", "include", "limit", "skip", "offset", "order", "fields")
# What every item of a list has, and the data model's classes have not.
SCORE = "score"
_ORDER = re.compile(r"(?P<field>\w+)(?:\s+(?P<direction>asc|desc))?", re.IGNORECASE)


def parse_filter(raw: object, model: ModelClass, path: str = "filter") -> Filter:
    """Returns the filter of a list. A limit above the greatest page, or 0, is the greatest page.

    Raises:
        FilterError: anything in it is unknown or malformed; the message starts with its path.
    """
    parts = values.json_object(raw, path)
    values.check_keys(parts, FILTER_KEYS, path)
    return Filter(
        where=parse_where(parts.get("where"), model, f"{path}.where"),
        includes=parse_includes(parts.get("include"), model, f"{path}.include"),
        limit=_limit(parts.get("limit"), f"{path}.limit"),
        skip=_skip(parts, path),
        order=_order(parts.get("order"), model, f"{path}.order"),
        fields=_fields(parts.get("fields"), model, f"{path}.fields"),
        query=parse_query(parts.get("query"), f"{path}.query"),
    )


def parse_item_filter(raw: object, model: ModelClass, path: str = "filter") -> Filter:
    """Returns what to show of one item; the `limit` the portal sends says nothing."""
    parts = values.json_object(raw, path)
    values.check_keys(parts, ITEM_KEYS, path)
    _limit(parts.get("limit"), f"{path}.limit")
    return Filter(
        includes=parse_includes(parts.get("include"), model, f"{path}.include"),
        fields=_fields(parts.get("fields"), model, f"{path}.fields"),
    )


def parse_query(raw: object, path: str) -> str:
    """Returns the words to rank by, '' where there are none."""
    if raw is None:
        return ""
    words = " ".join(values.string(raw, path).split())
    if len(words) > LONGEST_QUERY:
        raise FilterError(path, f"expected {LONGEST_QUERY} characters at most")
    return words


def parse_includes(
    raw: object, model: ModelClass, path: str = "include", *, depth: int = 1
) -> tuple[Include, ...]:
    """Returns the included relations; LoopBack's short forms (`"files"`, a list of names) count."""
    if raw is None:
        return ()
    entries = raw if isinstance(raw, list) else [raw]
    if len(entries) > MOST_INCLUDES:
        raise FilterError(path, f"expected {MOST_INCLUDES} relations at most")
    return tuple(
        _include(entry, model, f"{path}[{index}]", depth=depth)
        for index, entry in enumerate(entries)
    )


def _include(entry: object, model: ModelClass, path: str, *, depth: int) -> Include:
    parts = {"relation": entry} if isinstance(entry, str) else values.json_object(entry, path)
    values.check_keys(parts, ("relation", "scope"), path)
    relation = parts.get("relation")
    target = _target(relation, model, f"{path}.relation")
    if depth > DEPTH:
        raise FilterError(path, f"relations are included {DEPTH} deep at most")
    raw_scope = parts.get("scope")
    scope = values.json_object({} if raw_scope is None else raw_scope, f"{path}.scope")
    values.check_keys(scope, SCOPE_KEYS, f"{path}.scope")
    return _scoped(str(relation), scope, target, path, depth=depth)


def _scoped(
    relation: str, scope: dict[str, Any], target: ModelClass, path: str, *, depth: int
) -> Include:
    limit = scope.get("limit")
    return Include(
        relation=relation,
        where=parse_where(scope.get("where"), target, f"{path}.scope.where"),
        includes=parse_includes(
            scope.get("include"), target, f"{path}.scope.include", depth=depth + 1
        ),
        # Without a limit, all the related rows are shown.
        limit=None if limit in (None, 0, "0") else _limit(limit, f"{path}.scope.limit"),
        skip=_skip(scope, f"{path}.scope"),
        order=_order(scope.get("order"), target, f"{path}.scope.order"),
        fields=_fields(scope.get("fields"), target, f"{path}.scope.fields"),
        path=path,
    )


def _target(relation: object, model: ModelClass, path: str) -> ModelClass:
    if not isinstance(relation, str) or relation not in model.relations:
        known = ", ".join(model.relations) or "none"
        raise FilterError(
            path, f"{model.name} has no relation {values.shown(relation)}; it has: {known}"
        )
    return CLASSES[model.relations[relation]]


def _limit(raw: object, path: str) -> int:
    if raw is None:
        return DEFAULT_LIMIT
    wanted = values.whole(raw, path, most=2**63)
    return min(wanted, MOST_ITEMS) or MOST_ITEMS


def _skip(parts: dict[str, Any], path: str) -> int:
    key = "offset" if parts.get("skip") is None else "skip"
    raw = parts.get(key)
    return 0 if raw is None else values.whole(raw, f"{path}.{key}", most=MOST_SKIPPED)


def _order(raw: object, model: ModelClass, path: str) -> tuple[Ordering, ...]:
    """Returns the order of `"title DESC"`, `"title DESC, size"` or an array of such."""
    if raw is None:
        return ()
    entries = raw if isinstance(raw, list) else [raw]
    texts = [part for entry in entries for part in values.string(entry, path).split(",")]
    if len(texts) > MOST_ORDERS:
        raise FilterError(path, f"expected {MOST_ORDERS} fields at most")
    return tuple(_ordering(text.strip(), model, path) for text in texts)


def _ordering(text: str, model: ModelClass, path: str) -> Ordering:
    match = _ORDER.fullmatch(text)
    if match is None:
        raise FilterError(path, f"expected a field with ASC or DESC, got {values.shown(text)}")
    name = match["field"]
    if name != SCORE and model.fields.get(name) in (None, FieldType.STRINGS):
        known = ", ".join(key for key, kind in model.fields.items() if kind != FieldType.STRINGS)
        raise FilterError(path, f"{model.name} cannot be ordered by {name}; by: {known}")
    return Ordering(name, is_descending=(match["direction"] or "").lower() == "desc")


def _fields(raw: object, model: ModelClass, path: str) -> frozenset[str] | None:
    """Returns the fields to show, None for all: `["pid"]`, `{"pid": true}` or `{"size": false}`."""
    if raw is None:
        return None
    if isinstance(raw, dict):
        chosen = {name: values.boolean(shows, f"{path}.{name}") for name, shows in raw.items()}
    else:
        chosen = dict.fromkeys(map(str, [raw] if isinstance(raw, str) else _names(raw, path)), True)
    for name in chosen:
        if name not in model.fields and name != SCORE:
            known = ", ".join(model.fields)
            raise FilterError(f"{path}.{values.key_name(name)}", f"unknown field; known: {known}")
    wanted = {name for name, shows in chosen.items() if shows}
    return frozenset(wanted or model.fields.keys() - chosen.keys())


def _names(raw: object, path: str) -> list[str]:
    return [values.string(name, path) for name in values.json_array(raw, path)]
