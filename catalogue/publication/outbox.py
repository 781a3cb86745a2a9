"""The outbox of DOIs: what is put in with a change stays until the registrar holds it.

The row is the truth, a message only says that there may be one: whoever is killed, and whatever is
away for days, a DOI is sent again until what is read back is what the catalogue says.
"""

import random
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from catalogue.models import DataPublication, DoiUpdate
from catalogue.publication.datacite import Held, RegistrarError, RegistrarPausedError

FIRST_WAIT_S = 30
LONGEST_WAIT_S = 6 * 60 * 60
# How long a message has to arrive before a sweep sends another for the same row.
LEASE = timedelta(minutes=5)
MOST_A_SWEEP = 1000


def put_in(publication: DataPublication, *, now: datetime) -> None:
    """Says that a DOI has to be sent, in the transaction that changes what is public of it.

    What was refused before may be sent again: the change may have mended it.
    """
    DoiUpdate.objects.bulk_create(
        [DoiUpdate(publication=publication, since=now, due_at=now + LEASE)],
        update_conflicts=True,
        unique_fields=["publication"],
        update_fields=["revision", "due_at", "is_refused", "attempts"],
    )


def claim_due(*, now: datetime, most: int = MOST_A_SWEEP) -> list[int]:
    """Returns DOIs to send now, the longest waiting first; each is due again when its lease ends.

    Committed before any message is sent, so that two sweeps never send the same.
    """
    with transaction.atomic():
        rows = DoiUpdate.objects.due(now).select_for_update(skip_locked=True)
        claimed = list(rows.values_list("pk", flat=True)[:most])
        DoiUpdate.objects.filter(pk__in=claimed).update(due_at=now + LEASE)
    return claimed


def send_again(publication_ids: list[int], *, now: datetime) -> None:
    """Makes rows due now, refused ones too: somebody has mended what stood in the way."""
    DoiUpdate.objects.filter(pk__in=publication_ids).update(
        due_at=now, is_refused=False, attempts=0
    )


def note_sent(update: DoiUpdate, held: Held) -> bool:
    """Takes a row out that has been sent; returns whether it has changed since and stays."""
    DataPublication.objects.filter(pk=update.pk).update(doi_state=held.state, doi_stamp=held.stamp)
    taken, _ = DoiUpdate.objects.filter(pk=update.pk, revision=update.revision).delete()
    if not taken:
        DoiUpdate.objects.filter(pk=update.pk).update(error="", attempts=0)
    return not taken


def note_failure(
    update: DoiUpdate,
    error: Exception,
    *,
    now: datetime,
    chance: Callable[[float, float], float] = random.uniform,
) -> None:
    """Keeps the reason on the row, and says when to try again.

    Waiting for one's turn is no attempt. A row that changed meanwhile keeps its own day.
    """
    row = DoiUpdate.objects.filter(pk=update.pk)
    retry_after_s = error.retry_after_s if isinstance(error, RegistrarError) else None
    if isinstance(error, RegistrarPausedError):
        wait_s = (retry_after_s or 0) * chance(1.0, 1.2)
        row.update(due_at=now + timedelta(seconds=wait_s))
        return
    is_refused = isinstance(error, RegistrarError) and not error.may_succeed_later
    wait = backoff(update.attempts, retry_after_s=retry_after_s, chance=chance)
    row.update(error=str(error), attempts=F("attempts") + 1)
    row.filter(revision=update.revision).update(due_at=now + wait, is_refused=is_refused)


def backoff(
    attempts: int, *, retry_after_s: int | None, chance: Callable[[float, float], float]
) -> timedelta:
    """Returns how long to wait after a number of failures: twice as long each, with jitter.

    The jitter keeps a thousand DOIs that failed together from coming back together. What the
    registrar asks for is the least.
    """
    longest = min(FIRST_WAIT_S * 2.0 ** min(attempts, 20), LONGEST_WAIT_S)
    return timedelta(seconds=max(chance(longest / 2, longest), retry_after_s or 0))
