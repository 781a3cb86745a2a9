"""From the parts of a filter to its tree, checked: names the data model has not are errors."""

from collections.abc import Iterator
from typing import Any, get_args

from catalogue.search import values
from catalogue.search.errors import FilterError, NotSupportedYetError
from catalogue.search.schema import CLASSES, FieldType, ModelClass
from catalogue.search.tree import (
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    Filter,
    Include,
    Operator,
    Text,
)

DEFAULT_LIMIT = 100
MOST_ITEMS = 1000
# Beyond any catalogue, within PostgreSQL's OFFSET.
MOST_SKIPPED = 10**9
# Documents > datasets > parameters: the data model is asked for two relations deep.
DEPTH = 2
# Bounds on what one request can make the server build; people's own filters stay far below.
MOST_NESTED = 16
MOST_LEAVES = 200
MOST_VALUES = 1000
MOST_INCLUDES = 20
LONGEST_REGEXP = 200

_LISTS = ("inq", "nin")
_PATTERNS = ("like", "nlike", "ilike", "nilike", "regexp")
_OPERATORS: tuple[Operator, ...] = get_args(Operator)
_FILTER_KEYS = ("where", "include", "limit", "skip", "offset")
# Part of the protocol, and not answered yet: refused, since ignoring one changes the answer.
_LATER = ("order", "fields", "query")


def parse_filter(raw: object, model: ModelClass, path: str = "filter") -> Filter:
    """Returns the filter of a list. A limit above the greatest page, or 0, is the greatest page.

    Raises:
        FilterError: anything in it is unknown or malformed; the message starts with its path.
    """
    parts = _object(raw, path)
    _check_keys(parts, _FILTER_KEYS, path)
    return Filter(
        where=parse_where(parts.get("where"), model, f"{path}.where"),
        includes=parse_includes(parts.get("include"), model, f"{path}.include"),
        limit=_limit(parts.get("limit"), f"{path}.limit"),
        skip=_skip(parts, path),
    )


def parse_item_filter(raw: object, model: ModelClass, path: str = "filter") -> tuple[Include, ...]:
    """Returns the relations to show with one item; the `limit` the portal sends says nothing."""
    parts = _object(raw, path)
    _check_keys(parts, ("include", "limit"), path)
    _limit(parts.get("limit"), f"{path}.limit")
    return parse_includes(parts.get("include"), model, f"{path}.include")


def parse_where(raw: object, model: ModelClass, path: str = "where") -> Condition | None:
    """Returns the condition, or None where everything matches."""
    if raw is None:
        return None
    budget = iter(range(MOST_LEAVES))
    condition = _all_of(_object(raw, path), model, path, depth=0, budget=budget)
    return None if condition == AllOf(()) else condition


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
    parts = {"relation": entry} if isinstance(entry, str) else _object(entry, path)
    _check_keys(parts, ("relation", "scope"), path)
    relation = parts.get("relation")
    target = _target(relation, model, f"{path}.relation")
    if depth > DEPTH:
        raise FilterError(path, f"relations are included {DEPTH} deep at most")
    scope = _object({} if parts.get("scope") is None else parts["scope"], f"{path}.scope")
    _check_keys(scope, ("where", "include", "limit"), f"{path}.scope")
    if scope.get("limit") not in (None, 0, "0"):
        raise NotSupportedYetError(f"{path}.scope.limit")
    return Include(
        relation=str(relation),
        where=parse_where(scope.get("where"), target, f"{path}.scope.where"),
        includes=parse_includes(
            scope.get("include"), target, f"{path}.scope.include", depth=depth + 1
        ),
        path=path,
    )


def _target(relation: object, model: ModelClass, path: str) -> ModelClass:
    if isinstance(relation, str) and relation in model.unsupported:
        raise NotSupportedYetError(path)
    if not isinstance(relation, str) or relation not in model.relations:
        known = ", ".join(model.relations) or "none"
        raise FilterError(
            path, f"{model.name} has no relation {values.shown(relation)}; it has: {known}"
        )
    return CLASSES[model.relations[relation]]


def _all_of(
    raw: dict[str, Any], model: ModelClass, path: str, *, depth: int, budget: Iterator[int]
) -> Condition:
    if depth > MOST_NESTED:
        raise FilterError(path, f"conditions are nested {MOST_NESTED} deep at most")
    parts = [
        part
        for key, value in raw.items()
        for part in _entry(key, value, model, f"{path}.{_name(key)}", depth=depth, budget=budget)
    ]
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts))


