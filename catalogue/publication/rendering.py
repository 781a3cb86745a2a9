"""Renders the public records anew, after a mapping or a format has changed.

What reads as before keeps its datestamp: harvesters fetch what changed and nothing else.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import DatabaseError, transaction

from catalogue.models import DataPublication, Investigation
from catalogue.models.publication import DataPublicationQuerySet
from catalogue.publication.records import write_record
from catalogue.publication.upkeep import tell_registrar

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Batch:
    """One committed batch. `last` is its last publication, where a later run goes on."""

    last: int
    seen: int
    changed: int
    failed: tuple[str, ...]


def render_again(*, after: int, size: int, now: datetime) -> Iterator[Batch]:
    """Yields batches as they are committed, of the publications whose key is above `after`.

    A batch holds the datestamp lock to its end, so a large one keeps publishing waiting. A record
    that cannot be rendered stays as it is and does not stop the others.
    """
    while keys := _next_keys(after, size):
        with transaction.atomic():
            batch = _render(keys, now)
        yield batch
        after = batch.last


def count_live(*, after: int) -> int:
    return _live().filter(pk__gt=after).count()


def _live() -> DataPublicationQuerySet:
    return DataPublication.objects.live()


def _next_keys(after: int, size: int) -> list[int]:
    rows = _live().filter(pk__gt=after).order_by("pk")
    return list(rows.values_list("pk", flat=True)[:size])


def _render(keys: Sequence[int], now: datetime) -> Batch:
    """Renders publications; their investigations are locked first, as every workflow does."""
    of_these = DataPublication.objects.filter(pk__in=keys).values("investigation")
    list(Investigation.objects.locked().filter(pk__in=of_these).order_by("pk"))
    rows = list(_live().with_investigation().filter(pk__in=keys).order_by("pk"))
    outcomes = {row: _render_one(row, now) for row in rows}
    return Batch(
        last=keys[-1],
        seen=len(keys),
        changed=sum(outcome is True for outcome in outcomes.values()),
        failed=tuple(row.doi for row, outcome in outcomes.items() if outcome is None),
    )


def _render_one(publication: DataPublication, now: datetime) -> bool | None:
    """Returns whether a record says anything new; None where it could not be rendered."""
    try:
        with transaction.atomic():
            is_new = write_record(publication, today=now.date())
            if is_new:
                tell_registrar(publication, now=now)
            return is_new
    except (DatabaseError, ValueError, LookupError, TypeError):
        logger.exception("could not render the record of DOI %s", publication.doi)
        return None
