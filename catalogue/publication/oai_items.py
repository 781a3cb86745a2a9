"""Writes what harvesters read: an item's datestamp, header, sets and record in every format."""

from collections.abc import Iterable, Mapping
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
    item.datestamp, item.is_deleted, item.sets = datestamp, False, list(content.sets)
    records = _records(item, content)
    item.header = _header(item)
    item.save()
    _store_records(item, records)
    _store_sets(item)
    return item


def remove_item(item: OaiItem, *, datestamp: datetime) -> None:
    """Leaves of an item what harvesters need to forget it, in every format and set it had."""
    item.datestamp, item.is_deleted = datestamp, True
    item.header = _header(item)
    item.save()
    item.records.update(datestamp=datestamp, xml=record_xml(item.header, ""))
    item.memberships.update(datestamp=datestamp)


def _item(identifier: str, publication: DataPublication | None) -> OaiItem:
    known = {"publication": publication} if publication else {"identifier": identifier}
    found = OaiItem.objects.filter(**known).first()
    return found or OaiItem(identifier=identifier, publication=publication)


def _header(item: OaiItem) -> str:
    return header_xml(item.identifier, item.datestamp, item.sets, is_deleted=item.is_deleted)


def _records(item: OaiItem, content: Content) -> dict[str, str]:
    header = header_xml(item.identifier, item.datestamp, content.sets, is_deleted=False)
    return records_xml(header, content.documents, abouts=content.abouts)


def _store_records(item: OaiItem, records: Mapping[str, str]) -> None:
    item.records.exclude(prefix__in=records).delete()
    OaiRecord.objects.bulk_create(
        [
            OaiRecord(item=item, prefix=prefix, datestamp=item.datestamp, xml=xml)
            for prefix, xml in records.items()
        ],
        update_conflicts=True,
        update_fields=["datestamp", "xml"],
        unique_fields=["item", "prefix"],
    )


def _store_sets(item: OaiItem) -> None:
    sets = _sets({above for spec in item.sets for above in with_ancestors(spec)})
    item.memberships.exclude(set__in=sets).delete()
    OaiMembership.objects.bulk_create(
        [OaiMembership(item=item, set_id=pk, datestamp=item.datestamp) for pk in sets],
        update_conflicts=True,
        update_fields=["datestamp"],
        unique_fields=["item", "set"],
    )


def _sets(specs: Iterable[str]) -> list[int]:
    """Returns the keys of sets, made where they are new."""
    wanted = sorted(specs)
    found = dict(OaiSet.objects.filter(spec__in=wanted).values_list("spec", "pk"))
    if missing := [OaiSet(spec=spec) for spec in wanted if spec not in found]:
        OaiSet.objects.bulk_create(missing, ignore_conflicts=True)
        found = dict(OaiSet.objects.filter(spec__in=wanted).values_list("spec", "pk"))
    return list(found.values())
