"""Sends files to the queue of their facility; what cannot be sent now stays due."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, TypeVar

from amqp.exceptions import MessageNacked
from celery import Task
from django.db.models import QuerySet
from kombu.exceptions import OperationalError as BrokerError

from catalogue.models import Facility
from ingest.models import IngestRun, PendingFile
from ingest.queues.claims import claim_due, claim_new, confirm, unclaim
from ingest.queues.topology import DEAD, MESSAGE_SIZE, queue_of
from ingest.tasks import ingest_paths, retry_runs

Item = TypeVar("Item")

# The broker's confirmation of one message; beyond this it is taken for away.
CONFIRMED_WITHIN_S = 30
# One more try on a new connection: the one at hand may be older than the broker.
_PATIENCE = {"max_retries": 1, "interval_start": 0.2}


class BrokerAwayError(ConnectionError):
    """The broker did not take a message; its files stay due, and are sent at the next round."""


def send_new(paths: Sequence[str], *, facility: Facility, proposal: str, now: datetime) -> int:
    """Sends files that are not yet under way, and returns how many.

    The claim is committed before the message leaves, and prolonged when the broker has confirmed
    it: whoever is killed between, a file is sent late or twice, never lost. Twice costs one `stat`.

    Raises:
        BrokerAwayError: the broker is away.
    """
    claimed = claim_new(paths, facility=facility, proposal=proposal, now=now)
    _send(claimed, facility=facility, proposal=proposal, claimed_at=now)
    return len(claimed)


def send_due(*, now: datetime, limit: int, among: QuerySet[PendingFile] | None = None) -> int:
    """Sends files whose time has come (unfinished, failed, or lost on the way); returns how many.

    Raises:
        BrokerAwayError: the broker is away.
    """
    rows = claim_due(now=now, limit=limit, among=among)
    facilities = Facility.objects.in_bulk({row.facility_id for row in rows})
    for (facility_id, proposal), same_job in groupby(rows, key=_job_key):
        paths = [row.path for row in same_job]
        _send(paths, facility=facilities[facility_id], proposal=proposal, claimed_at=now)
    return len(rows)


def send_retries(runs: Iterable[IngestRun]) -> int:
    """Has the files of runs read anew by their facility's workers, and returns how many.

    Raises:
        BrokerAwayError: the broker is away.
    """
    of_facility: dict[Facility, list[int]] = {}
    for run in runs:
        of_facility.setdefault(run.facility, []).append(run.pk)
    for facility, ids in of_facility.items():
        for chunk in _chunks(ids):
            _publish(retry_runs, [chunk], facility)
    return sum(map(len, of_facility.values()))


def _send(paths: Sequence[str], *, facility: Facility, proposal: str, claimed_at: datetime) -> None:
    for chunk in _chunks(paths):
        try:
            _publish(ingest_paths, [facility.pk, proposal, chunk], facility)
        except BrokerAwayError:
            unclaim(paths, claimed_at=claimed_at)
            raise
        confirm(chunk, claimed_at=claimed_at)


def _publish(task: "Task[Any, Any]", arguments: list[Any], facility: Facility) -> None:
    queue = queue_of(facility.slug)
    try:
        # The last two are for the producer; celery-types does not know them.
        task.apply_async(  # type: ignore[call-arg]
            tuple(arguments),
            queue=queue,
            retry_policy=_PATIENCE,
            declare=[DEAD, queue],
            confirm_timeout=CONFIRMED_WITHIN_S,
        )
    except (BrokerError, MessageNacked) as error:
        raise BrokerAwayError(f"the broker took nothing for {queue.name}: {error}") from error


def _chunks(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    return (items[start : start + MESSAGE_SIZE] for start in range(0, len(items), MESSAGE_SIZE))


def _job_key(row: PendingFile) -> tuple[int, str]:
    return row.facility_id, row.proposal_code
