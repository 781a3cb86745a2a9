"""Reading files in child processes: a file that hangs or crashes libhdf5 costs only itself."""

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import IO, Any

from ingest.nexus.text import decode_text
from ingest.record import FileStamp, Problem, ReadResult, Severity
from ingest.wire import LENGTH, BadMessage, Hashing, Reading, from_json

PROJECT = str(Path(__file__).resolve().parent.parent)
# A record of a file at its limits is some hundred kilobytes; more than this is no answer of ours.
MAX_MESSAGE_BYTES = 32 * 1024**2
START_DEADLINE_S = 60.0
# Rates that even a busy network file system keeps up: what is stored comes off the disk, holes of a
# sparse file cost processor time alone (SHA-256 runs at about 1.2 GB/s).
DISK_BYTES_PER_S = 50e6
HOLE_BYTES_PER_S = 500e6


class SandboxError(RuntimeError):
    """No reader process can be started; no file is to blame."""


@dataclass(frozen=True, slots=True)
class SandboxOptions:
    """How files are read; see `read_files`."""

    time_zone: str
    workers: int
    deadline_s: float
    memory_mb: int
    recycle_after: int


def read_files(
    stamps: Iterable[FileStamp],
    *,
    time_zone: str,
    workers: int = 2,
    deadline_s: float = 20.0,
    memory_mb: int = 1024,
    recycle_after: int = 500,
) -> Iterator[ReadResult]:
    """Yield a result for each file, in the order in which they are done.

    `stamps` is taken one at a time as readers become free. A file has `deadline_s` seconds to give
    its record, then as long to be hashed plus what its size asks for (`hash_seconds`); a file past
    its deadline loses its reader to SIGKILL and is reported as `reader_timed_out`, a file whose
    reader dies as `reader_died`. A file that is read but not hashed in time keeps its record, with
    a warning and without a checksum. Closing the iterator ends the readers.

    Raises:
        SandboxError: a reader process does not start.
    """
    options = SandboxOptions(time_zone, workers, deadline_s, memory_mb, recycle_after)
    pool = _Pool(options)
    try:
        yield from pool.read(iter(stamps))
    finally:
        pool.close()


def hash_seconds(stamp: FileStamp) -> float:
    """Return how long hashing may take beyond the deadline, from stored bytes and holes."""
    try:
        stored = min(os.lstat(stamp.path).st_blocks * 512, stamp.size_bytes)
    except (OSError, ValueError):
        stored = stamp.size_bytes
    return stored / DISK_BYTES_PER_S + (stamp.size_bytes - stored) / HOLE_BYTES_PER_S


class _Reader:
    """One child process, the file it works on, and what has arrived of its answer."""

    def __init__(self, options: SandboxOptions) -> None:
        self.options = options
        self.process = _start_process(options.memory_mb)
        self.requests, self.pipe = _pipes_of(self.process)
        self.buffer = bytearray()
        self.is_ready = False
        self.stamp: FileStamp | None = None
        self.reading: Reading | None = None
        self.files_done = 0
        self.deadline = time.monotonic() + START_DEADLINE_S

    def ask(self, stamp: FileStamp) -> bool:
        """Give the reader a file; return false where the child is gone."""
        seconds = self.options.deadline_s
        self.stamp, self.reading = stamp, None
        self.deadline = time.monotonic() + seconds
        request = {
            "path": stamp.path,
            "time_zone": self.options.time_zone,
            "deadline_s": seconds,
            "hash_deadline_s": seconds + hash_seconds(stamp),
        }
        body = json.dumps(request).encode("ascii")
        try:
            self.requests.write(LENGTH.pack(len(body)) + body)
        except OSError:
            return False
        return True

    def receive(self) -> bool:
        """Take what is in the pipe; return false where the child has closed it."""
        try:
            data = os.read(self.pipe.fileno(), 1 << 20)
        except BlockingIOError:
            return True
        self.buffer += data
        return bool(data)

    def take_message(self) -> Any:
        """Return the next whole message of the buffer, None while it is incomplete.

        Raises:
            BadMessage: the child sends what no reader sends.
        """
        if len(self.buffer) < LENGTH.size:
            return None
        end = LENGTH.size + LENGTH.unpack_from(self.buffer)[0]
        if end > MAX_MESSAGE_BYTES:
            raise BadMessage(f"a message of {end} bytes")
        if len(self.buffer) < end:
            return None
        body = bytes(self.buffer[LENGTH.size : end])
        del self.buffer[:end]
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            raise BadMessage("a message that is no JSON") from None

    def accept(self, message: Any) -> ReadResult | None:
        """Take one message; return the result once both answers about a file are there."""
        if not self.is_ready:
            self.is_ready = from_json(str, message) == "ready"
            return None
        if self.stamp is None:
            raise BadMessage("an answer without a question")
        if self.reading is None:
            self.reading = from_json(Reading, message)
            seconds = self.options.deadline_s + hash_seconds(self.stamp)
            self.deadline = time.monotonic() + seconds
            return None
        return self.finish(self.stamp, self.reading, from_json(Hashing, message))

    def finish(self, stamp: FileStamp, reading: Reading, hashing: Hashing) -> ReadResult:
        """Return the result of the current file and make the reader free for the next."""
        self.stamp = self.reading = None
        self.files_done += 1
        if hashing.changed:
            return ReadResult(stamp, None, _name(_changed(), stamp), retry=True)
        failure = _name(reading.failure, stamp)
        return ReadResult(stamp, reading.record, failure, hashing.sha256, reading.retry)

    def give_up(self, code: str, reason: str) -> ReadResult | None:
        """Return the result of a file whose reader is lost; None where it had no file."""
        stamp, reading = self.stamp, self.reading
        self.stamp = self.reading = None
        if stamp is None:
            return None
        if reading is None:
            message = (
                f"{reason} while reading the file; check it with h5dump -H, or write it again."
            )
            return ReadResult(stamp, None, _name(Problem(Severity.ERROR, code, message), stamp))
        if reading.record is None:
            return ReadResult(stamp, None, _name(reading.failure, stamp), retry=reading.retry)
        message = f"{reason} while computing the checksum of {stamp.size_bytes} bytes."
        warning = Problem(Severity.WARNING, "no_checksum", message)
        record = replace(reading.record, problems=(*reading.record.problems, warning))
        return ReadResult(stamp, record, None)

    def close(self) -> str:
        """End the child for certain and return how it ended."""
        self.process.kill()
        status = self.process.wait()
        self.requests.close()
        self.pipe.close()
        return _describe_end(status)


