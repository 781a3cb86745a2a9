"""Random filters on random small catalogues: what is answered is what a naive reading of both says.

The catalogue is written as the search API's own items and moves in by `import_panosc`; the filter
is evaluated over those items in plain Python, which knows nothing of trees, columns or SQL.
"""

import json
import math
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalogue.vocabulary.panet import IRI_PREFIX, closure, terms
from harvest.panosc_import.run import Import
from harvest.panosc_import.shared_rows import SharedRows

pytestmark = pytest.mark.django_db
Json = dict[str, Any]

TITLES = ["copper", "copper powder", "Lipid 100%", "a_b", "étude"]
DAYS = ["2019-01-10T10:00:00.000Z", "2020-06-01T09:00:00.500Z", "2022-02-02T02:02:02.002Z"]
OTHER_DAYS = ["2020-06-01", "2020-06-01T11:00:00.500+02:00"]
CODES = ["PaNET01188", "PaNET01189", "PaNET01124", "PaNET01162", "PaNET01207", "PaNET01012"]
BELOW = {(above, below) for above, below, _ in closure(terms())}

# --- catalogues --------------------------------------------------------------------------------
parameter = st.one_of(
    st.fixed_dictionaries(
        {
            "name": st.just("sample_temperature"),
            "value": st.integers(0, 300),
            "unit": st.sampled_from(["K", "celsius"]),
        }
    ),
    st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(0, 300)).map(
        lambda spread: {
            "name": "sample_temperature",
            "value": spread[2],
            "unit": "K",
            "minimum": spread[2] - spread[0],
            "maximum": spread[2] + spread[1],
        }
    ),
    st.fixed_dictionaries(
        {"name": st.sampled_from(["state", "phase"]), "value": st.sampled_from(["solid", "liquid"])}
    ),
)
file = st.fixed_dictionaries(
    {"name": st.sampled_from(["a.nxs", "b.log", "bone_1.h5"])},
    optional={"size": st.integers(0, 20), "path": st.just("/d")},
)
dataset = st.fixed_dictionaries(
    {
        "title": st.sampled_from(TITLES),
        "creationDate": st.sampled_from(DAYS),
        "isPublic": st.sampled_from([True, True, True, False]),
        "instrument": st.sampled_from(
            [
                {"pid": "i/1", "name": "D2B", "facility": "ILL"},
                {"pid": "i/2", "name": "LoKI", "facility": "ESS"},
            ]
        ),
        "techniques": st.lists(st.sampled_from(CODES), max_size=2, unique=True).map(
            lambda codes: [
                {"pid": IRI_PREFIX + code, "name": terms()[code].label} for code in codes
            ]
        ),
        "samples": st.lists(
            st.sampled_from([{"pid": "s/1", "name": "copper"}, {"pid": "s/2", "name": "can"}]),
            max_size=2,
            unique_by=lambda sample: sample["pid"],
        ),
        "parameters": st.lists(parameter, max_size=3),
        "files": st.lists(file, max_size=3),
    },
    optional={"size": st.integers(0, 12)},
)
catalogues = st.lists(dataset, min_size=2, max_size=5).map(
    lambda items: [{"pid": f"20.5/{place}", **item} for place, item in enumerate(items)]
)

# --- filters -----------------------------------------------------------------------------------
numbers = st.integers(-1, 13) | st.sampled_from(["5", 4.5])
words = st.sampled_from([*TITLES, "COPPER", "co%r", "_", "100%", "e", ""])


def operators(values: st.SearchStrategy[Any]) -> Any:
    one = dict.fromkeys(("eq", "neq", "gt", "gte", "lt", "lte"), values)
    many = {name: st.lists(values, max_size=3) for name in ("inq", "nin")}
    between = {"between": st.lists(values, min_size=2, max_size=2)}
    every: Json = {**one, **many, **between}
    pairs = st.sampled_from(sorted(every)).flatmap(
        lambda name: every[name].map(lambda value: {name: value})
    )
    return values | pairs | st.tuples(pairs, pairs).map(lambda two: {**two[0], **two[1]})


