"""Follows the inboxes: finds by stat alone what is new, changed or due, and sends it."""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError

from catalogue.models import Facility
from ingest.judge import Job
from ingest.models import Inbox, PendingFile
from ingest.queues.dead_letters import collect
from ingest.queues.send import BrokerAwayError, send_due, send_new
from ingest.queues.topology import MESSAGE_SIZE, look_at, queue_of
from ingest.record import FileStamp, ReadResult
from ingest.rules.loading import BadRuleError
from ingest.stamps import find_fault
from ingest.storing.store import store_results
from ingest.storing.vanished import mark_vanished
from ingest.walk import BadPathError, find_files

logger = logging.getLogger(__name__)

CHUNK = 5000
# So many messages wait in a facility's queue at most: the rest is found again at the next round.
MOST_WAITING = 100

# A refused file is read anew when it changes, or when its inbox has been given another job since;
# never because of a proposal that somebody enters for its run.
_NOT_DONE = """
    SELECT seen.path
    FROM unnest(%s::text[], %s::bigint[], %s::bigint[]) AS seen (path, size_bytes, mtime_ns)
    LEFT JOIN ingest_ingestrun AS run ON run.path = seen.path
    WHERE (run.id IS NULL
        OR (run.size_bytes, run.mtime_ns) <> (seen.size_bytes, seen.mtime_ns)
        OR run.outcome = 'deferred'
        OR (run.outcome = 'stored' AND run.datafile_id IS NULL)
        OR (run.outcome = 'quarantined' AND run.finished_at < %s
            AND (run.facility_id, run.proposal_code) <> (%s, %s)))
    AND NOT EXISTS (SELECT FROM ingest_pendingfile WHERE path = seen.path)
"""


@dataclass(slots=True)
class Look:
    """What one look at an inbox has found so far; `closed` could not be looked at."""

    seen: set[str] = field(default_factory=set)
    sent: int = 0
    closed: list[OSError] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Round:
    """What one round came to: files seen and sent, of inboxes and otherwise due; what was wrong."""

    seen: int
    sent: int
    due: int
    errors: tuple[str, ...]


def follow(*, facility: Facility | None = None) -> Round:
    """Looks once at every active inbox, of one facility or of all, and sends what there is to do.

    An inbox that cannot be looked at, a facility whose rules cannot be used, or a broker that is
    away, stops nothing: the error is noted on the inbox, and the next round tries again.
    """
    errors, looks = _collect(), []
    inboxes = Inbox.objects.filter(is_active=True)
    if facility is not None:
        inboxes = inboxes.filter(facility=facility)
    for inbox in inboxes.select_related("facility__default_embargo_policy"):
        look, error = _follow_one(inbox)
        looks.append(look)
        if error:
            errors.append(f"{inbox.folder}: {error}")
    due, error = _send_due(facility)
    errors += [error] if error else []
    return Round(
        sum(len(one.seen) for one in looks), sum(one.sent for one in looks), due, tuple(errors)
    )


def _collect() -> list[str]:
    """Takes in dead letters, and returns what was wrong."""
    if settings.CELERY_TASK_ALWAYS_EAGER:
        return []
    try:
        return collect(now=timezone.now())
    except BrokerError as error:
        return [f"the broker is away: {error}"]


def _follow_one(inbox: Inbox) -> tuple[Look, str]:
    look, began = Look(), time.monotonic()
    try:
        room, error = _room(inbox.facility)
        _look(inbox, look, room=room)
    except (BadPathError, BadRuleError, BrokerAwayError) as failure:
        error = str(failure)
    except BrokerError as failure:
        error = f"the broker is away: {failure}"
    if look.closed:
        error = _closed(look.closed)
    if error:
        logger.warning("inbox %s: %s", inbox.folder, error)
    took_s = time.monotonic() - began
    logger.info(
        "inbox %s: %d seen, %d sent, %.1f s", inbox.folder, len(look.seen), look.sent, took_s
    )
    Inbox.objects.filter(pk=inbox.pk).update(
        looked_at=timezone.now(), files_seen=len(look.seen), files_sent=look.sent, error=error
    )
    return look, error


def _room(facility: Facility) -> tuple[int, str]:
    """Returns how many files may be sent now, and what is wrong with the queue."""
    if settings.CELERY_TASK_ALWAYS_EAGER:
        return MOST_WAITING * MESSAGE_SIZE, ""
    queue = look_at(facility.slug)
    error = ""
    if queue.waiting and not queue.workers:
        error = (
            f"{queue.waiting} messages wait in {queue_of(facility.slug).name} and no worker "
            f"listens; start one: manage.py ingest_worker --facility {facility.slug}"
        )
    return max(0, MOST_WAITING - queue.waiting) * MESSAGE_SIZE, error


def _look(inbox: Inbox, look: Look, *, room: int) -> None:
    files = iter(find_files([Path(inbox.folder)], on_error=look.closed.append))
    while chunk := list(islice(files, CHUNK)):
        look.seen.update(stamp.path for stamp in chunk)
        faulty = {stamp: fault for stamp in chunk if (fault := find_fault(stamp)) is not None}
        if faulty:
            _refuse(faulty, inbox)
        settled = [stamp for stamp in chunk if stamp not in faulty and not _is_recent(stamp)]
        if look.sent < room:
            paths = not_done(settled, inbox)[: room - look.sent]
            look.sent += send_new(
                paths, facility=inbox.facility, proposal=inbox.proposal_code, now=timezone.now()
            )
    mark_vanished([Path(inbox.folder)], look.seen, now=timezone.now())


def not_done(stamps: Sequence[FileStamp], inbox: Inbox) -> list[str]:
    """Returns the paths of files that are new or changed and not under way, by one query."""
    if not stamps:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            _NOT_DONE,
            [
                [stamp.path for stamp in stamps],
                [stamp.size_bytes for stamp in stamps],
                [stamp.mtime_ns for stamp in stamps],
                inbox.modified_at,
                inbox.facility_id,
                inbox.proposal_code,
            ],
        )
        return sorted(path for (path,) in cursor.fetchall())


def _refuse(faulty: Mapping[FileStamp, ReadResult], inbox: Inbox) -> None:
    """Quarantines, here and once, the files whose names no message can carry."""
    new = set(not_done([fault.stamp for fault in faulty.values()], inbox))
    refused = [fault for fault in faulty.values() if fault.stamp.path in new]
    if refused:
        store_results(refused, Job(inbox.facility, inbox.proposal_code, timezone.now()))


def _is_recent(stamp: FileStamp) -> bool:
    """Tells whether a file was changed just now, by clocks that differ a little."""
    return abs(time.time() - stamp.mtime_ns / 1e9) < settings.INGEST_SETTLE_S


def _closed(errors: Sequence[OSError]) -> str:
    first = errors[0]
    return (
        f"{len(errors)} folders or files could not be looked at, e.g. {first.filename} "
        f"({first.strerror}); let the account that runs this look at them."
    )


def _send_due(facility: Facility | None) -> tuple[int, str]:
    """Sends what waits for its time; returns how many files, and what was wrong."""
    among = PendingFile.objects.all()
    if facility is not None:
        among = among.filter(facility=facility)
    limit = MOST_WAITING * MESSAGE_SIZE
    try:
        return send_due(now=timezone.now(), limit=limit, among=among), ""
    except BrokerAwayError as error:
        return 0, str(error)
