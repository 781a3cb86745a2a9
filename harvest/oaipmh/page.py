"""What the provider reads: pages of finished records, one record, the sets, the beginning.

The queries of a harvest are written out: a page is one statement along one index, and building it
from model classes takes longer than the database needs to answer it.
"""

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from catalogue.formats.oai_sets import origin_spec
from catalogue.models import Facility, Instrument, OaiItem, OaiRecord, OaiSet, Origin
from catalogue.publication.oai_items import DATESTAMP_LOCK
from harvest.oaipmh.protocol import Verb
from harvest.oaipmh.resumption import Listing, SetListing

# A list of up to so many records is counted, a longer one estimated: counting a million takes the
# database a tenth of a second, and OAI-PMH 2.0 §3.5 lets completeListSize be an estimate.
MOST_COUNTED = 10_000

# {walk}: what is walked in harvest order; {xml}: the element; {joins}: where it stands.
_PAGE = """
    SELECT walk.datestamp, walk.item_id, {xml} FROM {walk} {joins}
    WHERE {conditions} ORDER BY walk.datestamp, walk.item_id LIMIT %s
"""
_ROWS = "SELECT 1 FROM {walk} WHERE {conditions}"
_COUNT = "SELECT count(*) FROM ({rows} LIMIT %s) AS counted"
_RECORDS = "catalogue_oairecord AS walk"
_MEMBERSHIPS = "catalogue_oaimembership AS walk"
_OF_SET = "walk.set_id = (SELECT id FROM catalogue_oaiset WHERE spec = %s)"
_RECORD = "JOIN catalogue_oairecord AS record ON record.item_id = walk.item_id AND prefix = %s"
_ITEM = "JOIN catalogue_oaiitem AS item ON item.id = walk.item_id"
# An item may be deleted in one format alone.
_HEADER = """
    CASE WHEN %s = ANY(item.lost_prefixes)
    THEN replace(item.header, '<header>', '<header status="deleted">') ELSE item.header END
"""

# An element of a list with its place in it, as the driver returns a row: datestamp, key, XML.
Entry = tuple[datetime, int, str]


@dataclass(frozen=True, slots=True)
class Page:
    """One page: the list as it stood before it, its entries, and the list after it or None."""

    listing: Listing
    entries: list[Entry]
    following: Listing | None


def select_page(listing: Listing, *, size: int, now: datetime) -> Page:
    """Returns the next `size` records of a list: one query, and a count when a list is first split.

    now: how far an open-ended list is stretched when all that was left of it has changed since, and
        so moved behind its `until`: a page cannot be empty.
    """
    entries = _select(listing, limit=size + 1)
    if not entries and listing.after and listing.is_open_ended:
        wait_for_writers()
        listing = replace(listing, until=now)
        entries = _select(listing, limit=size + 1)
    if len(entries) <= size:
        return Page(_ended(listing, len(entries)), entries, following=None)
    if listing.after is None:
        listing = replace(listing, complete_list_size=size_of(listing))
    listing = _not_outgrown(listing, len(entries))
    return Page(listing, entries[:size], _following(listing, entries[:size]))


def _ended(listing: Listing, sent: int) -> Listing:
    """Returns a list at its end, when its size is known."""
    return replace(listing, complete_list_size=listing.cursor + sent)


def _not_outgrown(listing: Listing, seen: int) -> Listing:
    """Returns the list with a size no smaller than what has been seen of it: it is an estimate."""
    size = max(listing.complete_list_size or 0, listing.cursor + seen)
    return replace(listing, complete_list_size=size)


