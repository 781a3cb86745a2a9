"""When a provider that fails is left alone, and when it is tried again."""

from datetime import datetime, timedelta
from enum import StrEnum

# Once may be chance and twice a restart.
FAILURES_TO_OPEN = 3
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=10)


class Breaker(StrEnum):
    """closed: it is asked; open: it is left alone; half-open: one request may try it."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


def breaker_of(retry_at: datetime | None, *, now: datetime) -> Breaker:
    """retry_at: when a provider that failed may be tried again; None: it does not fail."""
    if retry_at is None:
        return Breaker.CLOSED
    return Breaker.OPEN if now < retry_at else Breaker.HALF_OPEN


def pause_after(failures: int) -> timedelta | None:
    """Returns how long a provider rests after so many failures in a row, None for not at all.

    The pause doubles with every failure, so that one that is gone for good costs next to nothing.
    """
    if failures < FAILURES_TO_OPEN:
        return None
    factor: int = 2 ** min(failures - FAILURES_TO_OPEN, 10)
    return min(FIRST_PAUSE * factor, LONGEST_PAUSE)
