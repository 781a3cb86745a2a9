"""Reading files in child processes: a file that hangs or crashes libhdf5 costs only itself."""

import selectors
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from ingest.record import FileStamp, ReadResult
from ingest.sandbox.process import ReaderProcess, SandboxError, SandboxOptions
from ingest.sandbox.wire import BadMessage

# How `read_files` is called, and whatever stands in for it.
Read = Callable[..., Iterator[ReadResult]]


def read_files(
    stamps: Iterable[FileStamp],
    *,
    time_zone: str,
    workers: int = 2,
    deadline_s: float = 20.0,
    memory_mb: int = 1024,
    recycle_after: int = 5000,
) -> Iterator[ReadResult]:
    """Yield a result for each file, in the order in which they are done.

    `stamps` is taken as readers become free: each is given some files ahead, so that it reads on
    while the results are stored; near the end the readers share what is left.

    A file has `deadline_s` seconds to give its record, then as long to be hashed plus what its size
    asks for (`hash_seconds`); a file past its deadline loses its reader to SIGKILL and is reported
    as `reader_timed_out`, a file whose reader dies as `reader_died`. A file that is read but not
    hashed in time keeps its record, with a warning and without a checksum. Closing the iterator
    ends the readers.

    Raises:
        SandboxError: a reader process does not start.
    """
    options = SandboxOptions(time_zone, max(1, workers), deadline_s, memory_mb, recycle_after)
    pool = ReaderPool(options)
    try:
        yield from pool.read(iter(stamps))
    finally:
        pool.close()


class ReaderPool:
    """The readers and the loop that feeds them; may read any number of times before it closes."""

    def __init__(self, options: SandboxOptions) -> None:
        self.options = options
        self.selector = selectors.DefaultSelector()
        self.readers: list[ReaderProcess] = []
        self.queue: deque[FileStamp] = deque()
        self.wanted = options.workers * max(1, 2 * options.ahead)

    def read(self, stamps: Iterator[FileStamp]) -> Iterator[ReadResult]:
        """Yield the results as they are complete."""
        while True:
            self.queue.extend(islice(stamps, max(0, self.wanted - len(self.queue))))
            self.assign()
            if not self.queue and all(reader.stamp is None for reader in self.readers):
                return
            yield from self.wait()

    def assign(self) -> None:
        """Give files to readers, in turns, and start as many readers as can be of use."""
        depth = 1 + len(self.queue) // (2 * self.options.workers)
        while self.queue and (reader := self.least_busy(depth)) and self.give(reader):
            pass
        starting = sum(not reader.is_ready for reader in self.readers)
        while len(self.readers) < self.options.workers and starting < len(self.queue):
            self.start()
            starting += 1

    def least_busy(self, depth: int) -> ReaderProcess | None:
        """Return the reader that is to have the next file, None where each has `depth` of them."""
        free = [
            each
            for each in self.readers
            if len(each.stamps) < min(depth, each.room) and each.is_ready and not each.is_spent
        ]
        return min(free, key=lambda each: len(each.stamps), default=None)

    def give(self, reader: ReaderProcess) -> bool:
        """Give a reader the next file; return false where it died, and the file waits."""
        if reader.ask(self.queue[0]):
            self.queue.popleft()
            return True
        if reader.stamp is None:
            self.remove(reader)
        return False

    def start(self) -> None:
        reader = ReaderProcess(self.options)
        self.readers.append(reader)
        self.selector.register(reader.pipe, selectors.EVENT_READ, reader)

    def wait(self) -> Iterator[ReadResult]:
        """Yield what the readers have to say until the next deadline, then end the late ones.

        What has arrived is taken before any deadline is looked at: time that the consumer of the
        results takes is not charged to the files.
        """
        waiting = [each.deadline for each in self.readers if each.stamp or not each.is_ready]
        events = self.selector.select(max(0.0, min(waiting) - time.monotonic()))
        heard = [key.data for key, _ in events]
        results = [result for reader in heard for result in self.listen(reader)]
        now = time.monotonic()
        for reader in [each for each in self.readers if each not in heard]:
            if reader.deadline < now and (reader.stamp or not reader.is_ready):
                results += self.end_late(reader)
        yield from results

    def listen(self, reader: ReaderProcess) -> Iterator[ReadResult]:
        """Yield the results in what one reader has sent."""
        is_open = reader.receive()
        try:
            while (message := reader.take_message()) is not None:
                result = reader.accept(message)
                if result is not None:
                    yield result
        except BadMessage:
            yield from self.end(reader, "reader_died", "The reader sent no valid answer")
            return
        if not is_open:
            yield from self.end(reader, "reader_died", "The reader ")
        elif reader.stamp is None and reader.is_spent:
            self.remove(reader)

    def end_late(self, reader: ReaderProcess) -> Iterator[ReadResult]:
        seconds = self.options.deadline_s
        reason = f"The reader did not answer within {seconds:g} s (a damaged file can hang HDF5)"
        return self.end(reader, "reader_timed_out", reason)

    def end(self, reader: ReaderProcess, code: str, reason: str) -> Iterator[ReadResult]:
        """End a reader and yield the result of the file it had."""
        status = self.remove(reader)
        if not reader.is_ready:
            hint = f"run `{sys.executable} -m ingest.sandbox.child 1024` to see why"
            raise SandboxError(f"a reader process {status} before it was ready; {hint}")
        result = reader.give_up(code, reason + (status if reason.endswith(" ") else ""))
        self.queue.extendleft(reversed(reader.stamps))
        if result is not None:
            yield result

    def remove(self, reader: ReaderProcess) -> str:
        """End a reader for good and return how it ended."""
        self.readers.remove(reader)
        self.selector.unregister(reader.pipe)
        return reader.close()

    def close(self) -> None:
        """End every reader."""
        for reader in list(self.readers):
            self.remove(reader)
        self.selector.close()
