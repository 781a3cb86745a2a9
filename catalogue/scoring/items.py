"""Items given to be scored: read from JSON, and kept with their words."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.search import SearchVector
from django.db.models import Value

from catalogue.models import ScoredItem
from catalogue.search.errors import FilterError, SearchError
from catalogue.search.ranking import CONFIGURATION
from catalogue.search.values import json_object, shown, string

Json = dict[str, Any]
MOST_AT_ONCE = 5_000
# A tsvector holds a megabyte, positions included.
MOST_CHARACTERS = 100_000
# Fields whose words count as those of a title.
TITLES = ("title", "name", "datasetName")


class UnknownScoredItemError(SearchError):
    status = 404
    code = "NOT_FOUND"


@dataclass(frozen=True, slots=True)
class GivenItem:
    """One item as it was sent; `fields` may be nested, and every text in them counts."""

    id: str
    group: str
    fields: Json


def read_items(raw: object) -> list[GivenItem]:
    """Returns the items of one object or an array of them.

    Raises:
        FilterError: one of them is not an item; the message says which.
    """
    entries = raw if isinstance(raw, list) else [raw]
    if len(entries) > MOST_AT_ONCE:
        raise FilterError("items", f"expected {MOST_AT_ONCE} at a time at most")
    return [_item(entry, f"items[{place}]") for place, entry in enumerate(entries)]


def _item(raw: object, path: str) -> GivenItem:
    parts = json_object(raw, path)
    item_id = string(parts.get("id", parts.get("_id", "")), f"{path}.id")
    if not 0 < len(item_id) <= 300:
        raise FilterError(f"{path}.id", f"expected 1 to 300 characters, got {shown(item_id)}")
    group = string(parts.get("group", "default"), f"{path}.group")[:100]
    return GivenItem(item_id, group, json_object(parts.get("fields", {}), f"{path}.fields"))


def store(items: list[GivenItem]) -> None:
    """Writes items with their words; one whose id is known takes its place."""
    by_id = {item.id: item for item in items}
    ScoredItem.objects.bulk_create(
        [
            ScoredItem(
                item_id=item.id,
                group=item.group,
                fields=item.fields,
                search_vector=vector_of(item.fields),
            )
            for item in by_id.values()
        ],
        update_conflicts=True,
        unique_fields=["item_id"],
        update_fields=["group", "fields", "search_vector", "modified_at"],
        batch_size=500,
    )


def vector_of(fields: Json) -> Any:
    titles = " ".join(text for name in TITLES for text in texts_of(fields.get(name)))
    others = " ".join(
        text for name, value in fields.items() if name not in TITLES for text in texts_of(value)
    )
    return SearchVector(
        Value(titles[:MOST_CHARACTERS]), weight="A", config=CONFIGURATION
    ) + SearchVector(Value(others[:MOST_CHARACTERS]), weight="C", config=CONFIGURATION)


def texts_of(value: object) -> Iterator[str]:
    """Yields the texts and numbers anywhere in a value."""
    match value:
        case bool() | None:
            return
        case str() | int() | float():
            yield str(value).replace("\0", " ")
        case list():
            for part in value:
                yield from texts_of(part)
        case dict():
            for part in value.values():
                yield from texts_of(part)
