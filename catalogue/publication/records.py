"""The finished public record of a DOI: rendered once, when it changes, and never at a read."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.contrib.postgres.search import SearchVector
from django.db.models import Value

from catalogue.formats.oai_formats import documents
from catalogue.formats.oai_sets import set_specs
from catalogue.formats.panosc import search_document
from catalogue.formats.schema_org import json_ld
from catalogue.models import DataPublication, OaiItem, PublishedRecord
from catalogue.publication.oai_items import (
    Content,
    holds,
    next_datestamp,
    remove_item,
    write_item,
)
from catalogue.queries import public_record, says_more_on
from catalogue.record import Record


@dataclass(frozen=True, slots=True)
class Documents:
    """What the site shows of a record: its documents, and what finds it."""

    title: str
    is_open: bool
    search_document: dict[str, Any]
    json_ld: dict[str, Any]


def documents_of(record: Record) -> Documents:
    return Documents(
        title=record.title,
        is_open=record.access in ("open", "registered"),
        search_document=search_document(record),
        json_ld=json_ld(record),
    )


def content_of(record: Record) -> Content:
    return Content(sets=set_specs(record), documents=documents(record))


def write_record(publication: DataPublication, *, today: date) -> bool:
    """Stores the public record of a DOI as of a day; returns whether it says anything new.

    A datestamp moves with what is read under it and only with that: harvesters see each change
    once, and none that does not show in their formats.
    """
    record = public_record(publication, today=today)
    is_closed = record.access in ("embargoed", "restricted")
    more = says_more_on(publication, today=today) if is_closed else None
    is_new_here = not _shows(publication, record)
    content = content_of(record)
    is_new_there = not _is_harvested(publication, content)
    if not (is_new_here or is_new_there):
        _expect(publication, more)
        return False
    datestamp = next_datestamp()
    _store(publication, replace(record, modified=datestamp))
    _expect(publication, more)
    if is_new_there:
        write_item(record.oai_identifier, content, datestamp=datestamp, publication=publication)
    return True


def _expect(publication: DataPublication, more: date | None) -> None:
    """Notes when the record will say more: that day's sweep writes it again."""
    rows = PublishedRecord.objects.filter(publication=publication)
    rows.exclude(says_more_on=more).update(says_more_on=more)


def _shows(publication: DataPublication, record: Record) -> bool:
    stored = PublishedRecord.objects.filter(publication=publication).first()
    if stored is None:
        return False
    shown = documents_of(replace(record, modified=stored.datestamp))
    return all(getattr(stored, name) == getattr(shown, name) for name in Documents.__slots__)


def _is_harvested(publication: DataPublication, content: Content) -> bool:
    item = OaiItem.objects.filter(publication=publication).first()
    return item is not None and holds(item, content)


def remove_record(publication: DataPublication) -> None:
    """Takes every document of a record away; harvesters are told that it is deleted."""
    datestamp = next_datestamp()
    PublishedRecord.objects.filter(publication=publication).update(
        datestamp=datestamp,
        is_deleted=True,
        is_open=False,
        title="",
        search_document={},
        json_ld={},
        search_vector=None,
        says_more_on=None,
    )
    for item in OaiItem.objects.filter(publication=publication):
        remove_item(item, datestamp=datestamp)


def _store(publication: DataPublication, record: Record) -> None:
    shown = documents_of(record)
    values = {name: getattr(shown, name) for name in Documents.__slots__}
    stored, _ = PublishedRecord.objects.update_or_create(
        publication=publication,
        defaults={**values, "datestamp": record.modified, "is_deleted": False},
    )
    PublishedRecord.objects.filter(pk=stored.pk).update(search_vector=_search_vector(record))


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
