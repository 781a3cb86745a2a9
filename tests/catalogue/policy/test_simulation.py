"""The simulator's arithmetic, worked out by hand, and for 10,000 investigations."""

from datetime import date, timedelta

from catalogue.policy.embargo import Anchor, Days, EmbargoTerms, MetadataVisibility, release_date
from catalogue.policy.simulation import Standing, simulate

TODAY = date(2026, 3, 1)


def terms(months: int, *, never: bool = False) -> EmbargoTerms:
    return EmbargoTerms(months, Anchor.END_OF_INVESTIGATION, never, MetadataVisibility.MINIMAL)


def standing(pk: int, ended: date, opens: date | None, extended: int = 0) -> Standing:
    return Standing(pk, f"P{pk}-1", opens, Days(ended=ended), extended)


ROWS = [
    standing(1, date(2025, 1, 10), date(2028, 1, 10)),
    standing(2, date(2023, 6, 1), date(2026, 6, 1)),
    standing(3, date(2024, 3, 1), date(2028, 3, 1), extended=12),
]


def test_a_shorter_embargo_opens_at_once_or_earlier() -> None:
    found = simulate(ROWS, terms(24), today=TODAY)
    assert [(each.standing.pk, each.would_open) for each in found.changes] == [
        (2, TODAY),
        (1, date(2027, 1, 10)),
        (3, date(2027, 3, 1)),
    ]
    assert (found.at_once, found.earlier, found.later) == (1, 3, 0)
    assert found.months == (
        ("2026-03", 0, 1),
        ("2026-06", 1, 0),
        ("2027-01", 0, 1),
        ("2027-03", 0, 1),
        ("2028-01", 1, 0),
        ("2028-03", 1, 0),
    )


def test_the_terms_of_today_change_nothing() -> None:
    assert simulate(ROWS, terms(36), today=TODAY).changes == ()


def test_never_is_later_than_any_day() -> None:
    found = simulate(ROWS, terms(36, never=True), today=TODAY)
    assert (found.earlier, found.later) == (0, 3)
    assert ("never", 0, 3) in found.months


def test_ten_thousand_investigations_are_looked_at_and_add_up() -> None:
    rows = []
    for number in range(10_000):
        ended = date(2023, 3, 2) + timedelta(days=number % 1000)
        rows.append(standing(number, ended, release_date(terms(36), Days(ended=ended))))
    found = simulate(rows, terms(24), today=TODAY)
    assert found.looked_at == len(found.changes) == found.earlier == 10_000
    assert sum(now for _, now, _ in found.months) == 10_000
    assert sum(then for _, _, then in found.months) == 10_000
    # Ends of 365 days, 2 March 2023 to 29 February 2024 and the day after: ten visits a day.
    assert found.at_once == 10 * ((date(2024, 3, 1) - date(2023, 3, 2)).days + 1)
