"""Where uploads are kept: one folder for each content, named by its SHA-256.

So the same content again is the same file, whichever day it comes and however often, and nothing
that has been catalogued is ever written over. A file is written beside its place, flushed to the
disk, and moved there in one step: after a crash it is there whole, or not at all.
"""

import errno
import hashlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ingest.door.errors import DoorError
from ingest.stamps import CONTROL

FOLDER_MODE = 0o700
FILE_MODE = 0o600
# What a crash has left half received is swept away by the next upload after so long.
UNFINISHED_S = 24 * 3600
# A file system's names end at 255 bytes.
LONGEST_NAME_BYTES = 200
UNSAFE = re.compile(r"[/\\\ufffd]")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that has arrived whole. `path` is where it lies until it is kept or thrown away."""

    path: Path
    sha256: str
    size_bytes: int


class Arrival:
    """A file while it arrives: written in blocks, hashed on the way, never in memory as a whole."""

    def __init__(self, spool: Path, name: str, *, limit_bytes: int) -> None:
        self._folder = _make_folder(spool / "incoming" / secrets.token_hex(8))
        self._path = self._folder / safe_name(name)
        self._limit = limit_bytes
        self._digest = hashlib.sha256()
        self._size = 0
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        self._file = open(os.open(self._path, flags, FILE_MODE), "wb", buffering=0)  # noqa: SIM115

    def write(self, block: bytes) -> None:
        """Appends a block.

        Raises:
            DoorError: too_large, storage_full.
        """
        self._size += len(block)
        if self._size > self._limit:
            raise too_large(self._limit)
        self._digest.update(block)
        with _full_is_told():
            rest = memoryview(block)
            while rest:
                rest = rest[self._file.write(rest) or 0 :]

    def finish(self) -> Upload:
        """Returns the file once it is on the disk."""
        with _full_is_told():
            os.fsync(self._file.fileno())
            self._file.close()
        return Upload(self._path, self._digest.hexdigest(), self._size)

    def discard(self) -> None:
        """Throws away what has arrived; nothing happens where it has been kept."""
        self._file.close()
        shutil.rmtree(self._folder, ignore_errors=True)


def keep(upload: Upload, spool: Path) -> Path:
    """Moves an upload to its place, and returns the one file of that content.

    That is an earlier upload's where there was one, under the name it then had.
    """
    place = _place(upload, spool)
    if (known := _only_file(place)) is not None:
        return known
    with _full_is_told():
        _make_folder(place.parent)
        _flush_folder(upload.path.parent)
        try:
            os.rename(upload.path.parent, place)
        except OSError as error:
            # Another upload of the same content has come first: the folder is there, and full.
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
        _flush_folder(place.parent)
    return _only_file(place) or place / upload.path.name


def find(upload: Upload, spool: Path) -> Path | None:
    """Returns the file that was kept of an earlier upload of the same content."""
    return _only_file(_place(upload, spool))


def sweep(spool: Path) -> None:
    """Throws away what earlier uploads, ended by a crash, have left."""
    with suppress(FileNotFoundError), os.scandir(spool / "incoming") as entries:
        for entry in entries:
            with suppress(FileNotFoundError):
                if time.time() - entry.stat(follow_symlinks=False).st_mtime > UNFINISHED_S:
                    shutil.rmtree(entry.path, ignore_errors=True)


def safe_name(name: str) -> str:
    """Returns a file name that is one component, printable, not hidden and not too long."""
    plain = UNSAFE.sub("_", CONTROL.sub("_", name)).strip().lstrip(".")
    plain = plain.encode("utf-8", "replace").decode()
    stem, dot, ending = plain.rpartition(".") if "." in plain else (plain, "", "")
    while len(plain.encode()) > LONGEST_NAME_BYTES and stem:
        stem = stem[:-1]
        plain = stem + dot + ending[:20]
    return plain or "upload.nxs"


def too_large(limit_bytes: int) -> DoorError:
    return DoorError(
        "too_large",
        f"An upload may have {limit_bytes // 1024**2} MB; put the file where the catalogue can "
        f"read it and send its path.",
    )


def _place(upload: Upload, spool: Path) -> Path:
    return spool / upload.sha256[:2] / upload.sha256


def _only_file(folder: Path) -> Path | None:
    with suppress(FileNotFoundError):
        return next(iter(folder.iterdir()), None)
    return None


def _make_folder(folder: Path) -> Path:
    with _full_is_told():
        os.makedirs(folder, mode=FOLDER_MODE, exist_ok=True)
    return folder


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _full_is_told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        detail = "The disk for uploads is full; tell the data managers, and try again later."
        raise DoorError("storage_full", detail) from None
