"""Units of parameter conditions: compared in SI, and values given back in the unit asked for."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite

import pint

from catalogue.search.errors import FilterError
from catalogue.search.tree import AllOf, AnyOf, Comparison, Condition
from catalogue.vocabulary.measured import Measured
from catalogue.vocabulary.parameters import QUANTITIES
from catalogue.vocabulary.units import (
    dimension_of,
    has_unit,
    normalise_unit,
    scale_to_si,
    to_si,
    unit_registry,
)

# No unit of the field is longer, and each new spelling is parsed and remembered.
LONGEST_UNIT = 40
# Conversion moves the last digits of a float: 0.159 nm and 1.59 Å are one wavelength.
TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class AskedUnit:
    """A unit as a condition spells it, its SI base unit, and the parameter it is for, if named.

    dimension: how `A` and `C` are read, see `vocabulary.units.normalise_unit`.
    """

    spelling: str
    si_unit: str
    path: str
    name: str | None = None
    dimension: str = ""

    def in_si(self, value: float) -> float:
        found = to_si(value, self.spelling, dimension=self.dimension)
        if found is None:
            raise FilterError(self.path, f"cannot be converted from {self.spelling}")
        return found.value

    def told(self, stored: Measured) -> Measured | None:
        """Returns what is stored in SI in this unit, rounded by what the conversion moved.

        None where the unit is of another kind, or the number too large for it.
        """
        value = self._from_si(stored.value)
        if value is None:
            return None
        least, greatest = (
            None if end is None else self._from_si(end) for end in (stored.minimum, stored.maximum)
        )
        is_range = least is not None and greatest is not None
        return Measured(
            value,
            self.spelling,
            minimum=least if is_range else None,
            maximum=greatest if is_range else None,
            error=self._error_from_si(stored.error),
        )

    def _from_si(self, value: float) -> float | None:
        wanted = normalise_unit(self.spelling, dimension=self.dimension)
        try:
            found = unit_registry().Quantity(value, self.si_unit).to(wanted)
        except (pint.errors.PintError, OverflowError):
            return None
        return _rounded(float(found.magnitude))

    def _error_from_si(self, error: float | None) -> float | None:
        if error is None:
            return None
        scale = scale_to_si(self.spelling, dimension=self.dimension)
        return _rounded(error / scale) if scale else None


def _rounded(number: float) -> float | None:
    return float(f"{number:.12g}") if isfinite(number) else None


def asked_unit(parts: tuple[Condition, ...]) -> AskedUnit | None:
    """Returns the unit that applies to the values of one conjunction, None where none is asked for.

    Raises:
        FilterError: the unit is unknown, there are two, or the quantity cannot have it.
    """
    names = [part.value for part in parts if isinstance(part, Comparison) and _is_name(part)]
    name = str(names[0]) if len(names) == 1 else None
    asked = [unit for part in parts if _is_unit(part) and (unit := unit_of(part, name))]
    if len(asked) > 1:
        raise FilterError(_path(parts), "a parameter has one unit")
    return asked[0] if asked else None


def unit_of(part: Condition, name: str | None = None) -> AskedUnit | None:
    """Returns what a comparison of `unit` asks for, None for what is no unit ('', 'none').

    name: the parameter's, if it is known. One of the agreed names cannot be told in any unit; for
    others, whether the catalogue has them could tell of closed data, and they are not looked at.
    """
    if not isinstance(part, Comparison) or part.operator != "eq" or part.value is None:
        return None
    spelling = str(part.value)
    if not has_unit(spelling):
        return None
    agreed = QUANTITIES.get(name or "")
    dimension = dimension_of(agreed.si_unit) if agreed else ""
    found = None
    if len(spelling) <= LONGEST_UNIT:
        found = to_si(1.0, spelling, dimension=dimension)
    if found is None:
        raise FilterError(part.path, "unknown unit")
    if agreed is not None and agreed.si_unit != found.unit:
        raise FilterError(part.path, f"{name} is told in {', '.join(agreed.units)} and the like")
    return AskedUnit(spelling, found.unit, part.path, name, dimension)


# Each row that is shown asks for those of the same condition.
@lru_cache(maxsize=64)
def asked_units(condition: Condition | None) -> tuple[AskedUnit, ...]:
    """Returns the units asked for anywhere in a condition, each with the parameter's name."""
    return tuple(_asked_units(condition))


def _asked_units(condition: Condition | None) -> Iterator[AskedUnit]:
    match condition:
        case AllOf(parts):
            if unit := asked_unit(parts):
                yield unit
            for part in parts:
                if isinstance(part, AllOf | AnyOf):
                    yield from _asked_units(part)
        case AnyOf(parts):
            for part in parts:
                yield from _asked_units(part)
        case Comparison(field="unit"):
            if unit := unit_of(condition):
                yield unit
        case _:
            return


def _is_unit(part: Condition) -> bool:
    return isinstance(part, Comparison) and part.field == "unit"


def _is_name(part: Comparison) -> bool:
    return part.field == "name" and part.operator == "eq"


def _path(parts: tuple[Condition, ...]) -> str:
    paths = [part.path for part in parts if isinstance(part, Comparison) and part.field == "unit"]
    return paths[-1]
