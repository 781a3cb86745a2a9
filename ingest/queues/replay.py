"""What a person decides about a dead letter: send it again, or quarantine its files."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from catalogue.audit import note
from catalogue.models import Facility
from ingest.door.holdings import stored_as_it_is
from ingest.judge import Job
from ingest.models import DeadLetter, LetterState, PendingFile
from ingest.queues.claims import claim_new, free, settle
from ingest.queues.send import send_due
from ingest.queues.work import stamp_of
from ingest.record import Problem, ReadResult, Severity
from ingest.storing.store import store_results


class DeadLetterError(ValueError):
    """A dead letter cannot be dealt with in this way."""

    def __init__(self, letter: DeadLetter, message: str) -> None:
        super().__init__(f"{letter}: {message}")
        self.letter = letter


def replay(letter_id: int, *, actor: User | None, now: datetime) -> int:
    """Sends the files of a dead letter again, their tries forgotten; returns how many.

    Raises:
        DeadLetterError: it has been dealt with, or names no files that could be read.
        BrokerAwayError: the broker is away; the files are due, and the watcher sends them.
    """
    with transaction.atomic():
        letter = _waiting(letter_id)
        facility = _facility_of(letter)
        claim_new(letter.paths, facility=facility, proposal=letter.proposal_code, now=now)
        free(letter.paths, now=now)
        _close(letter, LetterState.REPLAYED, actor=actor)
    mine = PendingFile.objects.filter(path__in=letter.paths)
    send_due(now=now, limit=len(letter.paths), among=mine)
    return len(letter.paths)


def discard(letter_id: int, *, reason: str, actor: User | None, now: datetime) -> None:
    """Gives a dead letter up: its files are quarantined with the reason, until they change.

    What has been stored meanwhile, or is gone, is left as it is.

    Raises:
        DeadLetterError: it has been dealt with.
    """
    with transaction.atomic():
        letter = _waiting(letter_id)
        if letter.facility is not None:
            _quarantine(letter, letter.facility, reason, now=now)
        settle(letter.paths)
        _close(letter, LetterState.DISCARDED, actor=actor, reason=reason)


def _waiting(letter_id: int) -> DeadLetter:
    letter = DeadLetter.objects.select_for_update(of=("self",)).get(pk=letter_id)
    if letter.state != LetterState.WAITING:
        raise DeadLetterError(letter, f"it has been {letter.state} meanwhile.")
    return letter


def _facility_of(letter: DeadLetter) -> Facility:
    if letter.facility is None or not letter.paths:
        raise DeadLetterError(
            letter, "it names no facility and files of ours; discard it, and find its sender."
        )
    return letter.facility


def _quarantine(letter: DeadLetter, facility: Facility, reason: str, *, now: datetime) -> None:
    found = [stamp for path in letter.paths if (stamp := stamp_of(path)) is not None]
    stored = stored_as_it_is(found)
    stamps = [stamp for stamp in found if stamp.path not in stored]
    if not stamps:
        return
    message = f"Given up after {letter.deaths} dead letters: {reason} ({letter.reason})"
    problem = Problem(Severity.ERROR, "given_up", message)
    results = [ReadResult(stamp, None, problem) for stamp in stamps]
    store_results(results, Job(facility, letter.proposal_code, now))


def _close(letter: DeadLetter, state: LetterState, *, actor: User | None, reason: str = "") -> None:
    before, letter.state = letter.state, state
    letter.save(update_fields=["state"])
    note(
        f"dead_letter_{state}",
        letter,
        actor=actor,
        reason=reason,
        before={"state": before, "reason": letter.reason},
        after={"state": state, "files": letter.paths},
    )
