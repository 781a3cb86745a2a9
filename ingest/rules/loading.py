"""The rules of a facility: from the rows that people edit to the values ingest works with."""

from collections.abc import Iterable

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from catalogue.models import Facility
from catalogue.policy.proposals import UnknownProposals
from ingest.checks import wrong_setting
from ingest.models.rules import PathRule, TechniqueRule
from ingest.rules.naming import FIELDS, PathPattern
from ingest.rules.patterns import BadPattern, Pattern, read_pattern
from ingest.rules.techniques import TechniquePattern


class BadRuleError(Exception):
    """A stored rule is not usable: no file is judged without it, lest it goes to a wrong team."""

    def __init__(self, rule: PathRule | TechniqueRule, error: BadPattern) -> None:
        super().__init__(f"Rule {rule.name!r} of {rule.facility}: {error} Correct it in the admin.")
        self.rule = rule


def path_rules_of(facility: Facility) -> tuple[PathPattern, ...]:
    """Returns the active path rules of a facility, in their order.

    Raises:
        BadRuleError: one of them was stored around the admin, and is none.
    """
    rows = facility.pathrules.filter(is_active=True).select_related("facility")
    return tuple(path_pattern(row) for row in rows)


def technique_rules_of(facility: Facility) -> tuple[TechniquePattern, ...]:
    """Returns the active technique rules of a facility, in their order.

    Raises:
        BadRuleError: one of them was stored around the admin, and is none.
    """
    rows = facility.techniquerules.filter(is_active=True).select_related("facility")
    return tuple(
        technique_pattern(row, (each.code for each in row.techniques.all()))
        for row in rows.prefetch_related("techniques")
    )


def path_pattern(rule: PathRule) -> PathPattern:
    """Returns a path rule as a value."""
    try:
        return PathPattern(rule.name, read_pattern(rule.pattern, groups=FIELDS))
    except BadPattern as error:
        raise BadRuleError(rule, error) from error


def technique_pattern(rule: TechniqueRule, codes: Iterable[str]) -> TechniquePattern:
    """Returns a technique rule as a value; codes: PaNET's, of the techniques it gives."""
    try:
        return TechniquePattern(
            rule.name,
            tuple(codes),
            instrument_id=rule.instrument_id,
            definition=_condition(rule.definition),
            title=_condition(rule.title),
            method=_condition(rule.method),
            path=_condition(rule.path),
        )
    except BadPattern as error:
        raise BadRuleError(rule, error) from error


def _condition(text: str) -> Pattern | None:
    return read_pattern(text, ignores_case=True) if text else None


def unknown_proposals_of(facility: Facility) -> UnknownProposals:
    """Returns what becomes of files whose proposal is unknown: the facility's word or the site's.

    Raises:
        ImproperlyConfigured: the setting is none of the two.
    """
    value = facility.unknown_proposals or settings.UNKNOWN_PROPOSALS
    try:
        return UnknownProposals(value)
    except ValueError:
        raise ImproperlyConfigured(wrong_setting(value)) from None
