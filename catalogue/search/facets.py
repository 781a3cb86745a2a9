"""How many of the items that a filter finds have each facility, technique, year and so on.

Every count is of the public rows that the filter finds: what the list itself would show.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, F, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Cast, Concat, ExtractYear

from catalogue.models import Dataset, DatasetParameter, Instrument, PublishedRecord
from catalogue.models.lookups import Among
from catalogue.search.rows import Rows
from catalogue.search.sources import SOURCES
from catalogue.vocabulary.panet import IRI_PREFIX

Json = dict[str, Any]
# The keys of the items found, or rows that have them.
Chosen = list[int] | Rows
# The most frequent values; nobody reads on.
MOST_VALUES = 50
# As many keys as are no burden to a statement.
MOST_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Facet:
    """Rows with one value each, for the items of a class that were found.

    counted: the column in which each item counts once; label: what a value is called, where that
    is something else.
    """

    rows: Callable[[Chosen], QuerySet[Any, Any]]
    value: Any
    counted: str = "pk"
    label: Any = None


def counted_with_facets(name: str, found: Rows) -> tuple[int, dict[str, list[Json]]]:
    """Returns how many items were found, and for each facet of their class its values.

    Each value is `{"value": …, "count": …}`, frequent ones first; items without one count in none.
    One query a facet. Few items are found once for all of them.
    """
    keys = list(found.order_by().values_list("pk", flat=True)[: MOST_AT_ONCE + 1])
    if len(keys) <= MOST_AT_ONCE:
        return len(keys), _facets(name, keys)
    return found.count(), _facets(name, found.order_by().values("pk"))


def _facets(name: str, chosen: Chosen) -> dict[str, list[Json]]:
    return {facet: _values(how, chosen) for facet, how in FACETS[name].items()}


def _values(how: Facet, chosen: Chosen) -> list[Json]:
    keys = {"value": how.value} | ({"label": how.label} if how.label else {})
    rows = how.rows(chosen).order_by().annotate(**keys).values(*keys)
    counted = rows.annotate(count=Count(how.counted, distinct=how.counted != "pk"))
    return list(counted.exclude(value=None).order_by("-count", "value")[:MOST_VALUES])


def _year(name: str, field: str) -> Any:
    return Cast(ExtractYear(SOURCES[name].columns[field].expression), TextField())


def _among(chosen: Chosen, key: str = "pk") -> Q:
    return Q(Among(F(key), chosen)) if isinstance(chosen, list) else Q((f"{key}__in", chosen))


def _datasets(chosen: Chosen) -> QuerySet[Any, Any]:
    return Dataset.objects.filter(_among(chosen))


def _documents(chosen: Chosen) -> QuerySet[Any, Any]:
    return PublishedRecord.objects.filter(_among(chosen))


def _instruments(chosen: Chosen) -> QuerySet[Any, Any]:
    return Instrument.objects.filter(_among(chosen))


def _tags(chosen: Chosen) -> QuerySet[Any, Any]:
    return Dataset.techniques.through.objects.filter(_among(chosen, "dataset"))


def _parameters(chosen: Chosen) -> QuerySet[Any, Any]:
    return DatasetParameter.objects.filter(_among(chosen, "dataset"))


_TECHNIQUE_PID = Case(
    When(~Q(technique__pid=""), then=F("technique__pid")),
    default=Concat(Value(IRI_PREFIX), F("technique__code")),
    output_field=TextField(),
)

FACETS: Mapping[str, Mapping[str, Facet]] = {
    "Dataset": {
        "facility": Facet(_datasets, F("instrument__facility__name")),
        "instrument": Facet(_datasets, F("instrument__name")),
        "technique": Facet(_tags, _TECHNIQUE_PID, label=F("technique__label")),
        "year": Facet(_datasets, _year("Dataset", "creationDate")),
        "parameter": Facet(_parameters, F("type__name"), counted="dataset"),
    },
    "Document": {
        "type": Facet(_documents, SOURCES["Document"].columns["type"].expression),
        "license": Facet(_documents, SOURCES["Document"].columns["license"].expression),
        "year": Facet(_documents, _year("Document", "releaseDate")),
    },
    "Instrument": {"facility": Facet(_instruments, F("facility__name"))},
}
