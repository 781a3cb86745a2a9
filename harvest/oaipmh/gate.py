"""Lets only so many harvesters in at a time, so that people are answered while some harvest."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore


class TooBusyError(Exception):
    """As many harvesters are being answered as may be."""


class Gate:
    """Counts who is inside, in one process."""

    def __init__(self, most: int) -> None:
        self._places = BoundedSemaphore(most)

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Holds a place while its block runs.

        Raises:
            TooBusyError: there is none; nobody waits, or the waiting would fill the threads.
        """
        if not self._places.acquire(blocking=False):
            raise TooBusyError
        try:
            yield
        finally:
            self._places.release()
