"""Harvested records → rows, a page at a time; storing one twice changes nothing."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from catalogue.models import HarvestedRecord
from harvest.oaipmh.harvester.page import HarvestedItem
from harvest.oaipmh.harvester.window import Listing

# Rows of one statement; a page may hold as many records as its endpoint likes.
BATCH = 500
# Raised when `metadata.describe` tells more: what is harvested again is then understood anew.
UNDERSTANDING = "2"
_KEY = ("origin", "identifier")
_WRITTEN = [
    field.name
    for field in HarvestedRecord._meta.concrete_fields
    if field.name not in ("id", "search_vector", *_KEY)
]


class Stored(NamedTuple):
    """What has to be known of a stored row to tell what has become of its record."""

    pk: int
    digest: str
    is_deleted: bool
    seen_at: datetime


@dataclass(slots=True)
class Counts:
    """What a page came to."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    deleted: int = 0

    def add(self, other: "Counts") -> None:
        for name in Counts.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(frozen=True, slots=True)
class Pass:
    """What rows are stored under: their origin, format, and the clocks that mark them as seen."""

    origin_id: int
    metadata_prefix: str
    window_at: datetime
    pass_at: datetime
    now: datetime


def store_items(items: Sequence[HarvestedItem], under: Pass) -> tuple[Counts, Listing]:
    """Stores records; returns counts, and what was new to the pass and to the window.

    Where a page lists an identifier twice, the last one holds.
    """
    counts, to_pass, to_window = Counts(), 0, 0
    latest = list({item.identifier: item for item in items}.values())
    for start in range(0, len(latest), BATCH):
        batch = latest[start : start + BATCH]
        known = _known(batch, under.origin_id)
        to_pass += sum(_is_unseen(known, item, under.pass_at) for item in batch)
        to_window += sum(_is_unseen(known, item, under.window_at) for item in batch)
        fresh = [item for item in batch if _is_fresh(known, item, under)]
        counts.add(_count(batch, fresh, known))
        _write(fresh, under)
        _mark(known, under)
    return counts, Listing(to_pass, to_window)


def forget_unseen(under: Pass) -> int:
    """Makes tombstones of what a whole harvest has not listed; returns of how many records."""
    gone = HarvestedRecord.objects.filter(
        origin_id=under.origin_id, is_deleted=False, seen_at__lt=under.window_at
    )
    return gone.update(**_NOTHING, is_deleted=True, harvested_at=under.now, digest="")


_NOTHING: dict[str, Any] = {
    "metadata": "",
    "about": "",
    "title": "",
    "creators": "",
    "publisher": "",
    "description": "",
    "subjects": "",
    "techniques": [],
    "doi": "",
    "url": "",
    "year": None,
    "resource_type": "",
    "dates": "",
    "rights": "",
    "is_open": None,
}


def _known(batch: Iterable[HarvestedItem], origin_id: int) -> dict[str, Stored]:
    """Returns key, digest, whether deleted and when last seen of stored records, by identifier."""
    rows = HarvestedRecord.objects.filter(
        origin_id=origin_id, identifier__in=[item.identifier for item in batch]
    )
    values = rows.values_list("identifier", "pk", "digest", "is_deleted", "seen_at")
    return {identifier: Stored._make(rest) for identifier, *rest in values}


def _is_unseen(known: dict[str, Stored], item: HarvestedItem, since: datetime) -> bool:
    return item.identifier not in known or known[item.identifier].seen_at < since


def _is_fresh(known: dict[str, Stored], item: HarvestedItem, under: Pass) -> bool:
    stored = known.get(item.identifier)
    return stored is None or stored.digest != digest_of(item, under.metadata_prefix)


def _count(
    batch: list[HarvestedItem],
    fresh: list[HarvestedItem],
    known: dict[str, Stored],
) -> Counts:
    counts = Counts(unchanged=len(batch) - len(fresh))
    for item in fresh:
        if item.is_deleted:
            counts.deleted += 1
        elif item.identifier in known and not known[item.identifier].is_deleted:
            counts.changed += 1
        else:
            counts.new += 1
    return counts


def _write(items: list[HarvestedItem], under: Pass) -> None:
    HarvestedRecord.objects.bulk_create(
        [_row(item, under) for item in items],
        update_conflicts=True,
        unique_fields=_KEY,
        update_fields=_WRITTEN,
    )


def _mark(known: dict[str, Stored], under: Pass) -> None:
    keys = [row.pk for row in known.values() if row.seen_at < under.pass_at]
    if keys:
        HarvestedRecord.objects.filter(pk__in=keys).update(seen_at=under.pass_at)


def _row(item: HarvestedItem, under: Pass) -> HarvestedRecord:
    said = item.description
    return HarvestedRecord(
        origin_id=under.origin_id,
        identifier=item.identifier,
        metadata_prefix=under.metadata_prefix,
        source_datestamp=item.datestamp,
        sets=list(item.sets),
        is_deleted=item.is_deleted,
        metadata=item.metadata,
        about=item.about,
        digest=digest_of(item, under.metadata_prefix),
        harvested_at=under.now,
        seen_at=under.pass_at,
        title=said.title,
        creators="; ".join(said.creators),
        publisher=said.publisher,
        description=said.description,
        subjects="; ".join(said.subjects),
        techniques=list(said.techniques),
        doi=said.doi,
        url=said.url,
        year=said.year,
        resource_type=said.resource_type,
        dates=said.dates,
        rights="; ".join(said.rights),
        is_open=said.is_open,
    )


def digest_of(item: HarvestedItem, metadata_prefix: str) -> str:
    """Returns what is equal for equal records: of all that came, and of how it is understood."""
    status = "deleted" if item.is_deleted else ""
    said = (item.datestamp, status, *item.sets, item.metadata, item.about)
    parts = (UNDERSTANDING, metadata_prefix, *said)
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()
