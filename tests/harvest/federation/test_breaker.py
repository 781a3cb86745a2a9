from datetime import UTC, datetime, timedelta

import pytest

from harvest.federation.breaker import Breaker, breaker_of, pause_after

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(0, None), (2, None), (3, 30), (4, 60), (7, 480), (8, 600), (10_000, 600)],
)
def test_the_pause_doubles_up_to_ten_minutes(failures: int, seconds: int | None) -> None:
    pause = pause_after(failures)
    assert (pause.total_seconds() if pause else None) == seconds


def test_the_states_of_a_breaker() -> None:
    assert breaker_of(None, now=NOW) is Breaker.CLOSED
    assert breaker_of(NOW + timedelta(seconds=1), now=NOW) is Breaker.OPEN
    assert breaker_of(NOW, now=NOW) is Breaker.HALF_OPEN
