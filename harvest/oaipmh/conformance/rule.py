"""What a rule of OAI-PMH is here: its name and section, what is asked for it, how it is judged."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from harvest.oaipmh.conformance.reply import Ask, Reply
from harvest.oaipmh.conformance.survey import Survey


@dataclass(frozen=True, slots=True)
class Breach:
    """How a rule is broken: what was seen, the request, and the record it was seen in, or ''."""

    message: str
    ask: Ask
    record: str = ""


def nothing(_survey: Survey) -> list[Ask]:
    return []


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: pure functions from what an endpoint said to how that breaks it.

    section: of OAI-PMH 2.0, or of the guidelines that are named; asks: further requests it needs,
    none of them meaning that it does not apply; check: takes their replies in the same order.
    """

    name: str
    section: str
    title: str
    check: Callable[[Survey, Sequence[Reply]], Iterator[Breach]]
    asks: Callable[[Survey], list[Ask]] = nothing
    needs_asks: bool = False


class Outcome(StrEnum):
    KEPT = "kept"
    BROKEN = "broken"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one rule; `breaches` are the first ones found."""

    rule: Rule
    outcome: Outcome
    breaches: tuple[Breach, ...] = ()
