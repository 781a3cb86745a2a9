"""Conditions on parameters: numbers, strings and units of one row.

A number that varied keeps its range, and a condition holds for it when it holds for the number or
for any value of the range: 10 to 30 K is below 15 K, and above 25 K, and is 20 K. A negative one
holds where its positive one does not.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any, TypeGuard

from django.db.models import F, Q, Subquery
from django.db.models.lookups import Exact

from catalogue.models import ParameterType
from catalogue.search.columns import NOTHING, Column, all_of, any_of, compare, number, text
from catalogue.search.errors import FilterError
from catalogue.search.tree import (
    POSITIVES,
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    Operator,
    Scalar,
    Tagged,
    Text,
)
from catalogue.search.units import TOLERANCE, AskedUnit, asked_unit, unit_of
from catalogue.search.values import read_number

NAME = text("type__name")
UNIT = text("unit")
WORDS = text("text")


@dataclass(frozen=True, slots=True)
class Measure:
    """Where a number and its range stand: as they were given, or in SI."""

    value: Column
    least: Column
    greatest: Column


GIVEN = Measure(number("number"), number("number_min"), number("number_max"))
IN_SI = Measure(number("si_value"), number("si_min"), number("si_max"))
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
        case Text() | Tagged():
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
        return _of_type(comparison)
    if comparison.field == "unit":
        return _in_unit(comparison, unit)
    positive = POSITIVES.get(comparison.operator)
    found = _value(positive or comparison.operator, comparison.value, comparison.path, unit)
    return ~found if positive else found


def _of_type(comparison: Comparison) -> Q:
    if comparison.operator != "eq" or comparison.value is None:
        return compare(NAME, comparison)
    # As a subquery that is run first, it is a constant to the indexes that begin with the type.
    named = ParameterType.objects.filter(name=comparison.value).order_by()
    return Q(Exact(F("type"), Subquery(named.values("pk"))))


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
        return _between(value[0], value[1], unit)
    if operator in _STRINGS_ONLY:
        return _text(operator, value)
    return _scalar(operator, value, unit)


def _between(low: Scalar, high: Scalar, unit: AskedUnit | None) -> Q:
    bounds = read_number(low), read_number(high)
    if bounds[0] is None or bounds[1] is None:
        return _scalar("gte", low, unit) & _scalar("lte", high, unit)
    return _numbers(bounds[0], bounds[1], unit)


def _scalar(operator: Operator, value: Scalar, unit: AskedUnit | None) -> Q:
    """Compares with one operand; what spells a number is one, and equal to its own spelling."""
    wanted = read_number(value)
    if wanted is None:
        return _text(operator, value)
    if operator == "eq":
        found = _numbers(wanted, wanted, unit)
        return found | _text(operator, value) if isinstance(value, str) and not unit else found
    if unit:
        return _beyond(IN_SI, operator, _outward(operator, unit.in_si(wanted)))
    return _beyond(GIVEN, operator, wanted)


def _text(operator: Operator, value: Scalar) -> Q:
    return ~Q(text="") & WORDS.holds(operator, value)


def _numbers(low: float, high: float, unit: AskedUnit | None) -> Q:
    """Returns the rows whose number, or any value of its range, is from `low` to `high`."""
    if low > high:
        return NOTHING
    if not unit:
        return _within(GIVEN, low, high)
    return _within(IN_SI, _outward("gte", unit.in_si(low)), _outward("lte", unit.in_si(high)))


def _within(measure: Measure, low: float, high: float) -> Q:
    alone = measure.value.holds("gte", low) & measure.value.holds("lte", high)
    overlapping = measure.greatest.holds("gte", low) & measure.least.holds("lte", high)
    return _known(measure.value, alone) | _known(measure.greatest, overlapping)


def _beyond(measure: Measure, operator: Operator, bound: float) -> Q:
    """Returns the rows whose number, or the nearest end of its range, is beyond a bound."""
    end = measure.greatest if operator in ("gt", "gte") else measure.least
    alone = _known(measure.value, measure.value.holds(operator, bound))
    return alone | _known(end, end.holds(operator, bound))


def _known(column: Column, found: Q) -> Q:
    # A comparison with null is unknown, and so would its opposite be.
    return ~column.holds("eq", None) & found


def _outward(operator: Operator, value: float) -> float:
    """Returns a bound moved by what conversion may have moved the values it is compared with."""
    margin = abs(value) * TOLERANCE
    return value + margin if operator in ("lte", "gt") else value - margin
