"""Included relations: outer join without a condition, inner join with one."""

import json
from typing import Any

import pytest
from django.test import Client

from catalogue.models import (
    Affiliation,
    Dataset,
    DatasetParameter,
    ParameterType,
    PublicationAgent,
    PublicationItem,
    Sample,
    Technique,
)
from catalogue.vocabulary.panet import IRI_PREFIX
from tests.factories import (
    make_datafile,
    make_dataset,
    make_investigation,
    make_member,
    make_person,
    make_publication,
    make_record,
)

pytestmark = pytest.mark.django_db


def ask(client: Client, path: str, *include: object) -> Any:
    query = {"filter": json.dumps({"include": include})}
    response = client.get(f"/panosc-api/{path}", query)
    assert response.status_code == 200, response.content
    return response.json()


def scoped(relation: str, where: object = None, *include: object) -> dict[str, Any]:
    scope = {"where": where, "include": list(include)}
    return {"relation": relation, "scope": {key: part for key, part in scope.items() if part}}


def names(items: list[dict[str, Any]], key: str = "title") -> list[str]:
    return [item[key] for item in items]


def give(dataset: Dataset, name: str, value: float | str, unit: str = "", **si: Any) -> None:
    kind, _ = ParameterType.objects.get_or_create(
        name=name, defaults={"label": name, "si_unit": si.get("si_unit", "")}
    )
    kept = {"text": value} if isinstance(value, str) else {"number": value}
    DatasetParameter.objects.create(
        dataset=dataset, type=kind, unit=unit, si_value=si.get("si_value"), **kept
    )


def at_temperature(title: str, value: float, unit: str, kelvin: float) -> Dataset:
    dataset = make_dataset(title=title)
    give(dataset, "sample_temperature", value, unit, si_value=kelvin, si_unit="kelvin")
    return dataset


def test_a_plain_include_shows_and_keeps_items_without(client: Client) -> None:
    make_datafile(dataset=make_dataset(title="a"), name="a.nxs")
    make_dataset(title="b")

    found = ask(client, "Datasets", "files", "samples", "instrument", "documents")

    assert [names(item["files"], "name") for item in found] == [["a.nxs"], []]
    assert [item["samples"] for item in found] == [[], []]
    assert found[0]["instrument"]["name"]
    assert found[0]["documents"] == []


def test_an_include_with_a_condition_filters_and_trims(client: Client) -> None:
    first = make_dataset(title="a")
    for name in ("a.nxs", "a.log"):
        make_datafile(dataset=first, name=name)
    make_datafile(dataset=make_dataset(title="b"), name="b.log")
    wanted = scoped("files", {"name": {"like": ".nxs"}})

    found = ask(client, "Datasets", wanted)

    assert names(found) == ["a"]
    assert names(found[0]["files"], "name") == ["a.nxs"]


def test_an_item_by_pid_is_trimmed_and_never_hidden(client: Client) -> None:
    dataset = make_dataset()
    make_datafile(dataset=dataset, name="a.log")

    found = ask(client, f"Datasets/{dataset.uid}", scoped("files", {"text": "nxs"}))

    assert found["files"] == []


def test_relations_to_one(client: Client) -> None:
    dataset = make_dataset(title="a")
    make_dataset(title="b", instrument=None)

    found = ask(client, "Datasets", "instrument")
    assert [item["instrument"] and item["instrument"]["name"] for item in found] == [
        dataset.instrument.name if dataset.instrument else "",
        None,
    ]

    name = found[0]["instrument"]["name"]
    assert names(ask(client, "Datasets", scoped("instrument", {"name": name}))) == ["a"]


def test_samples(client: Client) -> None:
    investigation = make_investigation()
    sample = Sample.objects.create(investigation=investigation, name="silica glass", pid="igsn:1")
    make_dataset(title="a", investigation=investigation, sample=sample)
    make_dataset(title="b", investigation=investigation, sample=sample)
    make_dataset(title="c")

    found = ask(client, "Datasets", scoped("samples", {"text": "GLASS"}))

    assert names(found) == ["a", "b"]
    assert [item["samples"] for item in found] == [[{"pid": "igsn:1", "name": "silica glass"}]] * 2


