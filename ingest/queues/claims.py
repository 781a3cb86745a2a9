"""Which files are under way, and when each is due: the database's side of sending and working."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, QuerySet

from catalogue.models import Facility
from ingest.models import PendingFile

# Between the claim and the broker's confirmation: whoever is killed there delays a file by this.
CLAIM = timedelta(minutes=1)
# A message that has been lost by the broker is missed after this.
LEASE = timedelta(hours=1)
LONGEST_DELAY = timedelta(hours=1)
# Tries that fail together do not tell which file is at fault: from then on each is tried alone.
TRIES_TOGETHER = 2
TRIES = 4


@dataclass(frozen=True, slots=True)
class Begun:
    """How the files of a message are to be tried: `exhausted` have been tried often enough."""

    together: list[str]
    alone: list[str]
    exhausted: list[PendingFile]


def delay(times: int) -> timedelta:
    """Returns how long a file waits after so many vain tries: 1, 2, 4, … 60 minutes."""
    return min(timedelta(minutes=2.0 ** min(max(times, 1) - 1, 10)), LONGEST_DELAY)


def claim_new(
    paths: Collection[str], *, facility: Facility, proposal: str, now: datetime
) -> list[str]:
    """Marks files as under way and returns those that were not; others are left to their claim."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ingest_pendingfile"
            " (path, facility_id, proposal_code, due_at, starts, deferrals, error)"
            " SELECT path, %s, %s, %s, 0, 0, '' FROM unnest(%s::text[]) AS path"
            " ON CONFLICT (path) DO NOTHING RETURNING path",
            [facility.pk, proposal, now + CLAIM, sorted(paths)],
        )
        return sorted(path for (path,) in cursor.fetchall())


def claim_due(
    *, now: datetime, limit: int, among: QuerySet[PendingFile] | None = None
) -> list[PendingFile]:
    """Claims files whose time has come, of all or `among` some, and returns them job by job.

    What another watcher is claiming in the same moment is left to it.
    """
    due = (PendingFile.objects.all() if among is None else among).filter(due_at__lte=now)
    with transaction.atomic():
        rows = list(
            due.select_for_update(skip_locked=True, of=("self",)).order_by("due_at")[:limit]
        )
        PendingFile.objects.filter(pk__in=[row.pk for row in rows]).update(due_at=now + CLAIM)
    return sorted(rows, key=lambda row: (row.facility_id, row.proposal_code, row.path))


def confirm(paths: Collection[str], *, claimed_at: datetime) -> None:
    """Notes that the broker has the message; a worker that was faster is not interfered with."""
    _still_claimed(paths, claimed_at).update(due_at=claimed_at + LEASE)


def unclaim(paths: Collection[str], *, claimed_at: datetime) -> None:
    """Makes files due at once whose message could not be sent."""
    _still_claimed(paths, claimed_at).update(due_at=claimed_at)


def begin(paths: Collection[str], *, now: datetime, lease: timedelta) -> Begun:
    """Counts a try of each file that is to be tried together with the others.

    lease: how long the try may take. A file that is under no claim is tried like a new one: passed
    over where it is unchanged.
    """
    with transaction.atomic():
        rows = PendingFile.objects.select_for_update().filter(path__in=paths).order_by("path")
        known = {row.path: row for row in rows}
        starts = {path: known[path].starts if path in known else 0 for path in paths}
        together = [path for path in paths if starts[path] < TRIES_TOGETHER]
        _begun(together, until=now + lease)
    return Begun(
        together,
        [path for path in paths if TRIES_TOGETHER <= starts[path] < TRIES],
        [known[path] for path in paths if starts[path] >= TRIES],
    )


def begin_alone(path: str, *, now: datetime, lease: timedelta) -> None:
    """Counts a try of one file, before it is made."""
    _begun([path], until=now + lease)


def settle(paths: Iterable[str]) -> None:
    """Forgets files that have come to their outcome."""
    PendingFile.objects.filter(path__in=list(paths)).delete()


def defer(paths: Collection[str], *, facility: Facility, proposal: str, now: datetime) -> None:
    """Lets unfinished files wait, each time longer."""
    claim_new(paths, facility=facility, proposal=proposal, now=now)
    rows = list(PendingFile.objects.filter(path__in=paths))
    for row in rows:
        row.deferrals, row.starts, row.error = row.deferrals + 1, 0, ""
        row.due_at = now + delay(row.deferrals)
    PendingFile.objects.bulk_update(rows, ["deferrals", "starts", "error", "due_at"])


def fail(paths: Collection[str], error: str, *, now: datetime) -> None:
    """Lets files wait whose try went wrong, each time longer; the tries were counted before."""
    rows = list(PendingFile.objects.filter(path__in=paths, due_at__isnull=False))
    for row in rows:
        row.error, row.due_at = error, now + delay(row.starts)
    PendingFile.objects.bulk_update(rows, ["error", "due_at"])


def put_back(paths: Collection[str], *, now: datetime) -> None:
    """Makes files due at once that a try had no time for, which then does not count."""
    rows = PendingFile.objects.filter(path__in=paths, starts__gt=0)
    rows.update(due_at=now, starts=F("starts") - 1)


def hold(paths: Collection[str], *, facility: Facility, proposal: str, now: datetime) -> None:
    """Keeps files from being sent until a person has dealt with their dead letter."""
    claim_new(paths, facility=facility, proposal=proposal, now=now)
    PendingFile.objects.filter(path__in=paths).update(due_at=None)


def free(paths: Collection[str], *, now: datetime) -> None:
    """Makes held files due again, their tries forgotten."""
    rows = PendingFile.objects.filter(path__in=paths)
    rows.update(due_at=now, starts=0, deferrals=0, error="")


def _still_claimed(paths: Collection[str], claimed_at: datetime) -> QuerySet[PendingFile]:
    return PendingFile.objects.filter(path__in=paths, due_at=claimed_at + CLAIM)


def _begun(paths: Collection[str], *, until: datetime) -> None:
    PendingFile.objects.filter(path__in=paths).update(starts=F("starts") + 1, due_at=until)
