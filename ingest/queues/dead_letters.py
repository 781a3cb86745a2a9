"""Keeps what no worker could deal with, for a person to look at."""

import json
import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import DatabaseError, OperationalError, transaction
from kombu import Message

from catalogue.models import Facility
from ingest.models import DeadLetter, LetterState
from ingest.queues.claims import hold
from ingest.queues.topology import DEAD, connect, queue_of
from ingest.record import FileStamp
from ingest.stamps import find_fault

logger = logging.getLogger(__name__)

LONGEST_BODY = 10_000


@dataclass(frozen=True, slots=True)
class Death:
    """A message that died, and why. `paths` is () and `facility` None where it named none."""

    message_id: str
    queue: str
    reason: str
    facility: Facility | None = None
    proposal: str = ""
    paths: tuple[str, ...] = ()
    body: str = ""


def bury_files(
    paths: Collection[str],
    reason: str,
    *,
    facility: Facility,
    proposal: str,
    now: datetime,
    message_id: str = "",
) -> None:
    """Keeps files that failed too often as a dead letter, and stops sending them."""
    queue = queue_of(facility.slug).name
    death = Death(message_id, queue, reason, facility, proposal, tuple(sorted(paths)))
    bury(death, now=now)


def bury(death: Death, *, now: datetime) -> DeadLetter:
    """Keeps a dead message: one row for the same files of the same job, however often they die.

    The same message twice (the broker gives it again where its taking was not confirmed) counts
    once.
    """
    with transaction.atomic():
        letter, is_new = DeadLetter.objects.select_for_update().get_or_create(
            key=_key(death), defaults=_values(death, now)
        )
        if not is_new and (not death.message_id or letter.message_id != death.message_id):
            for name, value in _values(death, now).items():
                setattr(letter, name, value)
            letter.deaths += 1
            letter.save()
        if death.facility is not None and letter.state == LetterState.WAITING:
            hold(death.paths, facility=death.facility, proposal=death.proposal, now=now)
    logger.error("dead letter %d, %d files: %s", letter.pk, len(death.paths), death.reason)
    return letter


def collect(*, now: datetime) -> list[str]:
    """Takes what the broker has refused into the database, and returns what was wrong with any.

    Each is confirmed to the broker after its row is committed: none is lost, none kept twice. One
    that the database refuses stays with the broker, which gives it again at the next round.

    Raises:
        kombu.exceptions.OperationalError: the broker is away.
        django.db.OperationalError: the database is away; no message is to blame.
    """
    refused: list[str] = []
    with connect() as connection, connection.channel() as channel:
        queue = DEAD(channel)
        queue.declare()
        while (message := queue.get(no_ack=False)) is not None:
            death = death_of(message)
            try:
                bury(death, now=now)
            except OperationalError:
                raise
            except DatabaseError as error:
                logger.exception("dead message %s was refused", death.message_id)
                refused.append(_refusal(death, error))
            else:
                message.ack()
    return refused


def _refusal(death: Death, error: DatabaseError) -> str:
    sentence = (str(error).splitlines() or [type(error).__name__])[0]
    return (
        f"the dead message {death.message_id!r} cannot be kept ({sentence}); look at it in the "
        f"broker's queue {DEAD.name}, and take it out there."
    )


def death_of(message: Message) -> Death:
    """Returns what a message carried and why the broker gave it up, as far as it can be read."""
    headers: dict[str, Any] = dict(message.headers or {})
    history = _history(headers.get("x-death"))
    body = _text(message.body)
    facility, proposal, paths = _job_of(headers.get("task"), body)
    return Death(
        message_id=_text(headers.get("id") or dict(message.properties or {}).get("message_id")),
        queue=_text(history.get("queue")),
        reason=_reason(history, headers.get("task"), paths),
        facility=facility,
        proposal=proposal,
        paths=paths,
        body="" if paths else body[:LONGEST_BODY],
    )


def _history(deaths: Any) -> dict[str, Any]:
    """Returns what the broker noted of the last death; a sender may have written anything there."""
    last = deaths[0] if isinstance(deaths, list) and deaths else None
    return last if isinstance(last, dict) else {}


def _job_of(task: Any, body: str) -> tuple[Facility | None, str, tuple[str, ...]]:
    """Returns facility, proposal and files of a message of ours; nothing where it is none.

    We send only what the database can hold, so what it cannot is none of ours.
    """
    try:
        (facility_id, proposal, paths), _options, _embedded = json.loads(body)
    except (ValueError, TypeError, RecursionError):
        return None, "", ()
    is_ours = task == "ingest.tasks.ingest_paths" and isinstance(paths, list)
    if not is_ours or not _is_plain(proposal) or not all(map(_is_path, paths)):
        return None, "", ()
    facility = Facility.objects.filter(pk=facility_id).first() if _is_id(facility_id) else None
    return facility, proposal[:60], tuple(sorted(paths))


def _reason(history: dict[str, Any], task: Any, paths: Sequence[str]) -> str:
    why = {"rejected": "A worker refused it", "expired": "It waited too long"}
    noted = _text(history.get("reason"))
    first = why.get(noted, f"The broker gave it up ({noted or 'without a reason'})")
    if paths:
        return f"{first} before it could note why; see the worker's log, then send it again."
    return f"{first}: task {task!r} with this content is none of ours; find out who sent it."


def _values(death: Death, now: datetime) -> dict[str, Any]:
    return {
        "message_id": death.message_id[:200],
        "queue": death.queue[:255],
        "facility": death.facility,
        "proposal_code": death.proposal,
        "paths": list(death.paths),
        "body": death.body,
        "reason": death.reason,
        "died_at": now,
        "state": LetterState.WAITING,
    }


def _key(death: Death) -> str:
    facility = death.facility.pk if death.facility else None
    content = death.paths or (death.message_id, death.body)
    return sha256(json.dumps([facility, death.proposal, content]).encode()).hexdigest()


def _text(body: Any) -> str:
    """Returns what a message carries as text that the database can hold."""
    data = body if isinstance(body, bytes) else str(body or "").encode("utf-8", "backslashreplace")
    return data.decode("utf-8", "backslashreplace").replace("\x00", "\\x00")


def _is_plain(value: Any) -> bool:
    return isinstance(value, str) and _text(value) == value


def _is_path(value: Any) -> bool:
    return _is_plain(value) and find_fault(FileStamp(value, 0, 0)) is None


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and 0 < value < 2**63
