"""Examples of the OpenAPI document and of the page it is read on, and the words before them."""

from typing import Any

from catalogue.search.filter import DEFAULT_LIMIT, DEPTH, FILTER_KEYS, MOST_INCLUDES, MOST_ITEMS
from catalogue.search.ranking import MOST_RANKED
from catalogue.search.totals import MOST_COUNTED, MOST_COUNTED_BY_RELATION
from catalogue.search.where import MOST_LEAVES, MOST_NESTED, MOST_VALUES

Json = dict[str, Any]
SECTIONS = {
    "Filters": (
        f"A filter is a JSON object with any of `{'`, `'.join(FILTER_KEYS)}`. It can be written in "
        "brackets too: `?filter[where][title][like]=copper&filter[limit]=2`.",
        '`where`: conditions on fields, all of which hold, such as `{"title": {"like": "copper"}, '
        '"size": {"gt": 10}}`; `and` and `or` take arrays of conditions; `text` looks in the texts '
        "of an item.",
        f"`include`: relations to show with each item, {DEPTH} deep. One whose `scope` has a "
        "`where`, or relations of its own, leaves out the items without such a row. A relation may "
        "be asked for several times; each has to be met.",
        "`query`: words to rank by, best first. Every item of a list has a `score` between 0 and "
        "1; without a query it is the same for all.",
        f"`limit`: {DEFAULT_LIMIT} unless asked for, {MOST_ITEMS} at most; 0 means the most. "
        "`skip`: items to pass over. The header `X-Total-Count` tells how many there are in all, "
        f"`Link` where the other pages are. Above {MOST_COUNTED}, or {MOST_COUNTED_BY_RELATION} "
        "where a relation has conditions, it stops counting, which `X-Total-Count-Exact: false` "
        "tells; `/count` counts all. Of what a `query` finds, "
        f"{MOST_RANKED} items are ranked at most: those that tell most, and the newest.",
        '`order`: `"title DESC"`, or an array of such. `fields`: what is shown of each item.',
    ),
    "Quantities": (
        "They are compared in SI where the condition names a `unit`, and answered in that unit: "
        '`{"and": [{"name": "sample_temperature"}, {"value": {"lt": 80}}, {"unit": "K"}]}`.',
        "One that varied has a `minimum` and a `maximum`, and a condition holds if any value in "
        "between meets it; `error` is the standard uncertainty.",
    ),
    "Techniques": (
        "A PaNET term stands for itself and for all below it, by `pid`, `name` or an alternative "
        "name. `and` may be met by different techniques of a dataset; `neq` says that it has none "
        "of them.",
    ),
    "Bounds": (
        f"Conditions are nested {MOST_NESTED} deep at most and {MOST_LEAVES} in number, an array "
        f"has {MOST_VALUES} values and a filter {MOST_INCLUDES} relations. What the data model has "
        "not is refused with its path; what would take too long is refused with the reason.",
    ),
}
PIDS = {"Datasets": "20.500.99999/ds-01", "Documents": "10.5072/doc-a", "Instruments": "ill/d2b"}
_COLD = [{"name": "sample_temperature"}, {"value": {"lt": 80}}, {"unit": "K"}]
_SAXS = {"relation": "techniques", "scope": {"where": {"name": "SAXS"}}}
FILTERS: dict[str, Json] = {
    "Datasets": {
        "SAXS and everything below it": {"include": [_SAXS], "limit": 3},
        "colder than 80 K": {
            "include": [{"relation": "parameters", "scope": {"where": {"and": _COLD}}}]
        },
        "ranked": {"query": "copper powder", "include": ["instrument", "samples"], "limit": 5},
    },
    "Documents": {
        "with people": {
            "include": [{"relation": "members", "scope": {"include": ["person", "affiliation"]}}]
        },
        "of a technique": {
            "include": [{"relation": "datasets", "scope": {"include": [_SAXS]}}],
            "query": "lipid",
        },
        "opened since 2020": {"where": {"releaseDate": {"gte": "2020-01-01"}}, "order": "title"},
    },
    "Instruments": {"by name": {"where": {"name": {"ilike": "lo"}}}, "ranked": {"query": "loki"}},
}
WHERES: dict[str, Json] = {
    "Datasets": {"text": {"text": "copper"}},
    "Documents": {"publications": {"type": "publication"}},
    "Instruments": {"facilities": {"facility": {"inq": ["ILL", "ESS"]}}},
}