# --- techniques: a term stands for all below it, a condition is about the whole set

SAS, SAXS, SANS = "PaNET01124", "PaNET01188", "PaNET01189"


@pytest.fixture
def _techniques() -> None:
    make_dataset(title="saxs", techniques=[SAXS])
    make_dataset(title="sans", techniques=[SANS])
    make_dataset(title="both", techniques=[SAXS, SANS])
    make_dataset(title="sas", techniques=[SAS])
    make_dataset(title="none")


@pytest.mark.usefixtures("_techniques")
@pytest.mark.parametrize(
    ("where", "found"),
    [
        ({"pid": IRI_PREFIX + SAXS}, ["saxs", "both"]),
        ({"panetId": IRI_PREFIX + SAS}, ["saxs", "sans", "both", "sas"]),
        ({"name": "small angle x-ray scattering"}, ["saxs", "both"]),
        ({"name": "SANS"}, ["sans", "both"]),
        ({"pid": {"inq": [IRI_PREFIX + SAXS, IRI_PREFIX + SANS]}}, ["saxs", "sans", "both"]),
        ({"pid": {"neq": IRI_PREFIX + SAXS}}, ["sans", "sas", "none"]),
        ({"pid": {"neq": IRI_PREFIX + SAS}}, ["none"]),
        ({"pid": {"nin": [IRI_PREFIX + SAXS, IRI_PREFIX + SANS]}}, ["sas", "none"]),
        ({"and": [{"name": "SAXS"}, {"name": "SANS"}]}, ["both"]),
        ({"and": [{"name": "SAXS"}, {"name": {"neq": "SANS"}}]}, ["saxs"]),
        ({"or": [{"name": "SAXS"}, {"name": "SANS"}]}, ["saxs", "sans", "both"]),
        ({"name": "nonsense"}, []),
    ],
)
def test_techniques(client: Client, where: object, found: list[str]) -> None:
    assert names(ask(client, "Datasets", scoped("techniques", where))) == found


@pytest.mark.usefixtures("_techniques")
def test_the_techniques_shown_are_those_asked_for(client: Client) -> None:
    def shown(where: object) -> list[list[str]]:
        found = ask(client, "Datasets", scoped("techniques", where))
        return [names(item["techniques"], "pid") for item in found if item["title"] == "both"]

    both = [IRI_PREFIX + SAXS, IRI_PREFIX + SANS]
    assert shown({"name": "SAXS"}) == [both[:1]]
    assert shown({"and": [{"name": "SAXS"}, {"name": "SANS"}]}) == [both]
    assert shown({"name": {"neq": "nonsense"}}) == [both]


def test_every_term_is_below_itself() -> None:
    assert not Technique.objects.filter(above=None).exists()


# --- parameters: one row, numbers in SI


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
        ({"lt": 1}, "m", []),
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
        ({"value": 1, "unit": {"inq": ["K"]}}, "not supported yet"),
        ({"value": 1, "or": [{"unit": "K"}]}, "not supported yet"),
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


# --- documents


def test_an_experiment_has_all_its_datasets_and_a_selection_its_items(client: Client) -> None:
    investigation = make_investigation()
    chosen, other = (make_dataset(title=t, investigation=investigation) for t in ("a", "b"))
    make_record(publication=make_publication(investigation=investigation, title="whole"))
    selection = make_publication(investigation=investigation, kind="selection", title="part")
    PublicationItem.objects.create(publication=selection, dataset=chosen)
    make_record(publication=selection)

    documents = ask(client, "Documents", "datasets")
    assert {item["title"]: names(item["datasets"]) for item in documents} == {
        "whole": ["a", "b"],
        "part": ["a"],
    }
    assert names(ask(client, "Documents", scoped("datasets", {"title": "b"}))) == ["whole"]
    assert names(ask(client, f"Datasets/{chosen.uid}", "documents")["documents"]) == [
        "whole",
        "part",
    ]
    assert names(ask(client, f"Datasets/{other.uid}", "documents")["documents"]) == ["whole"]
    of_part = scoped("documents", {"title": "part"})
    assert names(ask(client, "Datasets", of_part)) == ["a"]


