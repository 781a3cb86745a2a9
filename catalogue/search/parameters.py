"""Conditions on parameters: numbers, strings and units of one row."""

from typing import Any

from django.db.models import Q

from catalogue.search.columns import all_of, any_of, compare, number, text
from catalogue.search.errors import FilterError, NotSupportedYetError
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
_STRINGS_ONLY = ("like", "ilike", "regexp")


def parameter_condition(condition: Condition, unit: AskedUnit | None = None) -> Q:
    """Returns a condition on rows of parameters; `unit` is that of the conjunction it stands in."""
    match condition:
        case AllOf(parts):
            inner = asked_unit(parts) or unit
            return all_of(parameter_condition(part, inner) for part in parts)
        case AnyOf(parts):
            return any_of(_alternative(part, unit) for part in parts)
        case Comparison():
            return _comparison(condition, unit)
        case Text():
            raise FilterError("text", "Parameter has no text to search")


def _alternative(part: Condition, unit: AskedUnit | None) -> Q:
    if isinstance(part, Comparison) and part.field == "unit":
        # The values beside it would have to be compared once for each unit.
        raise NotSupportedYetError(part.path)
    return parameter_condition(part, unit)


def _comparison(comparison: Comparison, unit: AskedUnit | None) -> Q:
    if comparison.field == "name":
        return compare(NAME, comparison)
    if comparison.field == "unit":
        return _in_unit(comparison)
    positive = POSITIVES.get(comparison.operator)
    found = _value(positive or comparison.operator, comparison.value, comparison.path, unit)
    return ~found if positive else found


def _in_unit(comparison: Comparison) -> Q:
    """Returns the rows that can be told in a unit, however theirs is spelled."""
    asked = unit_of(comparison)
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
