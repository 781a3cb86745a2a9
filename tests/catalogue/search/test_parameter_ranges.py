"""Parameters that varied: conditions on their range, and what is told of them."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from tests.catalogue.search.asking import ask, give, names, scoped
from tests.factories import make_dataset

pytestmark = pytest.mark.django_db


@pytest.fixture
def _catalogue() -> None:
    """Three datasets: at 20 K, at 10 to 30 K (20 K most of the time), and at 80 K without range."""
    kelvin: Any = {"unit": "K", "si_unit": "kelvin"}
    give(make_dataset(title="20"), "sample_temperature", 20, si_value=20, **kelvin)
    give(
        make_dataset(title="10 to 30"),
        "sample_temperature",
        20,
        si_value=20,
        number_min=10,
        number_max=30,
        error=0.5,
        si_min=10,
        si_max=30,
        si_error=0.5,
        **kelvin,
    )
    give(make_dataset(title="80"), "sample_temperature", 80, si_value=80, **kelvin)


@pytest.mark.usefixtures("_catalogue")
@pytest.mark.parametrize("unit", ["K", ""], ids=["in kelvin", "without a unit"])
@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ({"eq": 20}, ["20", "10 to 30"]),
        ({"eq": 12}, ["10 to 30"]),
        ({"eq": 30}, ["10 to 30"]),
        ({"eq": 31}, []),
        ({"neq": 12}, ["20", "80"]),
        ({"gt": 29}, ["10 to 30", "80"]),
        ({"gt": 30}, ["80"]),
        ({"gte": 30}, ["10 to 30", "80"]),
        ({"lt": 10}, []),
        ({"lte": 10}, ["10 to 30"]),
        ({"lt": 15}, ["10 to 30"]),
        ({"between": [25, 60]}, ["10 to 30"]),
        ({"between": [1, 12]}, ["10 to 30"]),
        ({"between": [12, 13]}, ["10 to 30"]),
        ({"between": [0, 90]}, ["20", "10 to 30", "80"]),
        ({"between": [31, 79]}, []),
        ({"between": [25, 12]}, []),
        ({"inq": [12, 80]}, ["10 to 30", "80"]),
        ({"nin": [12, 80]}, ["20"]),
        ({"gt": 12, "lt": 13}, ["10 to 30"]),
        ({"eq": "12"}, ["10 to 30"]),
    ],
    ids=str,
)
def test_a_condition_holds_for_any_value_of_a_range(
    client: Client, condition: object, found: list[str], unit: str
) -> None:
    asked_unit = [{"unit": unit}] if unit else []
    where = {"and": [{"name": "sample_temperature"}, {"value": condition}, *asked_unit]}

    assert names(ask(client, "Datasets", scoped("parameters", where))) == found


@pytest.mark.usefixtures("_catalogue")
def test_range_and_error_come_back_in_the_unit_asked_for(client: Client) -> None:
    where = {"and": [{"name": "sample_temperature"}, {"value": -260}, {"unit": "celsius"}]}

    (item,) = ask(client, "Datasets", scoped("parameters", where))

    assert item["parameters"] == [
        {
            "name": "sample_temperature",
            "value": -253.15,
            "unit": "celsius",
            "minimum": -263.15,
            "maximum": -243.15,
            "error": 0.5,
        }
    ]


@pytest.mark.usefixtures("_catalogue")
def test_an_error_in_fahrenheit_is_scaled(client: Client) -> None:
    where = {"and": [{"name": "sample_temperature"}, {"value": -430}, {"unit": "fahrenheit"}]}

    (item,) = ask(client, "Datasets", scoped("parameters", where))

    assert item["parameters"][0]["error"] == pytest.approx(0.9)


@pytest.mark.usefixtures("_catalogue")
def test_range_and_error_are_told_without_a_condition(client: Client) -> None:
    told = [item["parameters"][0] for item in ask(client, "Datasets", "parameters")]

    plain = {"name": "sample_temperature", "value": 20, "unit": "K"}
    assert told[0] == plain
    assert told[1] == plain | {"minimum": 10, "maximum": 30, "error": 0.5}


@pytest.mark.parametrize(
    "columns",
    [
        {"number_min": 30, "number_max": 10},
        {"number_min": 10},
        {"number_max": 10},
        {"si_value": 20, "si_min": 10, "si_max": 9},
        {"si_min": 10, "si_max": 30},
        {"error": -1},
        {"si_error": 1},
    ],
    ids=str,
)
def test_the_database_takes_no_half_or_reversed_range(columns: dict[str, float]) -> None:
    dataset = make_dataset()

    with pytest.raises(IntegrityError), transaction.atomic():
        give(dataset, "sample_temperature", 20, "K", **columns)