def wheres(leaves: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    return st.recursive(
        leaves,
        lambda inner: st.sampled_from(["and", "or"]).flatmap(
            lambda key: st.lists(inner, min_size=1, max_size=3).map(lambda parts: {key: parts})
        ),
        max_leaves=4,
    )


def leaf(field: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[Json]:
    return values.map(lambda value: {field: value})


# No `gt` on texts: their order is that of the database's language.
dataset_where = wheres(
    leaf("title", words)
    | leaf(
        "title",
        st.sampled_from(["eq", "neq"]).flatmap(lambda name: words.map(lambda word: {name: word})),
    )
    | leaf("title", st.lists(words, max_size=3).map(lambda found: {"inq": found}))
    | leaf("title", st.lists(words, max_size=3).map(lambda found: {"nin": found}))
    | leaf(
        "title",
        st.sampled_from(["like", "nlike", "ilike", "nilike"]).flatmap(
            lambda name: words.map(lambda word: {name: word})
        ),
    )
    | leaf("size", operators(numbers) | st.sampled_from([None, {"neq": None}, {"inq": [None, 5]}]))
    | leaf(
        "creationDate",
        operators(st.sampled_from([*DAYS, "2020-06-01", "2020-06-01T11:00:00.500+02:00"])),
    )
    | leaf("isPublic", st.booleans())
    | leaf("pid", operators(st.sampled_from(["20.5/0", "20.5/1", "nope"])))
    | leaf("text", words)
)
file_where = wheres(
    leaf("name", st.sampled_from(["a.nxs", {"like": "%.h5"}, {"ilike": "BONE"}, {"neq": "a.nxs"}]))
    | leaf("size", operators(numbers) | st.none())
    | leaf("text", st.sampled_from(["bone", "A.", "_"]))
    | leaf("path", st.sampled_from(["/d", None, {"neq": "/d"}]))
)
sample_where = wheres(
    leaf("name", st.sampled_from(["copper", {"nilike": "C_N"}, {"inq": ["can"]}]))
    | leaf("pid", st.sampled_from(["s/1", {"neq": "s/1"}]))
)
instrument_where = wheres(
    leaf("name", st.sampled_from(["LoKI", {"ilike": "d"}]))
    | leaf("facility", st.sampled_from(["ILL", {"nin": ["ILL"]}]))
)
technique_where = wheres(
    leaf("pid", st.sampled_from(CODES).map(lambda code: IRI_PREFIX + code))
    | leaf("name", st.sampled_from(CODES).map(lambda code: terms()[code].label))
    | leaf("pid", st.sampled_from(CODES).map(lambda code: {"neq": IRI_PREFIX + code}))
    | leaf(
        "pid",
        st.lists(st.sampled_from(CODES), max_size=2).map(
            lambda codes: {"nin": [IRI_PREFIX + code for code in codes]}
        ),
    )
)
# Halves, so that no value lies on a bound: conversion moves the last digits.
halves = st.integers(-10, 310).map(lambda number: number + 0.5)
parameter_where = st.one_of(
    st.tuples(
        st.sampled_from(["gt", "gte", "lt", "lte", "between"]),
        halves,
        halves,
        st.sampled_from(["K", "celsius", None]),
    ).map(
        lambda asked: {
            "and": [
                {"name": "sample_temperature"},
                {"value": {asked[0]: [asked[1], asked[2]] if asked[0] == "between" else asked[1]}},
                *([{"unit": asked[3]}] if asked[3] else []),
            ]
        }
    ),
    wheres(
        leaf("name", st.sampled_from(["state", "sample_temperature", {"like": "a"}]))
        | leaf("value", st.sampled_from(["solid", {"neq": "solid"}, {"ilike": "LI"}, {"gt": 100}]))
    ),
)
SCOPES = {
    "files": file_where,
    "samples": sample_where,
    "instrument": instrument_where,
    "techniques": technique_where,
    "parameters": parameter_where,
}
scoped = st.sampled_from(sorted(SCOPES)).flatmap(
    lambda relation: SCOPES[relation].map(
        lambda where: {"relation": relation, "scope": {"where": where}}
    )
)
plain = st.sampled_from(sorted(SCOPES)).map(lambda relation: {"relation": relation})
paging: Json = {
    "order": st.sampled_from(["size", "size DESC", "creationDate DESC"]),
    "limit": st.integers(0, 3),
    "skip": st.integers(0, 2),
}
filters = st.one_of(
    st.fixed_dictionaries({"where": dataset_where}, optional=paging),
    st.fixed_dictionaries({"include": st.lists(scoped, min_size=1, max_size=2)}),
    st.fixed_dictionaries(
        {"where": dataset_where, "include": st.lists(scoped | plain, min_size=1, max_size=2)},
        optional=paging,
    ),
)

# --- the naive reading -------------------------------------------------------------------------
NEGATIVES = {"neq": "eq", "nin": "inq", "nlike": "like", "nilike": "ilike"}
TEXTS = {"Dataset": ["title"], "files": ["name"]}
KELVIN = {"K": 0.0, "celsius": 273.15}


def holds(value: Any, operator: str, operand: Any) -> bool:
    if operator in NEGATIVES:
        return not holds(value, NEGATIVES[operator], operand)
    if operator == "inq":
        return any(holds(value, "eq", one) for one in operand)
    if operator == "between":
        return holds(value, "gte", operand[0]) and holds(value, "lte", operand[1])
    if value is None or operand is None:
        return operator == "eq" and value is None and operand is None
    if operator in ("like", "ilike"):
        return like(str(value), str(operand), re.IGNORECASE if operator == "ilike" else 0)
    value, operand = comparable(value, operand)
    return {
        "eq": value == operand,
        "gt": value > operand,
        "gte": value >= operand,
        "lt": value < operand,
        "lte": value <= operand,
    }[operator]


def comparable(value: Any, operand: Any) -> tuple[Any, Any]:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value), float(operand)
    if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\dT", value):
        return moment(value), moment(operand)
    return value, operand


def moment(text: str) -> Any:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def like(text: str, pattern: str, flags: int) -> bool:
    parts = {"%": ".*", "_": "."}
    regex = "".join(parts.get(one, re.escape(one)) for one in pattern)
    return re.search(regex, text, flags | re.DOTALL) is not None


def meets(item: Json, where: Json, kind: str) -> bool:
    return all(meets_one(item, key, value, kind) for key, value in where.items())


def meets_one(item: Json, key: str, value: Any, kind: str) -> bool:
    if key == "and":
        return all(meets(item, part, kind) for part in value)
    if key == "or":
        return any(meets(item, part, kind) for part in value)
    if key == "text":
        return any(like(item[name], value, re.IGNORECASE) for name in TEXTS[kind])
    conditions = value if isinstance(value, dict) else {"eq": value}
    return all(holds(item.get(key), operator, one) for operator, one in conditions.items())


def meets_parameter(item: Json, where: Json) -> bool:
    unit = next((part["unit"] for part in where.get("and", []) if "unit" in part), None)
    if unit is None:
        return all(meets_value(item, key, value) for key, value in where.items())
    if "unit" not in item:
        return False
    shift = KELVIN[item["unit"]] - KELVIN[unit]
    told = {key: item[key] + shift for key in ("value", "minimum", "maximum") if key in item}
    parts = [part for part in where["and"] if "unit" not in part]
    return all(
        meets_value({**item, **told}, key, value) for part in parts for key, value in part.items()
    )


def meets_value(item: Json, key: str, value: Any) -> bool:
    if key in ("and", "or"):
        return (all if key == "and" else any)(meets_parameter(item, part) for part in value)
    conditions = value if isinstance(value, dict) else {"eq": value}
    ends = (item["minimum"], item["maximum"]) if key == "value" and "minimum" in item else None
    return all(value_holds(item[key], ends, operator, one) for operator, one in conditions.items())


def value_holds(value: Any, ends: Any, operator: str, operand: Any) -> bool:
    """A value of another kind meets no positive condition; of a range, any value may meet it."""
    if operator in NEGATIVES:
        return not value_holds(value, ends, NEGATIVES[operator], operand)
    if operator == "inq":
        return any(value_holds(value, ends, "eq", one) for one in operand)
    if ends and not isinstance(operand, str):
        low, high = {
            "eq": lambda: (operand, operand),
            "between": lambda: operand,
            "lt": lambda: (-math.inf, operand - 0.01),
            "lte": lambda: (-math.inf, operand),
            "gt": lambda: (operand + 0.01, math.inf),
            "gte": lambda: (operand, math.inf),
        }[operator]()
        return bool(low <= high and low <= ends[1] and high >= ends[0])
    wants_text = operator in ("like", "ilike") or isinstance(operand, str)
    return isinstance(value, str) == wants_text and holds(value, operator, operand)


def has_techniques(item: Json, where: Json) -> bool:
    return all(has_technique(item, key, value) for key, value in where.items())


def has_technique(item: Json, key: str, value: Any) -> bool:
    if key in ("and", "or"):
        return (all if key == "and" else any)(has_techniques(item, part) for part in value)
    conditions = value if isinstance(value, dict) else {"eq": value}
    return all(
        bool(tagged(item, key, operator, one)) != (operator in NEGATIVES)
        for operator, one in conditions.items()
    )


def tagged(item: Json, key: str, operator: str, operand: Any) -> list[Json]:
    wanted = operand if isinstance(operand, list) else [operand]
    named = {
        term.code
        for term in terms().values()
        if (term.iri if key == "pid" else term.label) in wanted
        or (key == "name" and set(term.alt_labels) & set(wanted))
    }
    codes = {below for above, below in BELOW if above in named}
    return [one for one in item["techniques"] if one["pid"].removeprefix(IRI_PREFIX) in codes]


def related(item: Json, include: Json) -> list[Json] | None:
    """Returns the rows an include shows; None where the item has none and is left out."""
    relation, where = include["relation"], include.get("scope", {}).get("where")
    rows = item[relation] if isinstance(item[relation], list) else [item[relation]]
    if where is None:
        return rows
    if relation == "techniques":
        return rows if has_techniques(item, where) else None
    if relation == "parameters":
        return [row for row in rows if meets_parameter(row, where)] or None
    return [row for row in rows if meets(row, where, relation)] or None


def naive(items: list[Json], asked: Json) -> tuple[list[str], int]:
    """Returns the pids of the page and the number of all that are found."""
    found = [
        item
        for item in items
        if item["isPublic"]
        and meets(item, asked.get("where", {}), "Dataset")
        and all(related(item, one) is not None for one in asked.get("include", []))
    ]
    if "order" in asked:
        field, _, direction = asked["order"].partition(" ")
        known = [item for item in found if field in item]
        known.sort(key=lambda item: item[field], reverse=direction == "DESC")
        found = known if len(known) == len(found) else known + [x for x in found if field not in x]
    pids = [item["pid"] for item in found]
    skip, limit = asked.get("skip", 0), asked.get("limit", 0) or 1000
    return pids[skip : skip + limit], len(pids)


def total_size(item: Json) -> Json:
    """Returns the item as it is answered: a size that nobody states is that of the files."""
    sizes = [one["size"] for one in item["files"] if "size" in one]
    return item if "size" in item or not sizes else {**item, "size": sum(sizes)}


class Answers:
    def __init__(self, datasets: list[Json]) -> None:
        self._datasets = datasets

    def rows(self, kind: str) -> Any:
        return iter(self._datasets if kind == "datasets" else [])

    def total(self, kind: str) -> int | None:
        return None


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(items=catalogues, every=st.lists(filters, min_size=6, max_size=9))
def test_answers_are_those_of_a_naive_reading(
    client: Client, items: list[Json], every: list[Json]
) -> None:
    with transaction.atomic():
        shared = SharedRows("Elsewhere", kind="neutron")
        report = Import(Answers(items), shared, now=timezone.now()).run()
        assert (report.refused, report.remarks) == ([], [])
        stored = [total_size(item) for item in items]
        for asked in every:
            check(client, stored, asked)
        transaction.set_rollback(True)


def check(client: Client, items: list[Json], asked: Json) -> None:
    expected, total = naive(items, asked)

    response = client.get("/panosc-api/Datasets", {"filter": json.dumps(asked)})
    assert response.status_code == 200, (response.content, asked)
    found = response.json()
    assert [item["pid"] for item in found] == expected, asked
    assert response.headers["X-Total-Count"] == str(total), asked
    count = client.get("/panosc-api/Datasets/count", {"filter": json.dumps(asked)})
    assert count.json() == {"count": total}, asked
    by_pid = {item["pid"]: item for item in items}
    for item in found:
        for one in asked.get("include", []):
            alone = [each["relation"] for each in asked["include"]].count(one["relation"]) == 1
            if alone and one["relation"] != "techniques":
                shown = item[one["relation"]]
                rows = shown if isinstance(shown, list) else [shown]
                wanted = related(by_pid[item["pid"]], one) or []
                assert sorted(row["name"] for row in rows) == sorted(row["name"] for row in wanted)
