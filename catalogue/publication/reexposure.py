"""Keeps what this catalogue's harvesters read of other catalogues in step with the choice."""

from collections.abc import Iterator, Sequence

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from catalogue.formats import oai_provenance
from catalogue.formats.oai_record import IDENTIFIER
from catalogue.formats.oai_reexposed import Received, reexposed
from catalogue.formats.oai_sets import origin_spec
from catalogue.models import HarvestedRecord, OaiItem, Origin
from catalogue.models.harvested import HarvestedRecordQuerySet
from catalogue.publication.oai_items import Content, next_datestamp, remove_items, write_items

LONGEST_IDENTIFIER = 300
# Records of a transaction; it holds the lock of datestamps while it writes them.
BATCH = 200


def bring_in_step(origin: Origin) -> Iterator[int]:
    """Yields the number of items written or removed, a committed batch at a time.

    A record is exposed while its origin is chosen and it has something to say; what is as it should
    be is passed over, so that doing this again changes nothing and no datestamp.
    """
    yield from _remove(origin)
    if origin.is_reexposed:
        yield from _write(origin)


def write_all_anew(origin: Origin) -> None:
    """Makes the next `bring_in_step` write every item again, as after a change of address."""
    OaiItem.objects.filter(harvested__origin=origin).update(harvested_digest="")


def count_exposed(origin: Origin) -> int:
    return OaiItem.objects.filter(harvested__origin=origin, is_deleted=False).count()


def _remove(origin: Origin) -> Iterator[int]:
    """Removes the items of an origin, or where it is chosen those whose record is gone or ours."""
    live = OaiItem.objects.filter(harvested__origin=origin, is_deleted=False).order_by("pk")
    if origin.is_reexposed:
        usable = HarvestedRecord.objects.usable().filter(pk=OuterRef("harvested"))
        live = live.filter(~Exists(usable))
    after = 0
    while items := list(live.filter(pk__gt=after)[:BATCH]):
        with transaction.atomic():
            remove_items(items, datestamp=next_datestamp())
        yield len(items)
        after = items[-1].pk


def _write(origin: Origin) -> Iterator[int]:
    spec, after = origin_spec(origin.base_url), 0
    while records := list(_outdated(origin).filter(pk__gt=after).order_by("pk")[:BATCH]):
        contents = [_content(record, origin, spec) for record in records]
        with transaction.atomic():
            datestamp = next_datestamp()
            written = list(_with_items(records, contents))
            write_items(written, datestamp=datestamp)
        yield len(written)
        after = records[-1].pk


def _outdated(origin: Origin) -> HarvestedRecordQuerySet:
    """Returns the usable records of an origin that harvesters do not read as they are now."""
    is_new = Q(oai_item=None) | Q(oai_item__is_deleted=True)
    rows = HarvestedRecord.objects.usable().filter(origin=origin).defer("search_vector")
    return rows.filter(is_new | ~Q(oai_item__harvested_digest=F("digest")))


def _with_items(
    records: Sequence[HarvestedRecord], contents: Sequence[Content]
) -> Iterator[tuple[OaiItem, Content]]:
    """Yields the item of each record; none for one whose identifier another item has."""
    names = [identifier_of(record) for record in records]
    stored = {item.identifier: item for item in OaiItem.objects.filter(identifier__in=names)}
    for record, name, content in zip(records, names, contents, strict=True):
        item = stored.get(name) or OaiItem(identifier=name)
        if _is_free(item, record):
            item.harvested, item.harvested_digest = record, record.digest
            yield item, content


def _is_free(item: OaiItem, record: HarvestedRecord) -> bool:
    """Tells whether a record may have an item: it is new, its own, or no longer another's.

    One that is named as ours are is ours come round.
    """
    if item.publication_id or record.identifier.startswith(f"oai:{settings.OAI_DOMAIN}:"):
        return False
    return item.is_deleted or item.harvested_id in (None, record.pk)


def identifier_of(record: HarvestedRecord) -> str:
    """Returns the identifier a record is exposed under: its own, or one of ours where it is no URI.

    Its own lets those who harvest both catalogues see that it is one item (guidelines for
    aggregators §3.1).
    """
    own = record.identifier
    if len(own) <= LONGEST_IDENTIFIER and IDENTIFIER.fullmatch(own):
        return own
    return f"oai:{settings.OAI_DOMAIN}:harvested:{record.pk}"


def _content(record: HarvestedRecord, origin: Origin, spec: str) -> Content:
    source = oai_provenance.Origin(
        base_url=origin.base_url,
        identifier=record.identifier,
        datestamp=record.source_datestamp,
        namespace="",
        harvested=record.harvested_at,
        before=oai_provenance.read_provenance(record.about),
    )
    symbol = spec.rpartition(":")[2]
    shown = reexposed(Received(record.metadata, source, tuple(_statements(record)), symbol))
    return Content((spec,), shown.documents, shown.abouts)


def _statements(record: HarvestedRecord) -> Iterator[tuple[str, str]]:
    """Yields what was understood of a record, in the elements of Dublin Core."""
    said = {
        "title": [record.title],
        "creator": record.creators.split("; "),
        "subject": record.subjects.split("; "),
        "description": [record.description],
        "publisher": [record.publisher],
        "date": [str(record.year or "")],
        "type": [record.resource_type],
        "identifier": [record.url],
        "rights": record.rights.split("; "),
    }
    return ((tag, text) for tag, texts in said.items() for text in texts if text)
