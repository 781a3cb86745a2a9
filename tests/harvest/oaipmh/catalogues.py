"""Catalogues of published records for tests of the provider."""

from dataclasses import replace
from datetime import datetime
from itertools import count
from typing import Any

from catalogue.formats.oai_formats import documents
from catalogue.models import OaiItem
from catalogue.record import Record
from tests.factories import make_item
from tests.records import make_record_value

_number = count(1)


def publish(record: Record | None = None, **changes: Any) -> OaiItem:
    """Returns an item with real documents, in the sets 'openaire_data' and 'a:b'."""
    record = replace(record or make_record_value(), doi=f"10.5072/r{next(_number)}")
    values: dict[str, Any] = {"documents": documents(record), "sets": ["openaire_data", "a:b"]}
    return make_item(**values | changes)


def publish_many(number: int, datestamp: datetime, **changes: Any) -> list[OaiItem]:
    """Returns items that share one second, as a night's releases do."""
    values: dict[str, Any] = {
        "documents": documents(make_record_value()),
        "sets": ["openaire_data", "a:b"],
    }
    return [make_item(**values | changes, datestamp=datestamp) for _ in range(number)]
