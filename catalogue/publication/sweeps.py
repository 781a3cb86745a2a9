"""What the schedule does: all that is due on a day, one investigation a transaction."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import DatabaseError, transaction
from django.db.models import F

from catalogue.models import Dataset, Investigation, PublishedRecord
from catalogue.models.investigation import InvestigationQuerySet
from catalogue.policy.events import Action, Event
from catalogue.publication.act import Act
from catalogue.publication.schedule import refresh
from catalogue.publication.transition import RefusedError, carry_out, release
from catalogue.publication.upkeep import rewrite_records

ROWS_A_PAGE = 500
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sweep:
    """What one sweep did.

    begun: planned investigations; released: investigations opened as a whole; released_datasets:
    opened by themselves; said_more: closed investigations of which more may be told from today on.
    """

    begun: int
    released: int
    released_datasets: int
    said_more: int
    failed: tuple[str, ...]


def release_due(*, now: datetime) -> Sweep:
    """Does what the day asks of each investigation and dataset; a failure stops no other.

    A failure leaves its investigation as it is, and due again at the next sweep.
    """
    act = Act(now=now, reason="The embargo has ended.")
    all_rows, failed = Investigation.objects.all(), list[str]()
    rolling = Dataset.objects.due(today=act.today).values("investigation")
    reticent = PublishedRecord.objects.filter(says_more_on__lte=act.today)
    saying_more = all_rows.filter(pk__in=reticent.values("publication__investigation"))
    return Sweep(
        begun=_each(all_rows.beginning(today=act.today), begin, act, failed),
        released=_each(all_rows.due(today=act.today), release, act, failed),
        released_datasets=_each(all_rows.filter(pk__in=rolling), release_datasets, act, failed),
        said_more=_each(saying_more, say_more, act, failed),
        failed=tuple(failed),
    )


def _each(
    rows: InvestigationQuerySet, work: Callable[..., int], act: Act, failed: list[str]
) -> int:
    """Works on each row in a transaction of its own; returns how much was done."""
    done = 0
    for investigation in _in_order(rows):
        try:
            done += work(investigation.pk, act=act)
        except (DatabaseError, RefusedError, ValueError):
            logger.exception("the schedule could not work on investigation %s", investigation.pk)
            failed.append(str(investigation))
    return done


def _in_order(rows: InvestigationQuerySet) -> Iterator[Investigation]:
    """Yields rows by their key, a page at a time, so that what fails holds up no other."""
    last = 0
    while page := list(
        rows.filter(pk__gt=last).select_related("proposal").order_by("pk")[:ROWS_A_PAGE]
    ):
        yield from page
        last = page[-1].pk


def begin(investigation_id: int, *, act: Act) -> int:
    """Begins the embargo of a planned investigation whose first day has come."""
    with transaction.atomic():
        refresh([investigation_id], now=act.now)
    return 1


def say_more(investigation_id: int, *, act: Act) -> int:
    """Writes the records of an investigation again, of which more may be told since some day.

    A datestamp moves only where that changes a record, so it may be done as often as one likes.
    """
    with transaction.atomic():
        rewrite_records(Investigation.objects.locked().get(pk=investigation_id), now=act.now)
    return 1


def release_datasets(investigation_id: int, *, act: Act) -> int:
    """Opens the datasets of an investigation whose own day has come; returns how many.

    Raises:
        RefusedError: the investigation is held, proprietary or withdrawn.
    """
    with transaction.atomic():
        investigation = Investigation.objects.locked().get(pk=investigation_id)
        due = Dataset.objects.due(today=act.today).filter(investigation=investigation)
        opened = sorted(due.values_list("pk", flat=True))
        if opened:
            event = Event(Action.RELEASE_PART, reason=act.reason)
            carry_out(investigation, event, act=act, details={"datasets": opened})
            Dataset.objects.filter(pk__in=opened).update(released_early_on=F("release_date"))
            rewrite_records(investigation, now=act.now)
        return len(opened)
