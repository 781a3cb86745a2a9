"""Conditions on parameters: numbers, strings and units of one row."""

from typing import Any

from django.db.models import Q

from catalogue.search.columns import compare, complement, number, text
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
            found = Q()
            for part in parts:
                found &= parameter_condition(part, inner)
            return found
        case AnyOf(parts):
            return _any_of(parts, unit)
        case Comparison():
            return _comparison(condition, unit)
        case Text():
            raise FilterError("text", "Parameter has no text to search")


def _any_of(parts: tuple[Condition, ...], unit: AskedUnit | None) -> Q:
    found = Q(pk__in=[])
    for part in parts:
        if isinstance(part, Comparison) and part.field == "unit":
            # Beside a value it would have to convert that value once for each unit.
            raise NotSupportedYetError(part.path)
        found |= parameter_condition(part, unit)
    return found


def _comparison(comparison: Comparison, unit: AskedUnit | None) -> Q:
    if comparison.field == "name":
        return compare(NAME, comparison)
    if comparison.field == "unit":
        return _in_unit(comparison)
    positive = POSITIVES.get(comparison.operator)
    if positive is None:
        return _value(comparison.operator, comparison.value, comparison.path, unit)
    found = _value(positive, comparison.value, comparison.path, unit)
    # With a unit, what cannot be compared in it is neither equal nor unequal.
    return complement(SI_VALUE if unit else NUMBER, found, None if unit else comparison.value)


def _in_unit(comparison: Comparison) -> Q:
    """Returns the rows that can be told in a unit, however theirs is spelled."""
    asked = unit_of(comparison)
    if asked is None:
        return compare(UNIT, comparison)
    return Q(type__si_unit=asked.si_unit, si_value__isnull=False)


def _value(operator: Operator, value: Any, path: str, unit: AskedUnit | None) -> Q:
    if value is None or (isinstance(value, tuple) and None in value):
        raise FilterError(path, "a parameter always has a value")
    if operator in _STRINGS_ONLY:
        return ~Q(text="") & WORDS.holds(operator, value)
    if operator == "inq":
        found = Q(pk__in=[])
        for one in value:
            found |= _value("eq", one, path, unit)
        return found
    if operator == "between":
        return _value("gte", value[0], path, unit) & _value("lte", value[1], path, unit)
    return _scalar(operator, value, unit)


def _scalar(operator: Operator, value: Scalar, unit: AskedUnit | None) -> Q:
    """Compares with one operand; what spells a number is one, and equal to its own spelling."""
    wanted = read_number(value)
    same_words = ~Q(text="") & WORDS.holds(operator, value) if isinstance(value, str) else None
    if wanted is None:
        return same_words or Q(pk__in=[])
    found = _in_si(operator, unit.in_si(wanted)) if unit else NUMBER.holds(operator, wanted)
    return found | same_words if same_words is not None and operator == "eq" and not unit else found


def _in_si(operator: Operator, value: float) -> Q:
    margin = abs(value) * TOLERANCE
    if operator == "eq":
        return _in_si("gte", value) & _in_si("lte", value)
    outward = margin if operator in ("lte", "gt") else -margin
    return SI_VALUE.holds(operator, value + outward)
