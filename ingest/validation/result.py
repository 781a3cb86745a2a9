"""What the NeXus definitions make of one file, and what to do about it, as plain values."""

from dataclasses import dataclass
from enum import StrEnum

from ingest.record import Problem, Severity


class ValidationState(StrEnum):
    """A file without a report has not been asked for; that it could not be is a result too."""

    VALID = "valid"
    WARNINGS = "has_warnings"
    ERRORS = "has_errors"
    NOT_VALIDATED = "could_not_be_validated"


@dataclass(frozen=True, slots=True)
class Validation:
    """The result for one file. An error here is one against NeXus: the catalogue keeps the file.

    `code` and `reason` say why it could not be validated, '' where it could. `definition` is the
    application definition that was applied, '' where the base classes alone were. `findings` are
    the first of them, errors before warnings; the counts are of all.
    """

    state: ValidationState
    code: str = ""
    reason: str = ""
    definition: str = ""
    validator: str = ""
    errors: int = 0
    warnings: int = 0
    findings: tuple[Problem, ...] = ()


def not_validated(code: str, reason: str) -> Validation:
    """Return the result for a file that could not be validated, and why."""
    return Validation(ValidationState.NOT_VALIDATED, code, reason)


def state_of(errors: int, warnings: int) -> ValidationState:
    """Return the state that the worst finding decides."""
    if errors:
        return ValidationState.ERRORS
    return ValidationState.WARNINGS if warnings else ValidationState.VALID


def worst_first(findings: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Return the findings with the errors before the warnings, else in their order."""
    return tuple(sorted(findings, key=lambda each: each.severity is not Severity.ERROR))


# What to do about a finding, by its code; the message of nexusformat says what is wrong.
ADVICE = {
    "required_missing": "Write it: the definition requires it.",
    "recommended_missing": "Write it if it is known: the definition recommends it.",
    "not_defined": "Check the spelling against the class's manual page, or move it to an NXnote or "
    "NXcollection.",
    "misplaced_class": "Move the group to where its class belongs, or use NXcollection.",
    "unknown_class": "Give the group a class that NeXus defines, in @NX_class.",
    "invalid_name": "Rename it: letters, digits and underscores, no digit first.",
    "wrong_type": "Write the value with the type that the class defines.",
    "not_in_enumeration": "Write one of the values that the manual lists.",
    "units_missing": "Write @units, e.g. mm, keV or 1/angstrom.",
    "broken_link": "Point the link at an object that exists, or remove it.",
    "link_required": "Write a link to the field that the definition names in place of a copy.",
    "signal": "Name the data to plot in @signal of the NXdata group.",
    "axes": "Name an axis for each dimension of the signal in @axes, '.' for none.",
    "deprecated": "Replace it as the message says.",
}
