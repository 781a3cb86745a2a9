"""The finished public record of a DOI: rendered once, when it changes, and never at a read."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.contrib.postgres.search import SearchVector
from django.db import connection
from django.db.models import Value

from catalogue.formats.oai_datacite import oai_datacite_xml
from catalogue.formats.oai_dc import oai_dc_xml
from catalogue.formats.oai_sets import set_specs, with_ancestors
from catalogue.formats.panosc import search_document
from catalogue.formats.schema_org import json_ld
from catalogue.models import DataPublication, PublishedRecord, PublishedRecordSet
from catalogue.queries import public_record
from catalogue.record import Record

# Any constant will do; it names the lock under which datestamps are given.
DATESTAMP_LOCK = 5_072


@dataclass(frozen=True, slots=True)
class Documents:
    """What is stored of a record: every format, and what finds it."""

    title: str
    is_open: bool
    sets: list[str]
    oai_dc: str
    oai_datacite: str
    search_document: dict[str, Any]
    json_ld: dict[str, Any]


def render(record: Record) -> Documents:
    """Returns all documents of a record, pure."""
    return Documents(
        title=record.title,
        is_open=record.access == "open",
        sets=list(set_specs(record)),
        oai_dc=oai_dc_xml(record),
        oai_datacite=oai_datacite_xml(record),
        search_document=search_document(record),
        json_ld=json_ld(record),
    )


def write_record(publication: DataPublication, *, today: date) -> bool:
    """Stores the public record of a DOI as of a day; returns whether it says anything new.

    The datestamp moves with the documents and only with them: harvesters see each change once.
    """
    stored = PublishedRecord.objects.filter(publication=publication).first()
    record = public_record(publication, today=today)
    if stored is not None and _says_the_same(stored, record):
        return False
    datestamp = next_datestamp()
    documents = render(replace(record, modified=datestamp))
    _store(publication, record, documents, datestamp)
    return True


def remove_record(publication: DataPublication) -> None:
    """Leaves of a record what harvesters need to forget it: identifier, sets, datestamp."""
    datestamp = next_datestamp()
    PublishedRecord.objects.filter(publication=publication).update(
        datestamp=datestamp,
        is_deleted=True,
        is_open=False,
        title="",
        oai_dc="",
        oai_datacite="",
        search_document={},
        json_ld={},
        search_vector=None,
    )
    PublishedRecordSet.objects.filter(record__publication=publication).update(datestamp=datestamp)


def _says_the_same(stored: PublishedRecord, record: Record) -> bool:
    documents = render(replace(record, modified=stored.datestamp))
    return all(getattr(stored, name) == getattr(documents, name) for name in Documents.__slots__)


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
    newest = PublishedRecord.objects.order_by("-datestamp", "-pk").only("datestamp").first()
    stamp: datetime = clock
    return max(stamp, newest.datestamp) if newest else stamp


def _store(
    publication: DataPublication, record: Record, documents: Documents, datestamp: datetime
) -> None:
    values = {name: getattr(documents, name) for name in Documents.__slots__}
    stored, _ = PublishedRecord.objects.update_or_create(
        publication=publication,
        defaults={**values, "datestamp": datestamp, "is_deleted": False},
        create_defaults={
            **values,
            "datestamp": datestamp,
            "oai_identifier": record.oai_identifier,
        },
    )
    PublishedRecord.objects.filter(pk=stored.pk).update(search_vector=_search_vector(record))
    _store_sets(stored)


def _store_sets(stored: PublishedRecord) -> None:
    specs = {spec for most_specific in stored.sets for spec in with_ancestors(most_specific)}
    stored.memberships.exclude(set_spec__in=specs).delete()
    PublishedRecordSet.objects.bulk_create(
        [
            PublishedRecordSet(record=stored, set_spec=spec, datestamp=stored.datestamp)
            for spec in sorted(specs)
        ],
        update_conflicts=True,
        update_fields=["datestamp"],
        unique_fields=["record", "set_spec"],
    )


# A tsvector holds a megabyte, positions included.
MOST_SEARCHED = 100_000


def _search_vector(record: Record) -> Any:
    """Returns the weighted words of a record: title, then people and things, then the abstract."""
    people = [agent.name for agent in record.creators]
    things = [
        *(term.label for term in record.techniques),
        *(sample.name for sample in record.samples),
        *(sample.formula for sample in record.samples),
        *record.keywords,
        record.proposal_code,
        record.doi,
        record.instrument.name if record.instrument else "",
        record.facility_name,
    ]
    weighted = {"A": record.title, "B": " ".join(people + things), "C": record.abstract}
    vectors = [
        SearchVector(Value(text[:MOST_SEARCHED]), weight=weight, config="catalogue")
        for weight, text in weighted.items()
    ]
    return vectors[0] + vectors[1] + vectors[2]