def _start_process(memory_mb: int) -> "subprocess.Popen[bytes]":
    """Start a clean interpreter: no fork of a process that holds connections, keys and threads."""
    try:
        return subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-P", "-m", "ingest.sandboxed", str(memory_mb)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            cwd="/",
            env=_environment(),
            start_new_session=True,
        )
    except OSError as error:
        raise SandboxError(f"no reader process starts: {error.strerror}") from error


def _pipes_of(process: "subprocess.Popen[bytes]") -> tuple[IO[bytes], IO[bytes]]:
    """Return the pipe to and the pipe from a child; reading the latter never blocks."""
    if process.stdin is None or process.stdout is None:
        raise SandboxError("the reader process has no pipes")
    os.set_blocking(process.stdout.fileno(), False)
    return process.stdin, process.stdout


def _environment() -> dict[str, str]:
    """Return the child's environment: no secrets, one thread per numerical library."""
    return {
        "PYTHONPATH": PROJECT,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "HDF5_USE_FILE_LOCKING": "FALSE",
        "PATH": os.defpath,
    }


def _describe_end(status: int) -> str:
    if status < 0:
        return f"died of {signal.Signals(-status).name}"
    return f"ended with status {status}"


def _name(failure: Problem | None, stamp: FileStamp) -> Problem | None:
    """Return a failure whose message begins with the name of its file."""
    if failure is None:
        return None
    name = decode_text(os.fsencode(os.path.basename(stamp.path)))
    return replace(failure, message=f"{name}: {failure.message}")


def _changed() -> Problem:
    message = "The file changed while it was read; wait until its writer has ended."
    return Problem(Severity.ERROR, "still_being_written", message)


class _Pool:
    """The readers and the loop that feeds them."""

    def __init__(self, options: SandboxOptions) -> None:
        self.options = options
        self.selector = selectors.DefaultSelector()
        self.readers: list[_Reader] = []
        self.queue: deque[FileStamp] = deque()

    def read(self, stamps: Iterator[FileStamp]) -> Iterator[ReadResult]:
        """Yield the results as they are complete."""
        while True:
            missing = self.options.workers - len(self.queue)
            self.queue.extend(islice(stamps, max(0, missing)))
            self.assign()
            if not self.queue and all(reader.stamp is None for reader in self.readers):
                return
            yield from self.wait()

    def assign(self) -> None:
        """Give files to free readers, and start as many readers as can be of use."""
        for reader in [each for each in self.readers if each.is_ready and each.stamp is None]:
            if self.queue and not reader.ask(self.queue[0]):
                self.remove(reader)  # it died idle: the file is not to blame and waits for the next
            elif self.queue:
                self.queue.popleft()
        starting = sum(not reader.is_ready for reader in self.readers)
        while len(self.readers) < self.options.workers and starting < len(self.queue):
            self.start()
            starting += 1

    def start(self) -> None:
        reader = _Reader(self.options)
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

    def listen(self, reader: _Reader) -> Iterator[ReadResult]:
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
        elif reader.stamp is None and reader.files_done >= self.options.recycle_after:
            self.remove(reader)

    def end_late(self, reader: _Reader) -> Iterator[ReadResult]:
        seconds = self.options.deadline_s
        reason = f"The reader did not answer within {seconds:g} s (a damaged file can hang HDF5)"
        return self.end(reader, "reader_timed_out", reason)

    def end(self, reader: _Reader, code: str, reason: str) -> Iterator[ReadResult]:
        """End a reader and yield the result of the file it had."""
        status = self.remove(reader)
        if not reader.is_ready:
            hint = f"run `{sys.executable} -m ingest.sandboxed 1024` to see why"
            raise SandboxError(f"a reader process {status} before it was ready; {hint}")
        result = reader.give_up(code, reason + (status if reason.endswith(" ") else ""))
        if result is not None:
            yield result

    def remove(self, reader: _Reader) -> str:
        """End a reader for good and return how it ended."""
        self.readers.remove(reader)
        self.selector.unregister(reader.pipe)
        return reader.close()

    def close(self) -> None:
        """End every reader."""
        for reader in list(self.readers):
            self.remove(reader)
        self.selector.close()