def _entry(
    key: str, value: object, model: ModelClass, path: str, *, depth: int, budget: Iterator[int]
) -> Iterator[Condition]:
    if key in ("and", "or"):
        parts = tuple(
            _all_of(
                _object(part, f"{path}[{i}]"), model, f"{path}[{i}]", depth=depth + 1, budget=budget
            )
            for i, part in enumerate(_array(value, path))
        )
        if key == "or" and not parts:
            raise FilterError(path, "expected at least one condition")
        yield AllOf(parts) if key == "and" else AnyOf(parts)
        return
    for leaf in _leaves(key, value, model, path):
        if next(budget, None) is None:
            raise FilterError(path, f"expected {MOST_LEAVES} conditions at most")
        yield leaf


def _leaves(key: str, value: object, model: ModelClass, path: str) -> Iterator[Comparison | Text]:
    if key == "text":
        if not model.text:
            raise FilterError(path, f"{model.name} has no text to search")
        yield Text(values.string(value, path))
        return
    kind = _field_type(key, model, path)
    operands = value if isinstance(value, dict) else {"eq": value}
    if not operands:
        raise FilterError(path, "expected an operator")
    for operator, operand in operands.items():
        yield _comparison(key, operator, operand, kind, f"{path}.{_name(operator)}")


def _field_type(key: str, model: ModelClass, path: str) -> FieldType:
    if key in model.unsupported:
        raise NotSupportedYetError(path)
    if key not in model.fields:
        known = ", ".join(model.fields)
        raise FilterError(path, f"{model.name} has no such field; it has: {known}")
    return model.fields[key]


def _comparison(field: str, name: str, operand: object, kind: FieldType, path: str) -> Comparison:
    operator = next((known for known in _OPERATORS if known == name), None)
    if operator is None:
        raise FilterError(path, f"unknown operator; known: {', '.join(_OPERATORS)}")
    if kind is FieldType.STRINGS and operator not in ("eq", "neq", "inq", "nin"):
        raise NotSupportedYetError(path)
    return Comparison(field, operator, _operand(operator, operand, kind, path), path)


def _operand(operator: Operator, operand: object, kind: FieldType, path: str) -> Any:
    if operator in _LISTS:
        found = _array(operand, path)
        if len(found) > MOST_VALUES:
            raise FilterError(path, f"expected {MOST_VALUES} values at most")
        return _scalars(found, kind, path)
    if operator == "between":
        found = _array(operand, path)
        if len(found) != 2 or None in found:
            raise FilterError(path, "expected two bounds")
        return _scalars(found, kind, path)
    if operator in _PATTERNS:
        return _pattern(operator, operand, kind, path)
    if operand is None and operator not in ("eq", "neq"):
        raise FilterError(path, "nothing is before or after null")
    return values.scalar(operand, kind, path)


def _pattern(operator: Operator, operand: object, kind: FieldType, path: str) -> str:
    if kind not in (FieldType.STRING, FieldType.VALUE):
        raise FilterError(path, f"patterns are for strings, and this is a {kind}")
    text = values.string(operand, path)
    if operator == "regexp" and len(text) > LONGEST_REGEXP:
        raise FilterError(path, f"expected {LONGEST_REGEXP} characters at most")
    return text


def _scalars(found: list[Any], kind: FieldType, path: str) -> tuple[Any, ...]:
    return tuple(
        values.scalar(value, kind, f"{path}[{index}]") for index, value in enumerate(found)
    )


def _limit(raw: object, path: str) -> int:
    if raw is None:
        return DEFAULT_LIMIT
    wanted = values.whole(raw, path, most=2**63)
    return min(wanted, MOST_ITEMS) or MOST_ITEMS


def _skip(parts: dict[str, Any], path: str) -> int:
    key = "offset" if parts.get("skip") is None else "skip"
    raw = parts.get(key)
    return 0 if raw is None else values.whole(raw, f"{path}.{key}", most=MOST_SKIPPED)


def _check_keys(parts: dict[str, Any], known: tuple[str, ...], path: str) -> None:
    for key in parts:
        if key in known:
            continue
        if key in (*_LATER, *_FILTER_KEYS):
            raise NotSupportedYetError(f"{path}.{key}")
        raise FilterError(f"{path}.{_name(key)}", f"unknown; known: {', '.join(known)}")


def _object(raw: object, path: str) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise FilterError(path, f"Value is not an object: {values.shown(raw)}")
    return raw


def _array(raw: object, path: str) -> list[Any]:
    if not isinstance(raw, list):
        raise FilterError(path, f"Value is not an array: {values.shown(raw)}")
    return raw


def _name(key: object) -> str:
    return values.shown(key).strip("'\"")
