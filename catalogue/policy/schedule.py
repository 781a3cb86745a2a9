"""What an investigation's days and policy ask of it after its data have changed, pure."""

from collections.abc import Iterator
from datetime import date

from catalogue.policy.embargo import Days, EmbargoTerms, ReleaseState, release_date
from catalogue.policy.events import Action, Case, Event, Refusal
from catalogue.policy.machine import decide


def upkeep(
    case: Case, terms: EmbargoTerms | None, days: Days, *, has_begun: bool, today: date
) -> Iterator[tuple[Event, Case, Case]]:
    """Yields the events that bring an investigation in step, each with the case before and after.

    What changes nothing, or what the state does not allow, is no event.
    """
    for event in _wanted(case, terms, days, has_begun=has_begun):
        after = decide(case, event, terms, today=today)
        if not isinstance(after, Refusal) and after != case:
            yield event, case, after
            case = after


def _wanted(
    case: Case, terms: EmbargoTerms | None, days: Days, *, has_begun: bool
) -> Iterator[Event]:
    if case.state is ReleaseState.PLANNED and has_begun:
        yield Event(Action.BEGIN, reason="The experiment has begun.")
    yield Event(Action.RECLASSIFY, reason="Its policy keeps the data for their owner.")
    opens = release_date(terms, days, extended_months=case.extended_months)
    if opens is not None and not case.is_waived:
        yield Event(Action.RESCHEDULE, reason="Counted from its days and policy.", day=opens)
