"""Unit spellings of NeXus files → pint units and SI values, pure; an unknown unit is None."""

import math
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import pint

LENGTH = "[length]"
TEMPERATURE = "[temperature]"
CURRENT = "[current]"
ENERGY = "[energy]"
PRESSURE = "[pressure]"
MASS = "[mass]"
DENSITY = "[density]"
TIME = "[time]"
FREQUENCY = "[frequency]"
POWER = "[power]"
MAGNETIC_FIELD = "[magnetic_field]"


@dataclass(frozen=True, slots=True)
class SiQuantity:
    """A value in SI base units; angles are in radian, temperatures in kelvin."""

    value: float
    unit: str


# What files write where a quantity has no unit, and the NXDL categories left in by mistake.
NO_UNIT = frozenset(
    {
        *("", "-", "none", "nones", "n/a", "unknown", "not known", "no unit", "not specified"),
        *("arbitrary", "a.u.", "arb", "arb."),
    }
)

# Spellings met in files of many facilities, in lower case with single spaces, that pint does not
# know, or knows as something else ('c/s' is its speed of light per second).
SPELLINGS = {
    "degrees": "degree",
    "deg.": "degree",
    "degs": "degree",
    "\N{DEGREE SIGN}": "degree",
    "radians": "radian",
    "µrad": "microradian",
    "angstroms": "angstrom",
    "angstroem": "angstrom",
    "angstroems": "angstrom",
    "ångström": "angstrom",
    "ang": "angstrom",
    "å": "angstrom",
    "1/å": "1 / angstrom",
    "å^-1": "1 / angstrom",
    "å-1": "1 / angstrom",
    "angstrom^-1": "1 / angstrom",
    "1/a": "1 / angstrom",
    "a^-1": "1 / angstrom",
    "a-1": "1 / angstrom",
    "invangstrom": "1 / angstrom",
    "angstroms/angstroms": "dimensionless",
    "mu-s": "microsecond",
    "micro.second": "microsecond",
    "microsec": "microsecond",
    "usec": "microsecond",
    "µs": "microsecond",
    "msec": "millisecond",
    "sec": "second",
    "secs": "second",
    "hrs": "hour",
    "nx_time": "second",
    "µm": "micrometer",
    "micron": "micrometer",
    "microns": "micrometer",
    "um": "micrometer",
    "metre": "meter",
    "metres": "meter",
    "meters": "meter",
    "pixels": "pixel",
    "px": "pixel",
    "°c": "degC",
    "deg c": "degC",
    "deg_c": "degC",
    "degc": "degC",
    "celsius": "degC",
    "celcius": "degC",
    "centigrade": "degC",
    "kelvin": "kelvin",
    "kelvins": "kelvin",
    "deg k": "kelvin",
    "ev": "electron_volt",
    "kev": "kiloelectron_volt",
    "gev": "gigaelectron_volt",
    "uah": "microampere * hour",
    "µah": "microampere * hour",
    "µa.hour": "microampere * hour",
    "uamp.hour": "microampere * hour",
    "uamphour": "microampere * hour",
    "microamps*hour": "microampere * hour",
    "microamp*hour": "microampere * hour",
    "amp": "ampere",
    "amps": "ampere",
    "volts": "volt",
    "hertz": "hertz",
    "hz": "hertz",
    "bars": "bar",
    "torrs": "torr",
    "gauss": "magnetic_gauss",
    "kgauss": "kilomagnetic_gauss",
    "kilogauss": "kilomagnetic_gauss",
    "oersted": "oersted",
    "tesla": "tesla",
    "counts": "count",
    "cts": "count",
    "count/sec": "count / second",
    "counts/s": "count / second",
    "counts/sec": "count / second",
    "cts/s": "count / second",
    "cps": "count / second",
    "c/s": "count / second",
    "counts_per_second": "count / second",
    "1/sec": "1 / second",
    "lines/mm": "1 / millimeter",
    "l/mm": "1 / millimeter",
    "rev/min": "revolution / minute",
    "%": "percent",
    "psi": "psi",
    "unitless": "dimensionless",
    "dimensionless": "dimensionless",
}
# The same letters in another case are another unit, so these are compared exactly and come first.
EXACT = {
    "A": "ampere",
    "C": "coulomb",
    "F": "farad",
    "G": "magnetic_gauss",
    "kG": "kilomagnetic_gauss",
    "M": "molar",
    "meV": "millielectron_volt",
    "MeV": "megaelectron_volt",
    "Mev": "megaelectron_volt",
}
# One letter, two quantities: what is measured decides.
AMBIGUOUS = {
    ("A", LENGTH): "angstrom",
    ("C", TEMPERATURE): "degC",
    ("F", TEMPERATURE): "degF",
    # The field of so many oersted is as many gauss where there is no matter.
    ("oe", MAGNETIC_FIELD): "magnetic_gauss",
    ("oersted", MAGNETIC_FIELD): "magnetic_gauss",
    ("koe", MAGNETIC_FIELD): "kilomagnetic_gauss",
    **{(each, TEMPERATURE): "degC" for each in ("deg", "deg.", "degree", "degrees", "°")},
}

