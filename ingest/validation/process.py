"""Validating files in a child process: one that hangs or crashes it costs only its own result."""

import json
import os
import select
import signal
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress

from ingest.sandbox.process import START_DEADLINE_S, SandboxError, pipes_of, start_child
from ingest.sandbox.wire import LENGTH, BadMessage, decode
from ingest.validation.result import Validation, not_validated

# 200 findings of a few hundred characters each.
MAX_MESSAGE_BYTES = 1024**2


def validate_files(
    paths: Iterable[str], *, deadline_s: float, memory_mb: int = 1024
) -> Iterator[tuple[str, Validation]]:
    """Yield each path with its result, in the order given.

    A file past its deadline is ended with SIGKILL and reported as `timed_out`, one whose process
    dies as `validator_died`. Closing the iterator ends the process.

    Raises:
        SandboxError: the process does not start; no file is to blame.
    """
    process: _Validator | None = None
    try:
        for path in paths:
            process = process or _Validator(memory_mb)
            result = process.validate(path, deadline_s)
            if not process.is_well:
                process.close()
                process = None
            yield path, result
    finally:
        if process is not None:
            process.close()


class _Lost(Exception):  # noqa: N818 - says what became of the process
    """The process gives no answer any more; the message holds code and reason."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


class _Validator:
    """The child process and its pipes; it is asked for one file at a time."""

    def __init__(self, memory_mb: int) -> None:
        self.process = start_child("ingest.validation.child", memory_mb)
        self.requests, self.replies = pipes_of(self.process)
        self.buffer = bytearray()
        self.is_well = True
        try:
            self.receive(time.monotonic() + START_DEADLINE_S)
        except (_Lost, BadMessage) as error:
            self.close()
            hint = f"run `{sys.executable} -m ingest.validation.child 1024` to see why"
            raise SandboxError(f"the validator does not start ({error}); {hint}") from None

    def validate(self, path: str, deadline_s: float) -> Validation:
        """Return the result for one file; afterwards `is_well` tells if it may be asked again."""
        body = json.dumps({"path": path, "deadline_s": deadline_s}).encode("ascii")
        try:
            self.requests.write(LENGTH.pack(len(body)) + body)
            answer = self.receive(time.monotonic() + deadline_s)
            return decode(Validation, answer)
        except _Lost as lost:
            code, reason = lost.code, lost.reason
        except (OSError, BadMessage):
            code, reason = "validator_died", "The validator gave no valid answer"
        self.is_well = False
        return not_validated(code, f"{reason}; check the file with h5dump -H.")

    def receive(self, deadline: float) -> bytes:
        """Return the next message.

        Raises:
            _Lost: it has not come by the deadline, or the process has ended.
            BadMessage: it is none of ours.
        """
        self.fill(LENGTH.size, deadline)
        end = LENGTH.size + LENGTH.unpack_from(self.buffer)[0]
        if end > MAX_MESSAGE_BYTES:
            raise BadMessage(f"a message of {end} bytes")
        self.fill(end, deadline)
        body = bytes(self.buffer[LENGTH.size : end])
        del self.buffer[:end]
        return body

    def fill(self, size: int, deadline: float) -> None:
        """Wait until the buffer holds `size` bytes."""
        while len(self.buffer) < size:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.replies], [], [], left)[0]:
                raise _Lost("timed_out", "Validating took longer than it may")
            data = os.read(self.replies.fileno(), 1 << 16)
            if not data:
                raise _Lost("validator_died", "The validator died of the file")
            self.buffer += data

    def close(self) -> None:
        """End the process and what it has forked: all of its session."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.requests.close()
        self.replies.close()
