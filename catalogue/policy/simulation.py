"""What would change if a policy were otherwise: pure arithmetic over investigations."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from catalogue.policy.embargo import Days, EmbargoTerms, release_date


@dataclass(frozen=True, slots=True)
class Standing:
    """An investigation that is not open yet: when it opens now, and what that is counted from."""

    pk: int
    label: str
    opens: date | None
    days: Days
    extended_months: int


@dataclass(frozen=True, slots=True)
class Change:
    """An investigation whose day would be another; None: never, or not known."""

    standing: Standing
    would_open: date | None


@dataclass(frozen=True, slots=True)
class Simulation:
    """changes: the first to open first; months: 'YYYY-MM' → how many open now, and would then.

    What would have opened by now opens today: nothing opens in the past.
    """

    looked_at: int
    changes: tuple[Change, ...]
    at_once: int
    earlier: int
    later: int
    months: tuple[tuple[str, int, int], ...]


def simulate(standings: Iterable[Standing], terms: EmbargoTerms, *, today: date) -> Simulation:
    """Returns what would open on which day under other terms."""
    now, then, changes, looked_at = Counter[str](), Counter[str](), [], 0
    for standing in standings:
        looked_at += 1
        computed = release_date(terms, standing.days, extended_months=standing.extended_months)
        would_open = max(computed, today) if computed else None
        opens = max(standing.opens, today) if standing.opens else None
        now[_month(opens)] += 1
        then[_month(would_open)] += 1
        if would_open != opens:
            changes.append(Change(standing, would_open))
    changes.sort(key=lambda change: (change.would_open or date.max, change.standing.pk))
    return Simulation(
        looked_at=looked_at,
        changes=tuple(changes),
        at_once=sum(change.would_open == today for change in changes),
        earlier=sum(_is_earlier(change) for change in changes),
        later=sum(not _is_earlier(change) for change in changes),
        months=tuple((month, now[month], then[month]) for month in sorted({*now, *then})),
    )


def _is_earlier(change: Change) -> bool:
    return (change.would_open or date.max) < (change.standing.opens or date.max)


def _month(day: date | None) -> str:
    return f"{day:%Y-%m}" if day else "never"
