"""Writes what harvesters read: an item's datestamp, header, sets and record in every format."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection

from catalogue.formats.oai_record import header_xml, record_xml, records_xml
from catalogue.formats.oai_sets import with_ancestors
from catalogue.models import DataPublication, OaiItem, OaiMembership, OaiRecord, OaiSet

# Any constant will do; it names the lock under which datestamps are given.
DATESTAMP_LOCK = 5_072


@dataclass(frozen=True, slots=True)
class Content:
    """What an item says to harvesters.

    sets: the most specific setSpecs; documents: the metadata's element by metadataPrefix; abouts:
    elements about the metadata by metadataPrefix (`formats.oai_provenance` for what was harvested).
    """

    sets: tuple[str, ...]
    documents: Mapping[str, str]
    abouts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def next_datestamp() -> datetime:
    """Returns this moment in whole seconds (OAI-PMH 2.0 §3.3), given out in the order of commits.

    The clock is read under a lock that lasts until the transaction ends, and no stamp is older than
    one given out before. `harvest.oaipmh.page.wait_for_writers` waits for the same lock, so that no
    record becomes visible behind what a harvester has already been told.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [DATESTAMP_LOCK])
        cursor.execute("SELECT date_trunc('second', clock_timestamp())")
        (clock,) = cursor.fetchone()
    newest = OaiItem.objects.order_by("-datestamp", "-pk").only("datestamp").first()
    stamp: datetime = clock
    return max(stamp, newest.datestamp) if newest else stamp


def holds(item: OaiItem, content: Content) -> bool:
    """Tells whether harvesters would read the same, byte for byte, if the content were written."""
    if item.is_deleted:
        return False
    stored = dict(item.records.values_list("prefix", "xml"))
    return stored == _records(item, content)


def write_item(
    identifier: str,
    content: Content,
    *,
    datestamp: datetime,
    publication: DataPublication | None = None,
) -> OaiItem:
    """Writes an item as it reads from `datestamp` on, new or anew; one that was deleted is back.

    An item of a publication keeps its first identifier for ever.
    """
    item = _item(identifier, publication)
    write_items([(item, content)], datestamp=datestamp)
    return item


def write_items(written: Sequence[tuple[OaiItem, Content]], *, datestamp: datetime) -> None:
    """Writes items, stored or new, as they read from `datestamp` on; a few statements for all.

    In a format that it had and has lost, an item is deleted (OAI-PMH 2.0 §2.5.1): who has harvested
    it would never hear of it again.
    """
    items = [item for item, _ in written]
    stored = _stored_prefixes(items)
    for item, content in written:
        item.datestamp, item.is_deleted, item.sets = datestamp, False, list(content.sets)
        item.lost_prefixes = sorted(stored[item.pk] - content.documents.keys())
        item.header = _header(item)
    _store_items(items)
    _store_records([(item, _records(item, content)) for item, content in written])
    _store_sets(items)


def remove_item(item: OaiItem, *, datestamp: datetime) -> None:
    """Leaves of an item what harvesters need to forget it, in every format and set it had."""
    remove_items([item], datestamp=datestamp)


def remove_items(items: Sequence[OaiItem], *, datestamp: datetime) -> None:
    for item in items:
        item.datestamp, item.is_deleted = datestamp, True
        item.header = _header(item)
    _store_items(items)
    headers = {item.pk: item.header for item in items}
    records = list(OaiRecord.objects.filter(item__in=items).only("item_id", "prefix"))
    for record in records:
        record.datestamp, record.xml = datestamp, record_xml(headers[record.item_id], "")
    OaiRecord.objects.bulk_update(records, ["datestamp", "xml"])
    OaiMembership.objects.filter(item__in=items).update(datestamp=datestamp)


def _item(identifier: str, publication: DataPublication | None) -> OaiItem:
    known = {"publication": publication} if publication else {"identifier": identifier}
    found = OaiItem.objects.filter(**known).first()
    return found or OaiItem(identifier=identifier, publication=publication)


def _header(item: OaiItem) -> str:
    return header_xml(item.identifier, item.datestamp, item.sets, is_deleted=item.is_deleted)


def _stored_prefixes(items: Sequence[OaiItem]) -> dict[int, set[str]]:
    """Returns the formats that items have, or had, by their key; none for a new one's."""
    prefixes: dict[int, set[str]] = defaultdict(set)
    rows = OaiRecord.objects.filter(item__in=[item.pk for item in items if item.pk])
    for pk, prefix in rows.values_list("item_id", "prefix"):
        prefixes[pk].add(prefix)
    return prefixes


def _records(item: OaiItem, content: Content) -> dict[str, str]:
    """Returns the record of each format that the content has, and of each that it lost."""
    live, gone = (
        header_xml(item.identifier, item.datestamp, content.sets, is_deleted=is_deleted)
        for is_deleted in (False, True)
    )
    return {
        **dict.fromkeys(item.lost_prefixes, record_xml(gone, "")),
        **records_xml(live, content.documents, abouts=content.abouts),
    }


def _store_items(items: Sequence[OaiItem]) -> None:
    OaiItem.objects.bulk_create(
        items,
        update_conflicts=True,
        update_fields=[
            *("datestamp", "is_deleted", "sets", "lost_prefixes", "header"),
            *("publication", "harvested", "harvested_digest"),
        ],
        unique_fields=["identifier"],
    )


def _store_records(written: Sequence[tuple[OaiItem, Mapping[str, str]]]) -> None:
    OaiRecord.objects.bulk_create(
        [
            OaiRecord(item=item, prefix=prefix, datestamp=item.datestamp, xml=xml)
            for item, records in written
            for prefix, xml in records.items()
        ],
        update_conflicts=True,
        update_fields=["datestamp", "xml"],
        unique_fields=["item", "prefix"],
    )


def _store_sets(items: Sequence[OaiItem]) -> None:
    specs = {
        item.pk: {above for spec in item.sets for above in with_ancestors(spec)} for item in items
    }
    keys = _sets(set().union(*specs.values()))
    kept = {(pk, keys[spec]) for pk, own in specs.items() for spec in own}
    stored = OaiMembership.objects.filter(item__in=items).values_list("pk", "item_id", "set_id")
    if left := [pk for pk, *membership in stored if tuple(membership) not in kept]:
        OaiMembership.objects.filter(pk__in=left).delete()
    datestamps = {item.pk: item.datestamp for item in items}
    OaiMembership.objects.bulk_create(
        [
            OaiMembership(item_id=pk, set_id=set_id, datestamp=datestamps[pk])
            for pk, set_id in sorted(kept)
        ],
        update_conflicts=True,
        update_fields=["datestamp"],
        unique_fields=["item", "set"],
    )


def _sets(specs: Iterable[str]) -> dict[str, int]:
    """Returns the keys of sets by their spec, made where they are new."""
    wanted = sorted(specs)
    found = dict(OaiSet.objects.filter(spec__in=wanted).values_list("spec", "pk"))
    if missing := [OaiSet(spec=spec) for spec in wanted if spec not in found]:
        OaiSet.objects.bulk_create(missing, ignore_conflicts=True)
        found = dict(OaiSet.objects.filter(spec__in=wanted).values_list("spec", "pk"))
    return found
