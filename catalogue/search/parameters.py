"""Conditions on parameters: numbers, strings and units of one row."""

from collections.abc import Iterator
from itertools import product
from math import prod
from typing import Any, TypeGuard

from django.db.models import Q

from catalogue.search.columns import all_of, any_of, compare, number, text
from catalogue.search.errors import FilterError
from catalogue.search.tree import (
    POSITIVES,
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    Operator,
    Scalar,
    Text,
)
from catalogue.search.units import TOLERANCE, AskedUnit, asked_unit, unit_of
from catalogue.search.values import read_number

NAME = text("type__name")
UNIT = text("unit")
NUMBER = number("number")
SI_VALUE = number("si_value")
WORDS = text("text")
MOST_UNITS = 20
_STRINGS_ONLY = ("like", "ilike", "regexp")


def parameter_condition(condition: Condition, unit: AskedUnit | None = None) -> Q:
    """Returns a condition on rows of parameters; `unit` is that of the conjunction it stands in."""
    match condition:
        case AllOf(parts):
            return any_of(_conjunction(each, unit) for each in _by_unit(parts))
        case AnyOf(parts):
            return any_of(parameter_condition(part, unit) for part in parts)
        case Comparison():
            return _comparison(condition, unit)
        case Text():
            raise FilterError("text", "Parameter has no text to search")


def _conjunction(parts: tuple[Condition, ...], unit: AskedUnit | None) -> Q:
    inner = asked_unit(parts) or unit
    return all_of(parameter_condition(part, inner) for part in parts)


def _by_unit(parts: tuple[Condition, ...]) -> Iterator[tuple[Condition, ...]]:
    """Yields a conjunction once for each unit that it leaves a choice of.

    `value: 5, or: [unit: K, unit: celsius]` asks for 5 K or for 5 °C.
    """
    choices = [part.parts if _chooses_unit(part) else (part,) for part in parts]
    size = prod(map(len, choices))
    if size > MOST_UNITS:
        raise FilterError("unit", f"expected a choice of {MOST_UNITS} units at most")
    return product(*choices)


def _chooses_unit(part: Condition) -> TypeGuard[AnyOf]:
    return isinstance(part, AnyOf) and any(
        isinstance(one, Comparison) and one.field == "unit" for one in part.parts
    )


def _comparison(comparison: Comparison, unit: AskedUnit | None) -> Q:
    if comparison.field == "name":
        return compare(NAME, comparison)
    if comparison.field == "unit":
        return _in_unit(comparison, unit)
    positive = POSITIVES.get(comparison.operator)
    found = _value(positive or comparison.operator, comparison.value, comparison.path, unit)
    return ~found if positive else found


def _in_unit(comparison: Comparison, unit: AskedUnit | None) -> Q:
    """Returns the rows that can be told in a unit, however theirs is spelled.

    Any operator but `eq` compares the spellings themselves, and converts nothing.
    """
    is_known = unit is not None and unit.path == comparison.path
    asked = unit if is_known else unit_of(comparison)
    if asked is None:
        return compare(UNIT, comparison)
    return Q(type__si_unit=asked.si_unit, si_value__isnull=False)


def _value(operator: Operator, value: Any, path: str, unit: AskedUnit | None) -> Q:
    """Returns where a positive operator holds: false, never null, for values of another kind."""
    if value is None or (isinstance(value, tuple) and None in value):
        raise FilterError(path, "a parameter always has a value")
    if operator == "inq":
        return any_of(_scalar("eq", one, unit) for one in value)
    if operator == "between":
        return _scalar("gte", value[0], unit) & _scalar("lte", value[1], unit)
    if operator in _STRINGS_ONLY:
        return _text(operator, value)
    return _scalar(operator, value, unit)


def _scalar(operator: Operator, value: Scalar, unit: AskedUnit | None) -> Q:
    """Compares with one operand; what spells a number is one, and equal to its own spelling."""
    wanted = read_number(value)
    if wanted is None:
        return _text(operator, value)
    if unit:
        return _in_si(operator, unit.in_si(wanted))
    found = Q(number__isnull=False) & NUMBER.holds(operator, wanted)
    if isinstance(value, str) and operator == "eq":
        return found | _text(operator, value)
    return found


def _text(operator: Operator, value: Scalar) -> Q:
    return ~Q(text="") & WORDS.holds(operator, value)


def _in_si(operator: Operator, value: float) -> Q:
    if operator == "eq":
        return _in_si("gte", value) & _in_si("lte", value)
    margin = abs(value) * TOLERANCE
    outward = margin if operator in ("lte", "gt") else -margin
    return Q(si_value__isnull=False) & SI_VALUE.holds(operator, value + outward)
