"""What the operators of a condition find among rows."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from catalogue.models import InvestigationParameter, ParameterType
from tests.factories import make_datafile, make_dataset, make_publication, make_record

pytestmark = pytest.mark.django_db


def titles(client: Client, where: object, items: str = "Datasets") -> list[str]:
    query = {"filter": json.dumps({"where": where})}
    response = client.get(f"/panosc-api/{items}", query)
    assert response.status_code == 200, response.content
    return [item["title"] for item in response.json()]


@pytest.fixture
def _titled() -> None:
    for title in ("Copper powder 20 K", "copper POWDER", "Étude 100%", r"a\b_c"):
        make_dataset(title=title)


@pytest.mark.usefixtures("_titled")
@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ({"eq": "copper POWDER"}, [1]),
        ({"neq": "copper POWDER"}, [0, 2, 3]),
        ({"inq": ["Étude 100%", "nope"]}, [2]),
        ({"inq": []}, []),
        ({"nin": []}, [0, 1, 2, 3]),
        ({"nin": ["Étude 100%"]}, [0, 1, 3]),
        ({"like": "powder"}, [0]),
        ({"like": "%powder%"}, [0]),
        ({"like": "C%K"}, [0]),
        ({"nlike": "powder"}, [1, 2, 3]),
        ({"ilike": "POWDER"}, [0, 1]),
        ({"ilike": "étude"}, [2]),
        ({"nilike": "powder"}, [2, 3]),
        ({"like": "2_ K"}, [0]),
        ({"like": "\\"}, [3]),
        ({"like": "a\\b"}, [3]),
        ({"like": "("}, []),
        ({"regexp": "^Copper.*K$"}, [0]),
        ({"regexp": "/powder$/i"}, [1]),
        ({"regexp": "/powder/"}, [0]),
        ({"gt": "copper", "lt": "d"}, [1]),
        (None, []),
        ({"neq": None}, [0, 1, 2, 3]),
        ("x'; DROP TABLE catalogue_dataset;--", []),
    ],
)
def test_strings(client: Client, condition: object, found: list[int]) -> None:
    every = ["Copper powder 20 K", "copper POWDER", "Étude 100%", r"a\b_c"]

    assert titles(client, {"title": condition}) == [every[index] for index in found]


@pytest.fixture
def _sized() -> None:
    for title, size in (("none", None), ("zero", 0), ("ten", 10), ("5 GB", 5_000_000_000)):
        make_dataset(title=title, size_bytes=size)


@pytest.mark.usefixtures("_sized")
@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (0, ["zero"]),
        ("10", ["ten"]),
        ({"gt": 9.5}, ["ten", "5 GB"]),
        ({"gte": 10, "lt": 11}, ["ten"]),
        ({"lt": 10}, ["zero"]),
        ({"lte": 10}, ["zero", "ten"]),
        ({"between": [0, 10]}, ["zero", "ten"]),
        ({"between": [10, 0]}, []),
        ({"neq": 10}, ["none", "zero", "5 GB"]),
        ({"nin": [0, 10]}, ["none", "5 GB"]),
        (None, ["none"]),
        ({"neq": None}, ["zero", "ten", "5 GB"]),
        ({"inq": [None, 0]}, ["none", "zero"]),
        ({"nin": [None, 0]}, ["ten", "5 GB"]),
        (10**30, []),
        ({"lt": 1e300}, ["zero", "ten", "5 GB"]),
    ],
)
def test_numbers_and_an_unknown_size(client: Client, condition: object, found: list[str]) -> None:
    assert titles(client, {"size": condition}) == found


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ({"gt": "2020-06-01T11:00:00+02:00"}, ["b", "c"]),
        ({"gte": "2020-06-01T09:00:00Z", "lt": "2020-06-02"}, ["a", "b"]),
        ({"between": ["2020-06-02", "2020-06-03"]}, ["c"]),
        ({"inq": ["2020-06-02T00:00:00.000Z"]}, ["c"]),
        ("2020-06-01T09:00:00Z", ["a"]),
    ],
)
def test_dates(client: Client, condition: object, found: list[str]) -> None:
    make_dataset(title="a", start=datetime(2020, 6, 1, 9, tzinfo=UTC))
    make_dataset(title="b", start=datetime(2020, 6, 1, 10, 30, tzinfo=UTC))
    make_dataset(title="c", start=datetime(2020, 6, 2, tzinfo=UTC))

    assert titles(client, {"creationDate": condition}) == found


def test_pids(client: Client) -> None:
    first, second = make_dataset(title="a"), make_dataset(title="b")
    uid = str(first.uid)

    assert titles(client, {"pid": uid}) == ["a"]
    assert titles(client, {"pid": {"inq": [uid, "nope"]}}) == ["a"]
    assert titles(client, {"pid": {"nin": [uid, "nope"]}}) == ["b"]
    assert titles(client, {"pid": {"like": uid[:20]}}) == ["a"]
    # A UUID has one spelling as a pid.
    assert titles(client, {"pid": uid.upper().replace("-", "")}) == []
    assert titles(client, {"pid": {"neq": str(second.uid)}}) == ["a"]


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ({"isPublic": True}, ["a", "b", "c"]),
        ({"isPublic": "false"}, []),
        ({"or": [{"title": "a"}, {"title": "c"}]}, ["a", "c"]),
        ({"and": [{"or": [{"title": "a"}, {"title": "b"}]}, {"title": {"gt": "a"}}]}, ["b"]),
        ({"and": []}, ["a", "b", "c"]),
        ({"text": "B"}, ["b"]),
        ({"text": "b", "title": {"neq": "b"}}, []),
        ({"or": [{"text": "a"}, {}]}, ["a", "b", "c"]),
    ],
)
def test_conditions_together(client: Client, where: object, found: list[str]) -> None:
    for title in "abc":
        make_dataset(title=title)

    assert titles(client, where) == found


DOCUMENT = {
    "type": "publication",
    "title": "Copper oxides",
    "summary": "Powder diffraction.",
    "startDate": "2019-01-10T00:00:00.000Z",
    "license": "CC-BY-4.0",
    "keywords": ["copper", "neutron"],
}


@pytest.mark.parametrize(
    "where",
    [
        {"type": "publication"},
        {"text": "copper"},
        {"text": "DIFFRACTION"},
        {"startDate": {"lt": "2019-01-11"}},
        {"endDate": None},
        {"license": {"inq": ["CC-BY-4.0"]}},
        {"keywords": "copper"},
        {"keywords": {"inq": ["x", "neutron"]}},
        {"keywords": {"neq": "x"}},
    ],
)
def test_documents_are_found_by_what_they_say(client: Client, where: dict[str, Any]) -> None:
    make_record(search_document=DOCUMENT)
    make_record(search_document={"title": "Other", "type": "proposal", "endDate": "2020-01-01"})

    found = titles(client, where, "Documents")

    assert "Copper oxides" in found
    assert len(found) == (2 if "neq" in str(where) else 1)


def test_documents_are_found_by_doi_in_any_case(client: Client) -> None:
    record = make_record(publication=make_publication(doi="10.5072/AbC"), search_document=DOCUMENT)
    make_record()

    assert titles(client, {"pid": "10.5072/aBc"}, "Documents") == ["Copper oxides"]
    assert titles(client, {"pid": {"neq": record.publication.doi}}, "Documents") != [
        "Copper oxides"
    ]


def test_files_are_asked_for_the_path_that_is_public_and_for_no_other(client: Client) -> None:
    dataset = make_datafile(path="/secret/a.nxs").dataset
    make_datafile(path="/secret/b.nxs", public_path="/told", dataset=dataset)

    for condition, count in (("/secret", 0), ("/told", 1)):
        query = {"where": json.dumps({"path": {"like": condition}})}
        response = client.get(f"/panosc-api/Datasets/{dataset.uid}/files/count", query)
        assert response.json() == {"count": count}


def test_parameter_types_are_shared_with_investigations(client: Client) -> None:
    record = make_record(search_document=DOCUMENT)
    kind = ParameterType.objects.create(name="wavelength", label="Wavelength", si_unit="meter")
    InvestigationParameter.objects.create(
        investigation=record.publication.investigation,
        type=kind,
        number=159.4,
        unit="pm",
        si_value=159.4e-12,
    )
    where = {"and": [{"name": "wavelength"}, {"value": {"gte": 0.1}}, {"unit": "nm"}]}
    include = [{"relation": "parameters", "scope": {"where": where}}]

    (found,) = client.get(
        "/panosc-api/Documents", {"filter": json.dumps({"include": include})}
    ).json()

    assert found["parameters"] == [{"name": "wavelength", "value": 0.1594, "unit": "nm"}]