# What is left goes to pint: products of names with small powers, so that no text can make its
# parser compute 9**9**9.
NAME = r"[^\W\d]\w{0,23}"
EXPONENT = r"(?:\s*(?:\^|\*\*)\s*-?\d)?"
EXPRESSION = re.compile(rf"(?:1|{NAME}){EXPONENT}(?:\s*[*/. ]\s*{NAME}{EXPONENT}){{0,4}}")
POWER_WITHOUT_SIGN = re.compile(r"([^\W\d_])(-?\d)")


def dimension_of(si_unit: str) -> str:
    """Return the dimension in which the unit `A` or `C` is to be read, by a value's SI unit."""
    return {"meter": LENGTH, "kelvin": TEMPERATURE, "ampere": CURRENT}.get(si_unit, "")


@cache
def unit_registry() -> Any:
    """Return the one pint registry; making it takes a fifth of a second."""
    registry: Any = pint.UnitRegistry(autoconvert_offset_to_baseunit=True)
    # Pint's gauss is the Gaussian system's, whose dimensions are others than those of tesla.
    registry.define("magnetic_gauss = 1e-4 * tesla")
    return registry


def has_unit(raw: str) -> bool:
    """Tell whether a `units` attribute says anything: not empty, 'none', 'N/A' or a template."""
    text = raw.strip().casefold()
    return text not in NO_UNIT and not text.startswith(("{", "nx_"))


# Visitors of the search API spell units too: the memory of spellings has to end somewhere.
@lru_cache(maxsize=4096)
def normalise_unit(raw: str, *, dimension: str = "") -> str | None:
    """Return pint's name of a unit, e.g. `millimeter` for `mm`; None where it is not known.

    `dimension` (`[length]`, `[temperature]`, …) says what is measured where the spelling leaves it
    open: `A` is ampere, but angstrom of a length; `C` is coulomb, but Celsius of a temperature.
    """
    text = _clean(raw)
    if not has_unit(text) or len(text) > 60:
        return None
    folded = text.casefold()
    known = (
        AMBIGUOUS.get((text, dimension))
        or EXACT.get(text)
        or AMBIGUOUS.get((folded, dimension))
        or SPELLINGS.get(folded)
    )
    return _parse(known) if known else _parse_unlisted(text)


def _parse_unlisted(text: str) -> str | None:
    """Return the unit pint finds in a spelling, in its capitals lowered, or in `cm2` for `cm^2`."""
    for spelling in (
        text,
        text.casefold() if len(text) > 2 else "",
        POWER_WITHOUT_SIGN.sub(r"\1^\2", text),
    ):
        if EXPRESSION.fullmatch(spelling) and (unit := _parse(spelling.replace(".", "*"))):
            return unit
    return None


def _clean(raw: str) -> str:
    """Return the spelling with single spaces and one code point for µ, Å and °."""
    text = raw.replace("\u03bc", "\u00b5").replace("\u212b", "\u00c5").replace("\u2103", "°C")
    return " ".join(text.split())


@lru_cache(maxsize=4096)
def is_unit_of(unit: str, dimension: str) -> bool:
    """Tell whether one of pint's units measures a dimension; every unit measures ''."""
    return not dimension or bool(unit_registry().Quantity(1, unit).check(dimension))


def _parse(text: str) -> str | None:
    # pint raises its own errors, but also AssertionError, TypeError and tokenizer errors.
    try:
        return str(unit_registry().parse_units(text)) or "dimensionless"
    except Exception:
        return None


def to_si(value: float, raw: str, *, dimension: str = "") -> SiQuantity | None:
    """Return a value in SI base units, None where its unit is not known or no float can hold it.

    The units are pint's base units of the system `mks`: meter, kilogram, second, kelvin, ampere,
    mole, candela; radian for angles; count, pixel and bit stay as they are.
    """
    unit = normalise_unit(raw, dimension=dimension)
    if unit is None:
        return None
    one = _one_in_si(unit)
    base = one if one is None else SiQuantity(value * one.value, one.unit)
    if base is None:
        base = _in_base_units(value, unit)
    return base if base is not None and math.isfinite(base.value) else None


def scale_to_si(raw: str, *, dimension: str = "") -> float | None:
    """Return by how much a difference of one in a unit differs in SI: 5/9 for °F, 1 for °C."""
    zero, one = (to_si(number, raw, dimension=dimension) for number in (0.0, 1.0))
    if zero is None or one is None:
        return None
    # Where there is an offset, the last digits of the difference are those of the offset.
    return one.value if zero.value == 0 else float(f"{one.value - zero.value:.12g}")


@lru_cache(maxsize=4096)
def _one_in_si(unit: str) -> SiQuantity | None:
    """Return one of a unit in SI; None for a unit that needs more than a factor, such as degC.

    A file's dozen of quantities are converted by a factor each: pint takes 0.1 ms for one.
    """
    zero, one, two = (_in_base_units(number, unit) for number in (0.0, 1.0, 2.0))
    if zero is None or one is None or two is None:
        return None
    is_factor = zero.value == 0 and two.value == 2 * one.value
    return one if is_factor else None


def _in_base_units(value: float, unit: str) -> SiQuantity | None:
    try:
        base = unit_registry().Quantity(value, unit).to_base_units()
    except (pint.errors.PintError, OverflowError, ValueError):
        return None
    return SiQuantity(float(base.magnitude), str(base.units))
