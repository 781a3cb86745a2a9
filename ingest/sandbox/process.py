"""One reader process as its parent sees it: started clean, asked, heard and ended."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections import deque
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from ingest.nexus.text import decode_text
from ingest.record import FileStamp, Problem, ReadResult, Severity
from ingest.sandbox.wire import LENGTH, READY, BadMessage, Hashing, Reading, decode

PROJECT = str(Path(__file__).resolve().parents[2])
# A record of a file at its limits is some hundred kilobytes; more than this is no answer of ours.
MAX_MESSAGE_BYTES = 32 * 1024**2
START_DEADLINE_S = 60.0
# What waits in a pipe: a path of 2000 bytes takes six times as much in ASCII, an answer has a few
# kilobytes.
PIPE_BYTES = 1024**2
# Rates that even a busy network file system keeps up: what is stored comes off the disk, holes of a
# sparse file cost processor time alone (SHA-256 runs at about 1.2 GB/s).
DISK_BYTES_PER_S = 50e6
HOLE_BYTES_PER_S = 500e6


class SandboxError(RuntimeError):
    """No reader process can be started; no file is to blame."""


@dataclass(frozen=True, slots=True)
class SandboxOptions:
    """How files are read; see `read_files`.

    ahead: files that wait in a reader's pipe, so many as it gets through while its parent stores a
    batch; 0 where a file must not be begun too late.
    """

    time_zone: str
    workers: int
    deadline_s: float
    memory_mb: int
    recycle_after: int
    ahead: int = 64


def hash_seconds(stamp: FileStamp) -> float:
    """Return how long hashing may take beyond the deadline, from stored bytes and holes."""
    try:
        stored = min(os.lstat(stamp.path).st_blocks * 512, stamp.size_bytes)
    except (OSError, ValueError):
        stored = stamp.size_bytes
    return stored / DISK_BYTES_PER_S + (stamp.size_bytes - stored) / HOLE_BYTES_PER_S


class ReaderProcess:
    """One child process, the files it was given, and what has arrived of its answers.

    It works on the first of its `stamps`; the others wait in its pipe, so that it does not stand
    still while the parent stores what others have read.
    """

    def __init__(self, options: SandboxOptions) -> None:
        self.options = options
        self.process = _start_process(options.memory_mb)
        self.requests, self.pipe = pipes_of(self.process)
        self.buffer = bytearray()
        self.is_ready = False
        self.room = 1 + (options.ahead if options.ahead and self._widen_pipes() else 0)
        self.stamps: deque[FileStamp] = deque()
        self.reading: Reading | None = None
        self.files_done = 0
        self.deadline = time.monotonic() + START_DEADLINE_S

    @property
    def stamp(self) -> FileStamp | None:
        """The file that the child works on, None where it has none."""
        return self.stamps[0] if self.stamps else None

    @property
    def is_spent(self) -> bool:
        """Tells whether the child is to be given no more files."""
        return self.files_done + len(self.stamps) >= self.options.recycle_after

    def _widen_pipes(self) -> bool:
        """Make both pipes hold what waits in them; else parent and child wait for each other."""
        try:
            for pipe in (self.requests, self.pipe):
                fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        except OSError:  # the account has used up its pages for pipes
            return False
        return True

    def ask(self, stamp: FileStamp) -> bool:
        """Give the reader a file; return false where the child is gone."""
        seconds = self.options.deadline_s
        if not self.stamps:
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
        self.stamps.append(stamp)
        return True

    def receive(self) -> bool:
        """Take what is in the pipe; return false where the child has closed it."""
        try:
            data = os.read(self.pipe.fileno(), 1 << 20)
        except BlockingIOError:
            return True
        self.buffer += data
        return bool(data)

    def take_message(self) -> bytes | None:
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
        return body

    def accept(self, message: bytes) -> ReadResult | None:
        """Take one message; return the result once both answers about a file are there.

        Raises:
            BadMessage: the child sends what no reader sends.
            SandboxError: the child is of another version of the code.
        """
        if not self.is_ready:
            self.is_ready = decode(str, message) == READY
            if not self.is_ready:
                raise SandboxError(
                    "a reader process runs another version of the catalogue than this process: it "
                    "was updated meanwhile; restart the workers and the site"
                )
            return None
        if self.stamp is None:
            raise BadMessage("an answer without a question")
        if self.reading is None:
            self.reading = decode(Reading, message)
            seconds = self.options.deadline_s + hash_seconds(self.stamp)
            self.deadline = time.monotonic() + seconds
            return None
        return self.finish(self.stamp, self.reading, decode(Hashing, message))

    def finish(self, stamp: FileStamp, reading: Reading, hashing: Hashing) -> ReadResult:
        """Return the result of the current file and make the reader free for the next."""
        self.stamps.popleft()
        self.reading = None
        self.deadline = time.monotonic() + self.options.deadline_s
        self.files_done += 1
        if hashing.changed:
            return ReadResult(stamp, None, _name(_changed(), stamp), retry=True)
        failure = _name(reading.failure, stamp)
        return ReadResult(stamp, reading.record, failure, hashing.sha256, reading.retry)

    def give_up(self, code: str, reason: str) -> ReadResult | None:
        """Return the result of a file whose reader is lost; None where it had no file.

        The files that were waiting behind it stay in `stamps`; they are not to blame.
        """
        if not self.stamps:
            return None
        stamp, reading = self.stamps.popleft(), self.reading
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
    return start_child("ingest.sandbox.child", memory_mb)


def start_child(module: str, memory_mb: int) -> "subprocess.Popen[bytes]":
    """Start a clean interpreter: no fork of a process that holds connections, keys and threads.

    Raises:
        SandboxError: the system starts no process.
    """
    try:
        return subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-P", "-m", module, str(memory_mb)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            cwd="/",
            env=_bare_environment(),
            start_new_session=True,
        )
    except OSError as error:
        raise SandboxError(f"no process of {module} starts: {error.strerror}") from error


def pipes_of(process: "subprocess.Popen[bytes]") -> tuple[IO[bytes], IO[bytes]]:
    """Return the pipe to and the pipe from a child; reading the latter never blocks."""
    if process.stdin is None or process.stdout is None:
        raise SandboxError("the reader process has no pipes")
    os.set_blocking(process.stdout.fileno(), False)
    return process.stdin, process.stdout


def _bare_environment() -> dict[str, str]:
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
