"""Files that are kept out unread, for their name or their date alone; pure."""

import os
import re
from dataclasses import replace
from datetime import UTC, datetime

from ingest.record import FileStamp, Problem, ReadResult, Severity

# No address, header or XML document can carry these: C0, DEL, C1, line and paragraph separator.
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# What a unique index of PostgreSQL holds is about 2,700 bytes.
LONGEST_PATH_BYTES = 2000
# A file is never older than its file system; the later bound keeps every embargo a possible date.
EARLIEST_NS = 0
LATEST_NS = int(datetime(2200, 1, 1, tzinfo=UTC).timestamp()) * 10**9


def find_fault(stamp: FileStamp) -> ReadResult | None:
    """Returns the result that keeps a file out unread, None where it may be read.

    Codes: `bad_file_name`, `bad_mtime`. The stamp in the result is one that the database can hold.
    """
    if not is_storable(stamp.path):
        shown = os.fsencode(stamp.path).decode("utf-8", "backslashreplace")
        message = f"{_printable(shown)}: the name is not UTF-8; rename the file."
        return _refused(stamp, "bad_file_name", message)
    if CONTROL.search(stamp.path):
        message = f"{_printable(stamp.path)}: the name has a control character; rename the file."
        return _refused(stamp, "bad_file_name", message)
    if len(stamp.path.encode()) > LONGEST_PATH_BYTES:
        message = (
            f"{os.path.basename(stamp.path)}: the path is {len(stamp.path.encode())} bytes long, "
            f"and the catalogue keeps {LONGEST_PATH_BYTES}; move the file to a shorter one."
        )
        return _refused(stamp, "bad_file_name", message)
    if not EARLIEST_NS <= stamp.mtime_ns < LATEST_NS:
        message = (
            f"{os.path.basename(stamp.path)}: the time of its last change, "
            f"{stamp.mtime_ns // 10**9} s since 1970-01-01, is not between 1970 and 2200; "
            f"correct it with `touch {stamp.path}`."
        )
        return _refused(stamp, "bad_mtime", message)
    return None


def is_storable(path: str) -> bool:
    """Tells whether PostgreSQL can hold a path: file names are bytes, and not all are UTF-8."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _printable(path: str) -> str:
    return CONTROL.sub(lambda found: found.group().encode("unicode_escape").decode(), path)


def _refused(stamp: FileStamp, code: str, message: str) -> ReadResult:
    path = _printable(os.fsencode(stamp.path).decode("utf-8", "backslashreplace"))
    held = replace(stamp, path=_shortened(path), mtime_ns=_clamped(stamp.mtime_ns))
    return ReadResult(held, None, Problem(Severity.ERROR, code, message))


def _shortened(path: str) -> str:
    """Returns a path that fits the column's index, still told from others by both its ends."""
    return path if len(path.encode()) <= LONGEST_PATH_BYTES else f"{path[:200]}…{path[-200:]}"


def _clamped(mtime_ns: int) -> int:
    """Returns a time of file that is a date, and that fits the database's 64 bits."""
    return min(max(mtime_ns, EARLIEST_NS), LATEST_NS)
