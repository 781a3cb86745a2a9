"""Where a path that was asked for really leads, found without a look at anything outside."""

import errno
import os
import stat
from collections.abc import Sequence
from pathlib import PurePosixPath

from ingest.door.errors import DoorError
from ingest.record import FileStamp
from ingest.stamps import CONTROL, LONGEST_PATH_BYTES

# As many as Linux follows before it says ELOOP (path_resolution(7)).
MOST_LINKS = 40


def is_plain(path: str) -> bool:
    """Tells whether a path is absolute and stands for itself: no `..`, no `//`, no control codes.

    `/data/./run.nxs` and `/data/run.nxs/` are not plain either: one file has one path.
    """
    try:
        size_bytes = len(path.encode())
    except UnicodeEncodeError:
        return False
    return (
        path.startswith("/")
        and not path.startswith("//")
        and str(PurePosixPath(path)) == path
        and ".." not in PurePosixPath(path).parts
        and not CONTROL.search(path)
        and size_bytes <= LONGEST_PATH_BYTES
    )


def stamp_inside(path: str, folders: Sequence[str]) -> FileStamp:
    """Returns the stamp of a regular file below one of the folders, links on the way resolved.

    The path in the stamp is the real one, so that one file keeps one key whichever link leads to
    it, and the reader need follow none. A link that leads out is as good as no permission, and is
    recognised by its text alone: whether something stands where it points is never looked at.

    Raises:
        DoorError: bad_path, path_outside, not_found, not_a_file.
    """
    if not is_plain(path):
        raise _bad(path)
    found = _resolve(path, folders)
    try:
        status = os.lstat(found)
    except OSError as error:
        raise _missing(path, error) from None
    if not stat.S_ISREG(status.st_mode):
        raise DoorError("not_a_file", f"{path} is a folder, pipe or device; name a regular file.")
    return FileStamp(found, status.st_size, status.st_mtime_ns)


def outside(path: str) -> DoorError:
    """Returns the one answer for whatever a token does not reach, there or not."""
    return DoorError(
        "path_outside",
        f"{path} is not below a folder of this token; the folders of a token are in the admin.",
    )


def _resolve(path: str, folders: Sequence[str]) -> str:
    """Walks from the folder to the file; each component is looked at only where it is inside."""
    here, left = _enter(path, path, folders)
    links = 0
    while left:
        part = left.pop(0)
        if part == "..":
            here, left = _enter(path, os.path.join(os.path.dirname(here), *left), folders)
            continue
        candidate = f"{here}/{part}"
        try:
            target = os.readlink(candidate)
        except OSError as error:
            # EINVAL: not a link, the usual case.
            if error.errno != errno.EINVAL:
                raise _missing(path, error) from None
            here = candidate
            continue
        links += 1
        if links > MOST_LINKS:
            raise DoorError("not_found", f"{path} leads through too many symbolic links.")
        left = [*_parts(target), *left]
        if target.startswith("/"):
            here, left = _enter(path, "/" + "/".join(left), folders)
    return here


def _enter(asked: str, path: str, folders: Sequence[str]) -> tuple[str, list[str]]:
    """Returns the real path of the folder that a path lies in, and the components below it.

    A folder is known by its spelling in the token and by its real path: links often lead to the
    latter.
    """
    parts = _parts(path)
    for folder in sorted(folders, key=len, reverse=True):
        real = os.path.realpath(folder)
        for spelling in (folder, real):
            above = _parts(spelling)
            if parts[: len(above)] == above and len(parts) > len(above):
                return real, parts[len(above) :]
    raise outside(asked)


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part not in ("", ".")]


def _missing(path: str, error: OSError) -> DoorError:
    if error.errno in (errno.EACCES, errno.EPERM):
        return DoorError(
            "not_found", f"{path} may not be looked at; give the ingest account read access."
        )
    return DoorError("not_found", f"{path} does not exist; check the spelling and the mount.")


def _bad(path: str) -> DoorError:
    shown = path[:200].encode("ascii", "backslashreplace").decode()
    return DoorError(
        "bad_path",
        f"{shown!r} is not a plain absolute path; write it in UTF-8, from the root, without '..', "
        f"'//' and control characters, in at most {LONGEST_PATH_BYTES} bytes.",
    )
