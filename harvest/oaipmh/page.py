"""What the provider reads: pages of published records, one record, the sets, the beginning."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan

from catalogue.models import Facility, Instrument, PublishedRecord, PublishedRecordSet
from catalogue.publication.records import DATESTAMP_LOCK
from harvest.oaipmh.protocol import Item
from harvest.oaipmh.resumption import Listing

_FIELDS = ("id", "oai_identifier", "datestamp", "is_deleted", "sets")

# Walks record_set_harvest from one set to the next, one look-up each; DISTINCT would read every
# membership.
_DISTINCT_SPECS = """
    WITH RECURSIVE found(spec) AS (
        SELECT min(set_spec) FROM {table}
        UNION ALL
        SELECT (SELECT min(set_spec) FROM {table} WHERE set_spec > found.spec)
        FROM found WHERE found.spec IS NOT NULL
    )
    SELECT spec FROM found WHERE spec IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Page:
    """One page: the list as it stood before it, its items, and the list after it or None."""

    listing: Listing
    items: list[Item]
    following: Listing | None


def select_page(listing: Listing, *, column: str, size: int, now: datetime) -> Page:
    """Returns the next `size` records of a list: one query, and a count when a list is first split.

    column: the column of PublishedRecord that holds the documents; '' reads none.
    now: how far an open-ended list is stretched when all that was left of it has changed since, and
        so moved behind its `until`: a page cannot be empty.
    """
    items = _select(listing, column=column, limit=size + 1)
    if not items and listing.after and listing.is_open_ended:
        wait_for_writers()
        listing = replace(listing, until=now)
        items = _select(listing, column=column, limit=size + 1)
    if len(items) <= size:
        return Page(listing, items, following=None)
    if listing.after is None:
        listing = replace(listing, complete_list_size=listed(listing).count())
    return Page(listing, items[:size], _following(listing, items[:size]))


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


def _following(listing: Listing, items: list[Item]) -> Listing:
    last = items[-1]
    cursor = listing.cursor + len(items)
    return replace(listing, since=None, after=(last.datestamp, last.pk), cursor=cursor)


def _select(listing: Listing, *, column: str, limit: int) -> list[Item]:
    via = "record__" if listing.set_spec else ""
    fields = [f"{via}{name}" for name in (*_FIELDS, column) if name]
    key = "record_id" if listing.set_spec else "id"
    rows = listed(listing).order_by("datestamp", key).values_list(*fields)[:limit]
    return [Item(*row) for row in rows]


def listed(listing: Listing) -> QuerySet[Any]:
    """Returns the rows of a list from its position on: records, or their memberships in its set.

    Either is walked along one index, `record_datestamp` or `record_set_harvest`, so that the last
    page costs what the first did.
    """
    rows: QuerySet[Any] = PublishedRecord.objects.all()
    key = "id"
    if listing.set_spec:
        rows = PublishedRecordSet.objects.filter(set_spec=listing.set_spec)
        key = "record_id"
    rows = rows.filter(datestamp__lte=listing.until)
    if listing.since:
        rows = rows.filter(datestamp__gte=listing.since)
    if listing.after:
        # One row comparison, which the index answers: with `OR`, each page would read again all
        # records of the second it begins in.
        rows = rows.filter(TupleGreaterThan(Tuple(F("datestamp"), F(key)), listing.after))
    return rows


def find_item(identifier: str, *, column: str) -> Item | None:
    """Returns the record of an identifier with the document of a column, deleted or not."""
    rows = PublishedRecord.objects.filter(oai_identifier=identifier)
    row = rows.values_list(*_FIELDS, column).first()
    return Item(*row) if row else None


def is_known(identifier: str) -> bool:
    return PublishedRecord.objects.filter(oai_identifier=identifier).exists()


def earliest() -> tuple[datetime, str] | None:
    """Returns datestamp and identifier of the oldest record, deleted or not; None without any."""
    rows = PublishedRecord.objects.order_by("datestamp", "id")
    return rows.values_list("datestamp", "oai_identifier").first()


def existing_sets() -> list[str]:
    """Returns the setSpecs that have members, ancestors included, in alphabetical order."""
    table = connection.ops.quote_name(PublishedRecordSet._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(_DISTINCT_SPECS.format(table=table))
        return sorted(spec for (spec,) in cursor.fetchall())


def place_names() -> dict[str, str]:
    """Returns the names of facilities and their instruments by setSpec."""
    facilities = dict(Facility.objects.values_list("slug", "name"))
    instruments = Instrument.objects.values_list("facility__slug", "slug", "facility__name", "name")
    return facilities | {
        f"{facility}:{slug}": f"{name} at {facility_name}"
        for facility, slug, facility_name, name in instruments
    }
