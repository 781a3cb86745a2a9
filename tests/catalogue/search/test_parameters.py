"""Conditions on parameters: name, value and unit of one row, numbers compared in SI."""

import json

import pytest
from django.test import Client

from catalogue.models import Dataset
from tests.catalogue.search.asking import ask, give, names, scoped
from tests.factories import make_dataset

pytestmark = pytest.mark.django_db


def at_temperature(title: str, value: float, unit: str, kelvin: float) -> Dataset:
    dataset = make_dataset(title=title)
    give(dataset, "sample_temperature", value, unit, si_value=kelvin, si_unit="kelvin")
    return dataset


@pytest.mark.parametrize(
    ("condition", "unit", "found"),
    [
        ({"lt": 80}, "K", ["cold"]),
        ({"lte": 80}, "K", ["cold", "nitrogen"]),
        ({"gt": 80}, "K", ["room"]),
        ({"gte": "80"}, "kelvin", ["nitrogen", "room"]),
        ({"between": [20, 30]}, "celsius", ["room"]),
        ({"eq": 25}, "degC", ["room"]),
        ({"neq": 25}, "degC", ["cold", "nitrogen"]),
        ({"inq": [20, 80]}, "K", ["cold", "nitrogen"]),
        ({"nin": [20, 80]}, "K", ["room"]),
        ({"gt": 20}, "C", ["room"]),
    ],
)
def test_numbers_are_compared_in_si(
    client: Client, condition: object, unit: str, found: list[str]
) -> None:
    at_temperature("cold", 20, "K", 20.0)
    at_temperature("nitrogen", 80, "K", 80.0)
    at_temperature("room", 25, "celsius", 298.15)
    where = {"and": [{"name": "sample_temperature"}, {"value": condition}, {"unit": unit}]}

    items = ask(client, "Datasets", scoped("parameters", where))

    assert names(items) == found
    assert all(item["parameters"][0]["unit"] in (unit, "K", "celsius") for item in items)


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ({"value": 20, "or": [{"unit": "K"}, {"unit": "celsius"}]}, ["cold"]),
        ({"value": 25, "or": [{"unit": "K"}, {"unit": "celsius"}]}, ["room"]),
        ({"or": [{"unit": "K"}, {"unit": "m"}]}, ["cold", "room"]),
        ({"unit": {"inq": ["K", "m"]}}, ["cold"]),
        ({"unit": {"neq": "K"}}, ["room"]),
    ],
)
def test_a_choice_of_units(client: Client, condition: object, found: list[str]) -> None:
    at_temperature("cold", 20, "K", 20.0)
    at_temperature("room", 25, "celsius", 298.15)

    assert names(ask(client, "Datasets", scoped("parameters", condition))) == found


def test_values_come_back_in_the_unit_asked_for(client: Client) -> None:
    at_temperature("room", 25, "celsius", 298.15)
    where = {"and": [{"name": "sample_temperature"}, {"value": {"gt": 0}}, {"unit": "K"}]}

    (item,) = ask(client, "Datasets", scoped("parameters", where))

    assert item["parameters"] == [{"name": "sample_temperature", "value": 298.15, "unit": "K"}]


def test_name_value_and_unit_are_those_of_one_row(client: Client) -> None:
    dataset = at_temperature("a", 20, "K", 20.0)
    give(dataset, "sample_pressure", 300.0, "Pa", si_value=300.0, si_unit="pascal")
    hot = {"and": [{"name": "sample_temperature"}, {"value": {"gt": 100}}]}

    assert ask(client, "Datasets", scoped("parameters", hot)) == []


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ({"and": [{"name": "state"}, {"value": "solid"}]}, ["a"]),
        ({"and": [{"name": "state"}, {"value": {"neq": "solid"}}]}, ["b"]),
        ({"and": [{"name": "state"}, {"value": {"ilike": "LI"}}]}, ["a", "b"]),
        ({"and": [{"name": "state"}, {"value": "solid"}, {"unit": ""}]}, ["a"]),
        ({"name": "state", "value": {"inq": ["liquid", "solid"]}}, ["a", "b"]),
        (
            {"or": [{"and": [{"name": "state"}, {"value": "solid"}]}, {"value": "liquid"}]},
            ["a", "b"],
        ),
    ],
)
def test_strings(client: Client, where: object, found: list[str]) -> None:
    give(make_dataset(title="a"), "state", "solid")
    give(make_dataset(title="b"), "state", "liquid")

    assert names(ask(client, "Datasets", scoped("parameters", where))) == found


def test_a_relation_asked_for_twice_is_met_twice(client: Client) -> None:
    both = at_temperature("both", 20, "K", 20.0)
    give(both, "state", "solid")
    at_temperature("cold", 20, "K", 20.0)
    cold = {"and": [{"name": "sample_temperature"}, {"value": {"lt": 50}}, {"unit": "K"}]}
    solid = {"and": [{"name": "state"}, {"value": "solid"}]}

    (item,) = ask(client, "Datasets", scoped("parameters", cold), scoped("parameters", solid))

    assert item["title"] == "both"
    assert sorted(names(item["parameters"], "name")) == ["sample_temperature", "state"]


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ({"and": [{"value": 1}, {"unit": "parsnip"}]}, "unknown unit"),
        ({"and": [{"value": 1}, {"unit": "K"}, {"unit": "m"}]}, "one unit"),
        ({"name": "sample_temperature", "value": 1, "unit": "nm"}, "told in K, celsius"),
        ({"and": [{"or": [{"unit": "K"}] * 5}, {"or": [{"unit": "m"}] * 5}]}, "20 units"),
        ({"value": None}, "always has a value"),
        ({"text": "copper"}, "no text"),
    ],
)
def test_what_cannot_be_compared_is_refused(client: Client, where: object, message: str) -> None:
    at_temperature("a", 20, "K", 20.0)
    query = {"filter": json.dumps({"include": [scoped("parameters", where)]})}

    response = client.get("/panosc-api/Datasets", query)

    assert response.status_code == 400
    assert message in response.json()["error"]["message"]
