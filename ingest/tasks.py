"""Ingest in the background; safe to run twice, because an unchanged file changes nothing."""

import logging
import time

from celery import Task, shared_task
from celery.exceptions import Reject, SoftTimeLimitExceeded
from django.conf import settings
from django.db import InterfaceError, OperationalError, connections
from django.utils import timezone

from ingest.queues.dead_letters import Death, bury
from ingest.queues.topology import LONGEST_TRY
from ingest.queues.work import UnknownFacilityError, work
from ingest.retry import retry
from ingest.validation.tasks import validate_in_background as validate_in_background

logger = logging.getLogger(__name__)

# A worker without a database has nothing better to do than to wait for it.
PAUSE_S = 10
_LIMIT_S = int(LONGEST_TRY.total_seconds())


@shared_task(
    bind=True,
    reject_on_worker_lost=True,
    acks_on_failure_or_timeout=False,
    soft_time_limit=_LIMIT_S,
    time_limit=_LIMIT_S + 600,
)
def ingest_paths(
    self: "Task[[int, str, list[str]], int]", facility_id: int, proposal: str, paths: list[str]
) -> int:
    """Ingests the files of one message; returns how many have come to an outcome.

    The message is acknowledged when all is committed. Where the database is away it goes back to
    its queue; any other failure is noted in the database, file by file.
    """
    message_id = self.request.id or ""
    # In a pool of workers each reads by itself; in process, as many as may.
    readers = settings.INGEST_WORKERS if self.request.is_eager else 1
    try:
        return work(
            paths,
            facility_id=facility_id,
            proposal=proposal,
            readers=readers,
            message_id=message_id,
        )
    except UnknownFacilityError as error:
        body = "\n".join(paths)
        bury(Death(message_id, "", str(error), proposal=proposal, body=body), now=timezone.now())
    except SoftTimeLimitExceeded:
        logger.warning("message %s: out of time, the rest is sent again", message_id)
    except (OperationalError, InterfaceError) as error:
        logger.warning("message %s waits for the database: %s", message_id, error)
        if self.request.is_eager:
            raise
        connections.close_all()
        time.sleep(PAUSE_S)
        raise Reject(error, requeue=True) from error
    return 0


@shared_task
def retry_runs(run_ids: list[int]) -> int:
    """Reads the files of earlier runs again; returns how many are stored now."""
    return retry(run_ids, now=timezone.now())