def test_members_with_their_roles_names_and_places(client: Client) -> None:
    publication = make_publication()
    Affiliation.objects.create(name="ILL", city="Grenoble", country="France")
    ada = make_person(full_name="Ada Lovelace")
    make_member(publication.investigation, person=ada, role="principal investigator")
    for order, (name, kind) in enumerate(
        [
            ("Ada Lovelace", ""),
            ("Bo Bohr", ""),
            ("Cy Local", "DataCollector"),
            ("ILL", "HostingInstitution"),
        ]
    ):
        PublicationAgent.objects.create(
            publication=publication,
            order=order,
            name=name,
            contributor_type=kind,
            affiliation="ILL" if order == 0 else "",
            orcid="0000-0002-1825-0097" if order == 0 else "",
        )
    make_record(publication=publication, title="a")
    make_record()

    (document,) = ask(
        client, "Documents", scoped("members", {"role": {"neq": "x"}}, "person", "affiliation")
    )

    assert [(item["role"], item["person"]["fullName"]) for item in document["members"]] == [
        ("principal investigator", "Ada Lovelace"),
        ("member", "Bo Bohr"),
        ("local contact", "Cy Local"),
    ]
    assert document["members"][0]["person"]["orcid"] == "0000-0002-1825-0097"
    place = document["members"][0]["affiliation"]
    assert (place["name"], place["city"], place["country"]) == ("ILL", "Grenoble", "France")
    assert document["members"][1]["affiliation"] is None


def test_a_nested_condition_filters_every_level(client: Client) -> None:
    investigation = make_investigation()
    make_dataset(title="x-ray", investigation=investigation, techniques=[SAXS])
    make_dataset(title="neutron", investigation=investigation, techniques=[SANS])
    make_record(publication=make_publication(investigation=investigation, title="a"))
    make_record(title="b")
    nested = scoped("datasets", None, scoped("techniques", {"name": "SAXS"}))

    found = ask(client, "Documents", nested)

    assert names(found) == ["a"]
    assert names(found[0]["datasets"]) == ["x-ray"]


def test_two_nested_conditions_are_met_by_one_dataset(client: Client) -> None:
    investigation = make_investigation()
    for value, state in ((20.0, "liquid"), (300.0, "solid")):
        dataset = make_dataset(investigation=investigation)
        give(dataset, "temperature", value, "K", si_value=value, si_unit="kelvin")
        give(dataset, "state", state)
    make_record(publication=make_publication(investigation=investigation))
    cold = scoped("parameters", {"and": [{"name": "temperature"}, {"value": {"lt": "50"}}]})

    def found(state: str) -> int:
        wanted = scoped("parameters", {"and": [{"name": "state"}, {"value": state}]})
        return len(ask(client, "Documents", scoped("datasets", None, cold, wanted)))

    assert (found("liquid"), found("solid")) == (1, 0)


def test_datasets_of_instruments(client: Client) -> None:
    dataset = make_dataset(title="a", techniques=[SAXS])
    make_dataset(title="b")

    everything = ask(client, "Instruments", "datasets")
    (found,) = ask(
        client, "Instruments", scoped("datasets", None, scoped("techniques", {"name": "SAXS"}))
    )

    assert [names(item["datasets"]) for item in everything] == [["a"], ["b"]]
    assert dataset.instrument is not None
    assert found["name"] == dataset.instrument.name


def test_too_many_related_rows_are_refused(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalogue.search.fetch.MOST_RELATED", 2)
    dataset = make_dataset()
    for _ in range(3):
        make_datafile(dataset=dataset)

    response = client.get("/panosc-api/Datasets", {"filter": '{"include": ["files"]}'})

    assert response.status_code == 400
    assert "filter.include[0]" in response.json()["error"]["message"]
