"""How long data are kept, by a policy's word."""

from datetime import date

import pytest

from catalogue.policy.retention import Kept, Retention, kept
from catalogue.portal.explanation import how_long_kept

MEASURED = date(2024, 2, 29)


@pytest.mark.parametrize(
    ("retention", "expected"),
    [
        (Retention(10), (date(2034, 2, 28), date(2034, 2, 28), date(2034, 2, 28))),
        (
            Retention(10, reduced_months=6),
            (date(2034, 2, 28), date(2024, 8, 29), date(2034, 2, 28)),
        ),
        (Retention(5, disk_days=30), (date(2029, 2, 28), date(2029, 2, 28), date(2024, 3, 30))),
    ],
    ids=["raw alone", "ISIS: reduced data six months", "Diamond: thirty days on disk"],
)
def test_each_kind_is_kept_until_its_day(
    retention: Retention, expected: tuple[date, date, date]
) -> None:
    assert kept(retention, measured=MEASURED) == Kept(*expected)


@pytest.mark.parametrize(
    ("retention", "today", "told"),
    [
        (Retention(10), date(2025, 1, 1), "Raw data until 28 February 2034 at least."),
        (
            Retention(10, reduced_months=6, disk_days=30),
            date(2024, 3, 1),
            "Raw data until 28 February 2034 at least, reduced data until 29 August 2024; on disk "
            "until 30 March 2024, then in the archive.",
        ),
        (
            Retention(10, disk_days=30),
            date(2025, 1, 1),
            "Raw data until 28 February 2034 at least; since 30 March 2024 perhaps in the archive "
            "alone.",
        ),
    ],
)
def test_people_are_told_until_when(retention: Retention, today: date, told: str) -> None:
    assert how_long_kept(kept(retention, measured=MEASURED), today=today) == told
