"""Reader processes that stay ready between requests: starting one takes longer than most reads."""

import atexit
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache

from django.conf import settings

from ingest.door.errors import unavailable
from ingest.record import FileStamp, ReadResult
from ingest.sandbox.pool import ReaderPool
from ingest.sandbox.process import SandboxError, SandboxOptions

# Files of one request that are not begun after this long are left for the next request: whoever
# sends a hundred files that each take their whole deadline is answered all the same.
REQUEST_S = 60.0
# How long a request waits for a reader that others use.
PATIENCE_S = 10.0
MEMORY_MB = 1024
RECYCLE_AFTER = 500


class WarmReaders:
    """Readers lent to one request at a time; safe among threads.

    Readers of one key are never lent to another: what a hostile file of one facility has made of a
    reader meets no file of another one. At most `limit` readers are at work, and as many idle.
    """

    def __init__(self, *, limit: int) -> None:
        self._free = threading.BoundedSemaphore(limit)
        self._limit = limit
        self._lock = threading.Lock()
        self._idle: list[tuple[object, ReaderPool]] = []

    @contextmanager
    def lent(self, key: object, options: SandboxOptions) -> Iterator[ReaderPool]:
        """Lends a reader; one whose work was broken off is ended, and not lent again.

        Raises:
            DoorError: all are at work, and stay so.
        """
        if not self._free.acquire(timeout=PATIENCE_S):
            raise unavailable("All readers are at work")
        try:
            pool = self._take((key, options)) or ReaderPool(options)
            try:
                yield pool
            except BaseException:
                pool.close()
                raise
            self._give_back((key, options), pool)
        finally:
            self._free.release()

    def close(self) -> None:
        """Ends the readers that nobody uses."""
        with self._lock:
            idle, self._idle = self._idle, []
        for _, pool in idle:
            pool.close()

    def _take(self, key: object) -> ReaderPool | None:
        with self._lock:
            for place, (whose, pool) in enumerate(self._idle):
                if whose == key:
                    del self._idle[place]
                    return pool
        return None

    def _give_back(self, key: object, pool: ReaderPool) -> None:
        with self._lock:
            self._idle.append((key, pool))
            surplus = self._idle.pop(0)[1] if len(self._idle) > self._limit else None
        if surplus is not None:
            surplus.close()


@cache
def warm_readers() -> WarmReaders:
    """Returns the readers of this process. They end with it: their standard input closes."""
    readers = WarmReaders(limit=settings.INGEST_WORKERS)
    atexit.register(readers.close)
    return readers


def read_warm(
    stamps: Iterable[FileStamp], *, key: object, time_zone: str, deadline_s: float
) -> Iterator[ReadResult]:
    """Yields a result for each file, read one after the other; see `sandbox.read_files`.

    Files that are not begun within `REQUEST_S` get no result.

    Raises:
        DoorError: no reader starts, or all are at work.
    """
    options = SandboxOptions(time_zone, 1, deadline_s, MEMORY_MB, RECYCLE_AFTER, ahead=0)
    end = time.monotonic() + REQUEST_S
    stamps = list(stamps)
    if not stamps:
        return
    in_time = (stamp for stamp in stamps if time.monotonic() < end)
    try:
        with warm_readers().lent(key, options) as pool:
            yield from pool.read(in_time)
    except SandboxError as error:
        raise unavailable("Files cannot be read just now", retry_after_s=30) from error
