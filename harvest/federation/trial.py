"""One provider tried by hand, or by the clock: what works there, in words."""

from dataclasses import dataclass

from harvest.federation.answers import Answer, score_of
from harvest.federation.ask import Asking
from harvest.federation.question import (
    PLURALS,
    Question,
    count_question,
    health_question,
    list_question,
)
from harvest.models import FederationProvider


@dataclass(frozen=True, slots=True)
class Trial:
    """What was found out; `is_good`: lists work, which is all that a search needs."""

    is_good: bool
    told: str


def try_provider(row: FederationProvider) -> Trial:
    """Asks for what a search would, whatever the breaker says, and tells what came of it."""
    listed = _ask(row, list_question("Dataset", {}, (), 1))
    if not listed.is_answered:
        return Trial(is_good=False, told=f"{listed.state.value}: {listed.note}")
    told = [f"answered in {listed.seconds * 1000:.0f} ms"]
    for name, plural in PLURALS.items():
        counted = _ask(row, count_question(name, {}))
        told.append(
            f"{counted.count:,} {plural}"
            if counted.is_answered
            else f"{plural} cannot be counted ({counted.state.value}: {counted.note})"
        )
    if not any(score_of(item) for item in listed.items):
        told.append("no scores: its items come in its own order")
    return Trial(is_good=True, told="; ".join([*told, *filter(None, [listed.note])]))


def check_providers() -> list[str]:
    """Asks every enabled provider that could be asked now; returns the keys of those that failed.

    So that breakers close again before somebody has to wait for it.
    """
    rows = list(FederationProvider.objects.filter(is_enabled=True).exclude(base_url=""))
    answers = Asking(rows).all_answers(health_question())
    return [answer.provider.key for answer in answers if not answer.is_answered]


def _ask(row: FederationProvider, question: Question) -> Answer:
    """Returns the answer of one provider; asked by hand, one that rests is tried all the same."""
    row.refresh_from_db()
    row.retry_at = None
    (answer,) = Asking([row]).all_answers(question)
    return answer
