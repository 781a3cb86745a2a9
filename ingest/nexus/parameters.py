"""The quantities of a NeXus entry: one value each, or one a device, with the range it had; pure."""

from collections.abc import Iterator
from dataclasses import replace

from catalogue.vocabulary.units import has_unit, normalise_unit
from ingest.nexus import fields
from ingest.nexus.quantities import (
    DIMENSIONS,
    ERRORS,
    PARAMETERS,
    PARTICLES,
    RANGE,
    has_fitting_unit,
)
from ingest.nexus.rules import FieldRule, ParameterRule
from ingest.nexus.search import TEXT_CHARS, Found, Values, find_text, is_usable
from ingest.nexus.series import Series
from ingest.nexus.text import shorten, show
from ingest.nexus.values import to_number, to_series, to_text
from ingest.record import ExtractedParameter, Problem, Severity

# A time-of-flight instrument has hundreds of detector banks, all alike.
MOST_DEVICES = 8


def find_parameters(values: Values) -> Iterator[ExtractedParameter]:
    """Yield the quantities of the mapping that the entry holds, one value each, or one a device."""
    kind = _find_radiation(values)
    for rule in PARAMETERS:
        if rule.probe in ("any", kind):
            found = _find_by_group(rule, values)
            is_of_each = rule.of_each or rule.of == "sample"
            yield from list(found.values())[: MOST_DEVICES if is_of_each else 1]


def _find_by_group(rule: ParameterRule, values: Values) -> dict[str, ExtractedParameter]:
    """Return the best value that each group has for a rule, the best of all first."""
    by_group: dict[str, ExtractedParameter] = {}
    for path in rule.paths:
        for found in values.get(path, ()):
            group = found.source if path.endswith("/") else found.source.rpartition("/")[0]
            if group not in by_group and (parameter := _build_parameter(rule, found)):
                by_group[group] = _complete_average(parameter, path, values)
    return by_group


def _find_radiation(values: Values) -> str:
    """Return `particle` for neutrons, muons and electrons, `photon` for everything else."""
    said = (find_text(values, rule) for rule in (fields.PROBE, fields.SOURCE_TYPE))
    text = next((each.value.casefold() for each in said if each), "")
    return "particle" if any(name in text for name in PARTICLES) else "photon"


def _complete_average(
    parameter: ExtractedParameter, path: str, values: Values
) -> ExtractedParameter:
    """Return the average of a log with the range and the error that the log says beside it."""
    above, _, name = path.rpartition("/")
    if name != "average_value":
        return parameter
    group = parameter.source.rpartition("/")[0]

    def beside(field: str) -> Found | None:
        rows = values.get(f"{above}/{field}", ())
        return next((each for each in rows if each.source.rpartition("/")[0] == group), None)

    logged = beside("value")
    least, greatest = (_series(beside(each)) or _series(logged) for each in RANGE)
    error = next(filter(None, (_series(beside(each)) for each in ERRORS)), None)
    minimum, maximum = (
        _range(least.least, greatest.greatest) if least and greatest else (None, None)
    )
    return replace(
        parameter,
        unit=parameter.unit or (logged.units if logged else ""),
        minimum=minimum,
        maximum=maximum,
        error=error.mean if error and error.mean >= 0 else None,
    )


def _series(found: Found | None) -> Series | None:
    return to_series(found.value) if found else None


def _range(least: float, greatest: float) -> tuple[float, float] | tuple[None, None]:
    """Return the ends of a range, None of a quantity that stayed as it was."""
    return (least, greatest) if least < greatest else (None, None)


def _build_parameter(rule: ParameterRule, found: Found) -> ExtractedParameter | None:
    value: float | str | None
    minimum = maximum = None
    if rule.varies:
        series = to_series(found.value)
        value = series.mean if series else None
        minimum, maximum = _range(series.least, series.greatest) if series else (None, None)
    elif rule.kind == "number":
        value = to_number(found.value)
    else:
        text = to_text(found.value)
        value = shorten(text, TEXT_CHARS) if is_usable(text, FieldRule(())) else None
    if value is None:
        return None
    return ExtractedParameter(
        *(rule.name, value, found.units, found.source, rule.of), minimum=minimum, maximum=maximum
    )


def find_unit_problems(parameters: tuple[ExtractedParameter, ...]) -> Iterator[Problem]:
    """Yield a warning for each unit that is not known or measures something else.

    The value keeps its unit as written, and has no SI value.
    """
    for parameter in parameters:
        if not has_fitting_unit(parameter):
            message = (
                f"{parameter.source} has the unit {show(parameter.unit)}, which is none of "
                f"{DIMENSIONS[parameter.name]}; the value is kept as written. Correct the unit."
            )
            yield Problem(Severity.WARNING, "wrong_unit", message, parameter.source)
        if has_unit(parameter.unit) and normalise_unit(parameter.unit) is None:
            message = (
                f"{parameter.source} has the unknown unit {show(parameter.unit)}; the value is "
                "kept as written. Write a UDUNITS unit, e.g. mm, keV or 1/angstrom."
            )
            yield Problem(Severity.WARNING, "unknown_unit", message, parameter.source)
