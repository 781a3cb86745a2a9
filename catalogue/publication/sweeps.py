"""What the schedule does: opens everything that is due, one investigation a transaction."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import DatabaseError, transaction
from django.db.models import F

from catalogue.models import Dataset, Investigation
from catalogue.policy.events import Action, Event
from catalogue.publication.act import Act
from catalogue.publication.transition import RefusedError, carry_out, release
from catalogue.publication.upkeep import rewrite_records

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sweep:
    """How many investigations were opened as a whole, how many datasets by themselves."""

    released: int
    released_datasets: int
    failed: tuple[str, ...]


def release_due(*, now: datetime) -> Sweep:
    """Opens each investigation and dataset whose day has come; a failure stops no other.

    A failure leaves its investigation closed, and due again at the next sweep.
    """
    act = Act(now=now, reason="The embargo has ended.")
    due = Investigation.objects.due(today=act.today).order_by("release_date", "pk")
    whole, failed = _each(due, release, act)
    rolling = Dataset.objects.due(today=act.today).values("investigation")
    parts = Investigation.objects.filter(pk__in=rolling).order_by("pk")
    datasets, also_failed = _each(parts, release_datasets, act)
    return Sweep(whole, datasets, (*failed, *also_failed))


def _each(
    rows: Iterable[Investigation], work: Callable[..., int], act: Act
) -> tuple[int, list[str]]:
    done, failed = 0, []
    for investigation in rows:
        try:
            done += work(investigation.pk, act=act)
        except (DatabaseError, RefusedError, ValueError):
            logger.exception("could not release investigation %s", investigation.pk)
            failed.append(str(investigation))
    return done, failed


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
