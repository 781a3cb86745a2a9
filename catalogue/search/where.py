"""Conditions of a filter: from JSON to its tree, checked against the data model."""

from collections.abc import Iterator
from typing import Any, get_args

from catalogue.search import values
from catalogue.search.errors import FilterError
from catalogue.search.schema import FieldType, ModelClass
from catalogue.search.tree import AllOf, AnyOf, Comparison, Condition, Operator, Text

# Bounds on what one request can make the server build; people's own filters stay far below.
MOST_NESTED = 16
MOST_LEAVES = 200
MOST_VALUES = 1000
LONGEST_REGEXP = 200

_LISTS = ("inq", "nin")
_ORDERED = ("gt", "gte", "lt", "lte", "between")
_PATTERNS = ("like", "nlike", "ilike", "nilike", "regexp")
_OPERATORS: tuple[Operator, ...] = get_args(Operator)


def parse_where(raw: object, model: ModelClass, path: str = "where") -> Condition | None:
    """Returns the condition, None where there is none; `{}` is `ANYTHING`."""
    if raw is None:
        return None
    budget = iter(range(MOST_LEAVES))
    return _all_of(values.json_object(raw, path), model, path, depth=0, budget=budget)


def _all_of(
    raw: dict[str, Any], model: ModelClass, path: str, *, depth: int, budget: Iterator[int]
) -> Condition:
    if depth > MOST_NESTED:
        raise FilterError(path, f"conditions are nested {MOST_NESTED} deep at most")
    parts = [
        part
        for key, value in raw.items()
        for part in _entry(
            key, value, model, f"{path}.{values.key_name(key)}", depth=depth, budget=budget
        )
    ]
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts))


def _entry(
    key: str, value: object, model: ModelClass, path: str, *, depth: int, budget: Iterator[int]
) -> Iterator[Condition]:
    if key in ("and", "or"):
        parts = tuple(
            _all_of(
                values.json_object(part, f"{path}[{i}]"),
                model,
                f"{path}[{i}]",
                depth=depth + 1,
                budget=budget,
            )
            for i, part in enumerate(values.json_array(value, path))
        )
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
        yield _comparison(key, operator, operand, kind, f"{path}.{values.key_name(operator)}")


def _field_type(key: str, model: ModelClass, path: str) -> FieldType:
    if key not in model.fields:
        known = ", ".join(model.fields)
        raise FilterError(path, f"{model.name} has no such field; it has: {known}")
    return model.fields[key]


def _comparison(field: str, name: str, operand: object, kind: FieldType, path: str) -> Comparison:
    operator = next((known for known in _OPERATORS if known == name), None)
    if operator is None:
        raise FilterError(path, f"unknown operator; known: {', '.join(_OPERATORS)}")
    if kind is FieldType.STRINGS and operator in _ORDERED:
        raise FilterError(path, "an array of strings is before or after nothing")
    return Comparison(field, operator, _operand(operator, operand, kind, path), path)


def _operand(operator: Operator, operand: object, kind: FieldType, path: str) -> Any:
    if operator in _LISTS:
        found = values.json_array(operand, path)
        if len(found) > MOST_VALUES:
            raise FilterError(path, f"expected {MOST_VALUES} values at most")
        return _scalars(found, kind, path)
    if operator == "between":
        found = values.json_array(operand, path)
        if len(found) != 2 or None in found:
            raise FilterError(path, "expected two bounds")
        return _scalars(found, kind, path)
    if operator in _PATTERNS:
        return _pattern(operator, operand, kind, path)
    if operand is None and operator not in ("eq", "neq"):
        raise FilterError(path, "nothing is before or after null")
    return values.scalar(operand, kind, path)


def _pattern(operator: Operator, operand: object, kind: FieldType, path: str) -> str:
    if kind not in (FieldType.STRING, FieldType.STRINGS, FieldType.VALUE):
        raise FilterError(path, f"patterns are for strings, and this is a {kind}")
    text = values.string(operand, path)
    if operator == "regexp" and len(text) > LONGEST_REGEXP:
        raise FilterError(path, f"expected {LONGEST_REGEXP} characters at most")
    return text


def _scalars(found: list[Any], kind: FieldType, path: str) -> tuple[Any, ...]:
    return tuple(
        values.scalar(value, kind, f"{path}[{index}]") for index, value in enumerate(found)
    )
