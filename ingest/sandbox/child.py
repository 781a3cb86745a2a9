"""The process that reads: takes paths on its standard input, answers with records and checksums.

Started by `ingest.sandbox.pool` with a bare environment; it holds no connection, key or setting.
"""

import hashlib
import json
import math
import os
import resource
import sys
import time
from typing import Any, BinaryIO

from catalogue.vocabulary.units import unit_registry
from ingest.nexus.extract import extract_record
from ingest.nexus.mapping import PLAN
from ingest.nexus.reader import read_nexus
from ingest.nexus.sniff import open_regular
from ingest.nexus.unreadable import UnreadableFile, refuse
from ingest.record import IngestContext
from ingest.sandbox.wire import LENGTH, READY, Hashing, Reading, encode

HASH_BLOCK_BYTES = 1024**2
# Beyond the deadline the parent sends SIGKILL; should the parent be gone, this many seconds of
# processor time later the kernel does.
ORPHAN_S = 30


def read_record(path: str, time_zone: str) -> Reading:
    """Return the record of one file, or why there is none; nothing is raised."""
    try:
        nexus_file = read_nexus(path, PLAN)
        record = extract_record(nexus_file, IngestContext(path, time_zone))
    except UnreadableFile as error:
        return Reading(None, error.problem, error.retry)
    except MemoryError:
        message = "Reading the file takes more memory than it may; check it with h5dump -H."
        return Reading(None, refuse("out_of_memory", message).problem, retry=False)
    except Exception as error:
        # A fault of ours must cost one file, and must be found again by its name.
        message = f"The reader failed ({type(error).__name__}); please report this file."
        return Reading(None, refuse("reader_failed", message).problem, retry=False)
    return Reading(record, None, retry=False)


def hash_file(path: str) -> Hashing:
    """Return the checksum of one file and whether it changed while it was read."""
    try:
        descriptor = open_regular(path)
    except UnreadableFile:
        return Hashing("", changed=False)
    with open(descriptor, "rb", buffering=0) as file:
        before = os.fstat(descriptor)
        try:
            digest = _digest(file)
        except OSError:
            return Hashing("", changed=False)
        after = os.fstat(descriptor)
    changed = (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns)
    return Hashing(digest, changed)


def _digest(file: Any) -> str:
    """Return the SHA-256 of an open file, a block at a time: files are larger than memory."""
    digest = hashlib.sha256()
    buffer = memoryview(bytearray(HASH_BLOCK_BYTES))
    while count := file.readinto(buffer):
        digest.update(buffer[:count])
    return digest.hexdigest()


def serve(requests: BinaryIO, replies: BinaryIO) -> None:
    """Answer each request with a Reading and a Hashing until the requests end."""
    send(replies, READY)
    while (request := receive(requests)) is not None:
        allow_seconds(request["deadline_s"])
        send(replies, read_record(request["path"], request["time_zone"]))
        allow_seconds(request["hash_deadline_s"])
        send(replies, hash_file(request["path"]))


def send(stream: BinaryIO, message: Any) -> None:
    """Write one message: its length in four bytes, then JSON."""
    body = encode(message)
    stream.write(LENGTH.pack(len(body)) + body)
    stream.flush()


def receive(stream: BinaryIO) -> Any:
    """Return the next message, None at the end of the stream."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    return json.loads(stream.read(LENGTH.unpack(head)[0]))


def allow_seconds(seconds: float) -> None:
    """Let the kernel end this process once it has computed for longer than anyone waits."""
    used = time.process_time()
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(used + seconds) + ORPHAN_S, hard))


def drop_powers(memory_mb: int) -> None:
    """Give up what reading needs not: memory beyond the limit, writing files, core dumps."""
    memory = memory_mb * 1024**2
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    os.umask(0o077)


def main() -> None:
    """Serve the parent over the standard streams, which nothing else may write to."""
    replies = os.fdopen(os.dup(1), "wb")
    # A library that prints would break the framing: what it prints goes nowhere.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    unit_registry()  # made once, before the first file's deadline runs
    drop_powers(int(sys.argv[1]))
    serve(sys.stdin.buffer, replies)


if __name__ == "__main__":
    main()
