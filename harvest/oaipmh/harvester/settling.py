"""Carries out what people have chosen for a source's records, a batch at a time."""

from collections.abc import Iterator
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from catalogue.models import HarvestedRecord, OaiItem
from catalogue.publication.reexposure import bring_in_step
from harvest.models import HarvestSource
from harvest.oaipmh.harvester.locks import only_run

# Rows of a transaction that deletes; their texts lie apart and their words are in an index.
BATCH = 1000
UNLIMITED = timedelta(days=365)


def settle(source: HarvestSource, *, longest: timedelta = UNLIMITED) -> bool:
    """Carries out a source's choices, or goes on with it; returns whether it came to the end.

    Raises:
        BusyError: the source is being harvested; the end of a run settles it too.
    """
    with only_run(source.pk, source):
        return settle_held(source, longest=longest)


def settle_held(source: HarvestSource, *, longest: timedelta = UNLIMITED) -> bool:
    """Does what `settle` does, for who holds the lock of the source."""
    source.refresh_from_db()
    deadline = timezone.now() + longest
    for _ in _deleted(source) if source.is_leaving else bring_in_step(source):
        if timezone.now() > deadline:
            _note(source, is_unsettled=True)
            return False
    if source.is_leaving:
        source.delete()
    else:
        _note(source, is_unsettled=False)
    return True


def let_go(source: HarvestSource) -> None:
    """Decides that a source is deleted: it is harvested and shown no more, and its name is free."""
    source.name = f"{source.name[:150]} (being deleted, {source.pk})"
    source.is_leaving, source.is_active = True, False
    source.is_shown = source.is_reexposed = False
    source.save(update_fields=["name", "is_leaving", "is_active", "is_shown", "is_reexposed"])


def unsettled_sources() -> list[int]:
    rows = HarvestSource.objects.filter(is_unsettled=True) | HarvestSource.objects.filter(
        is_leaving=True
    )
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _deleted(source: HarvestSource) -> Iterator[int]:
    """Yields the number of records deleted, a committed batch at a time; their items stay deleted.

    One statement over a million of them would run for minutes and hold their locks as long.
    """
    yield from bring_in_step(source)
    rows = HarvestedRecord.objects.filter(origin=source).order_by("pk")
    while keys := list(rows.values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            OaiItem.objects.filter(harvested__in=keys).update(harvested=None)
            HarvestedRecord.objects.filter(pk__in=keys).only("pk").delete()
        yield len(keys)


def _note(source: HarvestSource, *, is_unsettled: bool) -> None:
    if source.is_unsettled != is_unsettled:
        source.is_unsettled = is_unsettled
        source.save(update_fields=["is_unsettled"])