def wait_for_writers() -> None:
    """Waits until what was stamped so far has been committed, so that a list misses none of it.

    Writers take their datestamps under the same lock and keep it to the end: once it is had here,
    nothing stamped before this moment can still become visible (OAI-PMH 2.0 §2.7.1).

    Raises:
        OperationalError: a writer has kept the lock for ten seconds.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '10s'")
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [DATESTAMP_LOCK])


def _following(listing: Listing, entries: list[Entry]) -> Listing:
    datestamp, pk, _ = entries[-1]
    cursor = listing.cursor + len(entries)
    return replace(listing, since=None, after=(datestamp, pk), cursor=cursor)


def _select(listing: Listing, *, limit: int) -> list[Entry]:
    sql, values = page_sql(listing)
    with connection.cursor() as cursor:
        cursor.execute(sql, [*values, limit])
        rows: list[Entry] = cursor.fetchall()
        return rows


def page_sql(listing: Listing) -> tuple[str, list[Any]]:
    """Returns the statement of a page and its values but the last, the number of rows.

    It walks `oai_record_harvest`, or `oai_membership_harvest` in a set, from the list's position
    on: the last page costs what the first did.
    """
    conditions, values = _conditions(listing)
    walk, joins, record = _RECORDS, [], "walk"
    if listing.set_spec:
        walk, joins, record = _MEMBERSHIPS, [_RECORD], "record"
        values = [listing.metadata_prefix, *values]
    xml = f"{record}.xml"
    if listing.verb is not Verb.LIST_RECORDS:
        xml, joins = _HEADER, [*joins, _ITEM]
        values = [listing.metadata_prefix, *values]
    sql = _PAGE.format(xml=xml, walk=walk, joins=" ".join(joins), conditions=conditions)
    return sql, values


def _conditions(listing: Listing) -> tuple[str, list[Any]]:
    conditions = [_OF_SET if listing.set_spec else "walk.prefix = %s", "walk.datestamp <= %s"]
    values: list[Any] = [listing.set_spec or listing.metadata_prefix, listing.until]
    if listing.since:
        conditions.append("walk.datestamp >= %s")
        values.append(listing.since)
    if listing.after:
        # One row comparison, which the index answers: with `OR`, each page would read again all
        # records of the second it begins in.
        conditions.append("(walk.datestamp, walk.item_id) > (%s, %s)")
        values += listing.after
    return " AND ".join(conditions), values


def size_of(listing: Listing) -> int:
    """Returns how many records a list has from its position on: counted, or estimated if many."""
    conditions, values = _conditions(listing)
    walk = _MEMBERSHIPS if listing.set_spec else _RECORDS
    rows = _ROWS.format(walk=walk, conditions=conditions)
    with connection.cursor() as cursor:
        cursor.execute(_COUNT.format(rows=rows), [*values, MOST_COUNTED])
        counted: int = cursor.fetchone()[0]
    return counted if counted < MOST_COUNTED else max(counted, _estimated(rows, values))


def _estimated(rows: str, values: list[Any]) -> int:
    """Returns how many rows the planner expects, from its statistics and at no further cost."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {rows}", values)
        (plan,) = cursor.fetchone()
    plan = json.loads(plan) if isinstance(plan, str) else plan
    return int(plan[0]["Plan"]["Plan Rows"])


def find_record(identifier: str, prefix: str) -> str | None:
    """Returns the finished record of an identifier in a format, deleted or not."""
    rows = OaiRecord.objects.filter(item__identifier=identifier, prefix=prefix)
    return rows.values_list("xml", flat=True).first()


def is_known(identifier: str) -> bool:
    return OaiItem.objects.filter(identifier=identifier).exists()


def prefixes_of(identifier: str) -> set[str]:
    """Returns the formats an item is disseminated in, or was before it was deleted."""
    rows = OaiRecord.objects.filter(item__identifier=identifier)
    return set(rows.values_list("prefix", flat=True))


def earliest() -> tuple[datetime, str] | None:
    """Returns datestamp and identifier of the oldest item, deleted or not; None without any."""
    rows = OaiItem.objects.order_by("datestamp", "id")
    return rows.values_list("datestamp", "identifier").first()


def has_sets() -> bool:
    return OaiSet.objects.exists()


def select_sets(listing: SetListing, *, size: int) -> tuple[SetListing, list[str], bool]:
    """Returns the list with its size, the next `size` setSpecs of it, and whether there are more.

    Ancestors are sets of their own; a set that has lost its last member stays, empty.
    """
    rows = OaiSet.objects.order_by("spec").filter(spec__gt=listing.after)
    specs = list(rows.values_list("spec", flat=True)[: size + 1])
    if not listing.after:
        listing = replace(listing, complete_list_size=rows.count())
    return listing, specs[:size], len(specs) > size


def place_names() -> dict[str, str]:
    """Returns the names of facilities, their instruments and harvested origins by setSpec."""
    facilities = dict(Facility.objects.values_list("slug", "name"))
    instruments = Instrument.objects.values_list("facility__slug", "slug", "facility__name", "name")
    origins = Origin.objects.filter(is_reexposed=True).values_list("base_url", "name")
    return {
        **facilities,
        **{
            f"{facility}:{slug}": f"{name} at {facility_name}"
            for facility, slug, facility_name, name in instruments
        },
        **{origin_spec(base_url): name for base_url, name in origins},
    }
