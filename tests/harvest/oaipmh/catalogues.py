"""Catalogues of published records for tests of the provider."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import count
from typing import Any

from catalogue.formats.oai_datacite import oai_datacite_xml
from catalogue.formats.oai_dc import oai_dc_xml
from catalogue.models import PublishedRecord
from catalogue.record import Record
from tests.factories import make_investigation, make_publication, make_record
from tests.records import make_record_value

_number = count(1)


def publish(record: Record | None = None, **changes: Any) -> PublishedRecord:
    """Returns a published record with real documents, in the sets 'openaire_data' and 'a:b'."""
    name = f"r{next(_number)}"
    record = replace(record or make_record_value(), doi=f"10.5072/{name}")
    documents = {"oai_dc": oai_dc_xml(record), "oai_datacite": oai_datacite_xml(record)}
    values: dict[str, Any] = {
        "oai_identifier": f"oai:catalogue.example.org:{name}",
        "sets": ["openaire_data", "a:b"],
        **({} if changes.get("is_deleted") else documents),
    }
    return make_record(**values | changes)


def publish_many(number: int, datestamp: datetime, **changes: Any) -> list[PublishedRecord]:
    """Returns records that share one second, as a night's releases do."""
    return list(_published(number, datestamp=datestamp, **changes))


def _published(number: int, **changes: Any) -> Iterator[PublishedRecord]:
    investigation = make_investigation()
    for _ in range(number):
        publication = make_publication(investigation=investigation, kind="selection")
        yield publish(publication=publication, **changes)
