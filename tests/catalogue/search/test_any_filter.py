"""Whatever is asked, the answer is JSON with a status that says whose fault it is: never a 500."""

import json
from datetime import UTC, datetime
from typing import Any, get_args
from urllib.parse import quote

import pytest
from django.test import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from catalogue.models import DatasetParameter, ParameterType
from catalogue.search.schema import CLASSES
from catalogue.search.tree import Operator
from tests.factories import make_datafile, make_dataset, make_publication, make_record

pytestmark = pytest.mark.django_db
ITEMS = ("Datasets", "Documents", "Instruments")
FIELDS = sorted({name for model in CLASSES.values() for name in [*model.fields, "path", "text"]})
RELATIONS = sorted({name for model in CLASSES.values() for name in model.relations})
OPERATORS = [*get_args(Operator), "near"]

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(
        ["K", "nm", "1e400", "2020-01-01", "0001-01-01T00:00:00+14:00", "\0", "%", "\\"]
    )
)
operands = scalars | st.lists(scalars, max_size=3)
conditions = st.dictionaries(
    st.sampled_from(FIELDS),
    operands | st.dictionaries(st.sampled_from(OPERATORS), operands, max_size=2),
    max_size=3,
)
wheres = st.recursive(
    conditions,
    lambda inner: st.dictionaries(st.sampled_from(["and", "or"]), st.lists(inner, max_size=3)),
    max_leaves=6,
)
includes: st.SearchStrategy[Any] = st.recursive(
    st.lists(st.sampled_from(RELATIONS), max_size=2),
    lambda inner: st.lists(
        st.fixed_dictionaries(
            {
                "relation": st.sampled_from(RELATIONS),
                "scope": st.fixed_dictionaries({}, optional={"where": wheres, "include": inner}),
            }
        ),
        max_size=2,
    ),
    max_leaves=4,
)
filters = st.fixed_dictionaries(
    {}, optional={"where": wheres, "include": includes, "limit": scalars, "skip": scalars}
)


@pytest.fixture
def _rows() -> None:
    dataset = make_dataset(title="copper", techniques=["PaNET01188"])
    make_datafile(dataset=dataset)
    kind = ParameterType.objects.create(name="K", label="K", si_unit="kelvin")
    DatasetParameter.objects.create(dataset=dataset, type=kind, number=1, unit="K", si_value=1)
    late = datetime(2020, 1, 1, tzinfo=UTC)
    DatasetParameter.objects.create(dataset=dataset, type=kind, moment=late, source="/m")
    make_record(
        publication=make_publication(investigation=dataset.investigation),
        search_document={"title": "copper", "keywords": ["a"], "startDate": "2020-01-01"},
    )


ANY = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def is_answered(client: Client, address: str) -> bool:
    response = client.get(address)
    body = json.loads(response.content)
    if response.status_code == 200:
        return True
    return response.status_code in (400, 404) and (
        body["error"]["statusCode"] == response.status_code
    )


@pytest.mark.usefixtures("_rows")
@ANY
@given(items=st.sampled_from(ITEMS), asked=filters)
@example(
    "Datasets",
    {"include": [{"relation": "parameters", "scope": {"where": {"value": 1e308, "unit": "nm"}}}]},
)
@example("Datasets", {"where": {"title": {"regexp": "(?<"}}})
@example("Datasets", {"where": {"size": 10**400}})
@example("Datasets", {"where": {"title": {"like": "\\"}}})
def test_filters_of_known_words(client: Client, items: str, asked: object) -> None:
    text = quote(json.dumps(asked))

    assert is_answered(client, f"/panosc-api/{items}?filter={text}")
    assert is_answered(client, f"/panosc-api/{items}/count?filter={text}")


@pytest.mark.usefixtures("_rows")
@ANY
@given(items=st.sampled_from(ITEMS), asked=st.text())
@example("Datasets", "[" * 5000)
@example("Datasets", '{"where":' * 500)
@example("Datasets", '{"limit":1' + "0" * 5000 + "}")
@example("Datasets", '{"where":{"title":"\\ud800"}}')
def test_any_text_as_a_filter(client: Client, items: str, asked: str) -> None:
    assert is_answered(client, f"/panosc-api/{items}?filter={quote(asked, errors='replace')}")


@pytest.mark.usefixtures("_rows")
@ANY
@given(
    items=st.sampled_from(ITEMS),
    pairs=st.dictionaries(
        st.text(alphabet="[]filterwhereandor01", max_size=30), st.text(max_size=5), max_size=3
    ),
)
@example("Datasets", {"filter[where][or][0][title]": "copper", "filter[where][or][x]": "1"})
def test_any_query_string(client: Client, items: str, pairs: dict[str, str]) -> None:
    query = "&".join(
        f"{quote(key)}={quote(value, errors='replace')}" for key, value in pairs.items()
    )

    assert is_answered(client, f"/panosc-api/{items}?{query}")


@pytest.mark.usefixtures("_rows")
@ANY
@given(items=st.sampled_from(ITEMS), pid=st.text(min_size=1))
def test_any_pid(client: Client, items: str, pid: str) -> None:
    assert is_answered(client, f"/panosc-api/{items}/{quote(pid, safe='', errors='replace')}")
