"""Included relations: outer join without a condition, inner join with one."""

import pytest
from django.test import Client

from catalogue.models import (
    Affiliation,
    PublicationAgent,
    PublicationItem,
    Sample,
)
from tests.catalogue.search.asking import ask, give, names, scoped
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
SAXS, SANS = "PaNET01188", "PaNET01189"


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
