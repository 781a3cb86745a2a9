"""Release of everything that is due, one investigation a transaction."""

import logging
from dataclasses import dataclass
from datetime import datetime

from django.db import DatabaseError

from catalogue.models import Investigation
from catalogue.publication.publish import Act, release

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sweep:
    released: int
    failed: tuple[str, ...]


def release_due(*, now: datetime) -> Sweep:
    """Opens each investigation whose embargo has ended; one that fails does not stop the others.

    A failure leaves its investigation closed, and due again at the next sweep.
    """
    act = Act(now=now, reason="The embargo has ended.")
    released, failed = 0, []
    for investigation in Investigation.objects.due(today=act.today).order_by("release_date", "pk"):
        try:
            released += release(investigation.pk, act=act)
        except (DatabaseError, ValueError):
            logger.exception("could not release investigation %s", investigation.pk)
            failed.append(str(investigation))
    return Sweep(released, tuple(failed))
