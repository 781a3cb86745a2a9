from datetime import UTC, datetime, timedelta, timezone

import pytest

from catalogue.formats.oai_record import datestamp_text
from harvest.oaipmh.protocol import parse_datestamp


def test_a_day_begins_at_midnight_and_ends_with_its_last_second() -> None:
    day = parse_datestamp("2024-02-29")
    assert day is not None
    assert day.is_day
    assert day.start == datetime(2024, 2, 29, tzinfo=UTC)
    assert day.end == datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC)


def test_a_second_begins_and_ends_with_itself() -> None:
    second = parse_datestamp("2024-02-29T10:11:12Z")
    assert second is not None
    assert not second.is_day
    assert second.start == second.end == datetime(2024, 2, 29, 10, 11, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2024",
        "2024-02",
        "2023-02-29",
        "0000-01-01",
        "2024-01-01T10:00Z",
        "2024-01-01T10:00:00",
        "2024-01-01T10:00:00.5Z",
        "2024-01-01T10:00:00+01:00",
        "2024-01-01T24:00:00Z",
        "2024-01-01 10:00:00Z",
        "2024-01-01\n",
        "٢٠٢٤-٠١-٠١",
        "20240101",
    ],
)
def test_other_texts_are_no_datestamps(text: str) -> None:
    assert parse_datestamp(text) is None


def test_a_datestamp_is_written_in_utc_without_fractions() -> None:
    moment = datetime(2024, 1, 1, 0, 30, 5, 999, tzinfo=timezone(timedelta(hours=1)))
    assert datestamp_text(moment) == "2023-12-31T23:30:05Z"
