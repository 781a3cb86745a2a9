"""Numbers with range and error, in SI."""

from dataclasses import replace

import pytest

from catalogue.vocabulary.measured import Measured


def _rounded(found: Measured) -> Measured:
    numbers = {name: getattr(found, name) for name in ("value", "minimum", "maximum", "error")}
    return replace(
        found,
        **{name: float(f"{number:.12g}") for name, number in numbers.items() if number is not None},
    )


@pytest.mark.parametrize(
    ("given", "in_si"),
    [
        (Measured(5, "mm"), Measured(0.005, "meter")),
        (
            Measured(25, "celsius", minimum=20, maximum=30, error=0.5),
            Measured(298.15, "kelvin", minimum=293.15, maximum=303.15, error=0.5),
        ),
        (Measured(1, "mm", error=0.1), Measured(0.001, "meter", error=0.0001)),
        (Measured(1, "nm", minimum=0, maximum=2), Measured(1e-9, "meter", minimum=0, maximum=2e-9)),
        (Measured(5, "parsnip"), None),
    ],
    ids=["alone", "celsius", "error", "range from zero", "unknown"],
)
def test_all_of_it_is_told_in_si(given: Measured, in_si: Measured | None) -> None:
    found = given.in_si()

    assert (found and _rounded(found)) == in_si


def test_an_error_in_fahrenheit_is_scaled_and_not_shifted() -> None:
    found = Measured(68, "fahrenheit", error=9).in_si()

    assert found is not None
    assert found.error == pytest.approx(5)


def test_half_a_range_that_no_float_holds_is_no_range() -> None:
    found = Measured(1, "Ym", minimum=0, maximum=1e300).in_si()

    assert found is not None
    assert (found.minimum, found.maximum) == (None, None)
