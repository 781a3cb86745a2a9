"""Every rule of OAI-PMH 2.0 that can be seen from outside, as data."""

from collections.abc import Callable, Sequence

from harvest.oaipmh.conformance import of_errors, of_identify, of_lists, of_ranges, of_replies
from harvest.oaipmh.conformance.rule import Rule

RULES: tuple[Rule, ...] = (
    *of_identify.RULES,
    *of_lists.RULES,
    *of_ranges.RULES,
    *of_errors.RULES,
)


def every_reply(validate: Callable[[bytes], Sequence[str]] | None) -> tuple[Rule, ...]:
    """Returns the rules that each reply is judged by; without `validate`, not by the schemas."""
    return of_replies.RULES + ((of_replies.schema_rule(validate),) if validate else ())
