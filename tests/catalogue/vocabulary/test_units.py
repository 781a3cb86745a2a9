"""Unit spellings seen in files of many facilities."""

import pytest

from catalogue.vocabulary.units import (
    LENGTH,
    TEMPERATURE,
    SiQuantity,
    has_unit,
    normalise_unit,
    to_si,
)


@pytest.mark.parametrize(
    ("raw", "unit"),
    [
        ("mm", "millimeter"),
        ("degrees", "degree"),
        ("deg.", "degree"),
        ("degree ", "degree"),
        ("Deg", "degree"),
        ("\N{DEGREE SIGN}", "degree"),
        ("us", "microsecond"),
        ("mu-s", "microsecond"),
        ("micro.second", "microsecond"),
        ("Angstroem", "angstrom"),
        ("\u00c5", "angstrom"),
        ("\u212b", "angstrom"),
        ("1/A", "1 / angstrom"),
        ("uAh", "hour * microampere"),
        ("uamp.hour", "hour * microampere"),
        ("microAmps*hour", "hour * microampere"),
        ("Kelvin", "kelvin"),
        ("KeV", "kiloelectron_volt"),
        ("Mev", "megaelectron_volt"),
        ("meV", "millielectron_volt"),
        ("nA", "nanoampere"),
        ("°C", "degree_Celsius"),
        ("c/s", "count / second"),
        ("cm2", "centimeter ** 2"),
        ("meter / second", "meter / second"),
        ("Angstroms/Angstroms", "dimensionless"),
        ("%", "percent"),
        ("\u03bcm", "micrometer"),
    ],
)
def test_spellings_of_one_unit_become_one_name(raw: str, unit: str) -> None:
    assert normalise_unit(raw) == unit


@pytest.mark.parametrize(
    "raw",
    [
        "UU",
        "eng",
        "full st",
        "ls-1",
        "countsOrseconds",
        "9**9**9**9",
        "x" * 500,
        "a" * 30,
        "(",
        "1/",
    ],
)
def test_unknown_unit_is_none_and_no_error(raw: str) -> None:
    assert normalise_unit(raw) is None
    assert to_si(1.0, raw) is None


@pytest.mark.parametrize(
    "raw", ["", " ", "none", "NONE", "N/A", "Not known", "NX_LENGTH", "{unit}"]
)
def test_placeholders_are_no_unit(raw: str) -> None:
    assert not has_unit(raw)
    assert normalise_unit(raw) is None


def test_one_letter_means_what_is_measured() -> None:
    assert normalise_unit("A") == "ampere"
    assert normalise_unit("A", dimension=LENGTH) == "angstrom"
    assert normalise_unit("C") == "coulomb"
    assert normalise_unit("C", dimension=TEMPERATURE) == "degree_Celsius"


@pytest.mark.parametrize(
    ("value", "raw", "dimension", "expected"),
    [
        (5.0, "C", TEMPERATURE, SiQuantity(278.15, "kelvin")),
        (180.0, "deg", "", SiQuantity(3.141592653589793, "radian")),
        (1.54, "A", LENGTH, SiQuantity(1.54e-10, "meter")),
        (60.0, "rpm", "", SiQuantity(6.283185307179586, "radian / second")),
        (50.0, "%", "", SiQuantity(0.5, "dimensionless")),
        (1.0, "keV", "", SiQuantity(1.602176634e-16, "kilogram * meter ** 2 / second ** 2")),
    ],
)
def test_value_in_si_base_units(
    value: float, raw: str, dimension: str, expected: SiQuantity
) -> None:
    found = to_si(value, raw, dimension=dimension)
    assert found is not None
    assert found.unit == expected.unit
    assert found.value == pytest.approx(expected.value, rel=1e-12)
