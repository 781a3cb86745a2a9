"""One run over a source at a time, in whatever process: a lock that ends with its connection."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

# Any constant will do; with a source's key it names that source's lock.
HARVEST_LOCK = 5_073


class BusyError(Exception):
    """Another run over the source is under way."""

    def __init__(self, source: object) -> None:
        super().__init__(f"{source} is being harvested already; look at its runs.")
        self.source = source


@contextmanager
def only_run(source_id: int, name: object) -> Iterator[None]:
    """Holds the lock of a source; a process that is killed lets go of it.

    Raises:
        BusyError: another connection has it.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [HARVEST_LOCK, source_id])
        (is_ours,) = cursor.fetchone()
    if not is_ours:
        raise BusyError(name)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [HARVEST_LOCK, source_id])


def is_running(source_id: int) -> bool:
    """Tells whether some process is harvesting a source now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted"
            " AND classid = %s AND objid = %s AND objsubid = 2"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))",
            [HARVEST_LOCK, source_id],
        )
        (found,) = cursor.fetchone()
    return bool(found)
