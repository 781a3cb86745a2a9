"""When people are reminded of a release, pure."""

from collections.abc import Iterable


def offset_reached(days_left: int, offsets: Iterable[int]) -> int | None:
    """Returns the reminder that is due with so many days left; None for none.

    It is the nearest that has been reached: whoever comes late, after an outage or with data that
    open soon, gets one mail and not all those missed.
    """
    reached = [offset for offset in offsets if 0 < days_left <= offset]
    return min(reached, default=None)
