"""What is answered beside the protocol: vocabularies, facets, links to pages, the description."""

import json
import re
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from catalogue.models import Technique
from catalogue.search.links import page_links
from catalogue.search.schema import CLASSES
from catalogue.vocabulary.panet import IRI_PREFIX
from tests.catalogue.search.asking import give
from tests.factories import (
    make_dataset,
    make_embargoed_investigation,
    make_facility,
    make_instrument,
    make_publication,
    make_record,
)

pytestmark = pytest.mark.django_db
API = "/panosc-api"


def get(client: Client, address: str, **query: Any) -> Any:
    response = client.get(f"{API}/{address}", query)
    assert response.status_code == 200, response.content
    return response.json()


class TestTechniques:
    def test_all_of_panet_by_default(self, client: Client) -> None:
        found = {one["pid"]: one for one in get(client, "techniques")}

        saxs = found[f"{IRI_PREFIX}PaNET01188"]
        assert len(found) == 516
        assert saxs["alternativeNames"] == ["SAXS"]
        assert f"{IRI_PREFIX}PaNET01124" in saxs["broader"]
        assert not saxs["inUse"]

    def test_words_look_in_alternative_names_too(self, client: Client) -> None:
        names = [one["name"] for one in get(client, "techniques", query="saxs")]

        assert "small angle x-ray scattering" in names

    def test_what_public_data_have_and_what_is_above_it(self, client: Client) -> None:
        own = Technique.objects.create(code="own-1", pid="t/1", label="home-made")
        hidden = Technique.objects.create(code="own-2", pid="t/2", label="secret-made")
        make_dataset(techniques=["PaNET01188"]).techniques.add(own)
        closed = make_dataset(
            investigation=make_embargoed_investigation(), techniques=["PaNET01200"]
        )
        closed.techniques.add(hidden)

        used = {one["pid"] for one in get(client, "techniques", used="true")}

        assert {f"{IRI_PREFIX}PaNET01188", f"{IRI_PREFIX}PaNET01124"} <= used
        assert f"{IRI_PREFIX}PaNET01200" not in used
        assert "t/2" not in {one["pid"] for one in get(client, "techniques")}


def test_names_of_parameters(client: Client) -> None:
    give(make_dataset(), "sample_temperature", 1.0, "K", si_unit="kelvin", si_value=1.0)
    give(make_dataset(), "voxel_size", 1.0)
    give(make_dataset(investigation=make_embargoed_investigation()), "secret_size", 1.0)

    names = {one["name"]: one for one in get(client, "parameters")}

    assert names["sample_temperature"]["units"][:2] == ["K", "celsius"]
    assert (names["incident_wavelength"]["inUse"], names["voxel_size"]["inUse"]) == (False, True)
    assert "secret_size" not in names
    used = [one["name"] for one in get(client, "parameters", used="true", query="size")]
    assert used == ["voxel_size"]


def test_facilities_with_something_public(client: Client) -> None:
    make_instrument(facility=make_facility(name="Open"))
    closed = make_facility(name="Closed")
    make_instrument(facility=closed, is_placeholder=True)

    assert [one["name"] for one in get(client, "facilities")] == ["Open"]


class TestFacets:
    def test_of_the_datasets_that_a_filter_finds(
        self, client: Client, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        instrument = make_instrument(name="LoKI")
        for number in range(3):
            dataset = make_dataset(
                title=f"copper {number}", instrument=instrument, techniques=["PaNET01188"]
            )
            give(dataset, "n", number)
        make_dataset(title="tin")
        make_dataset(title="copper", investigation=make_embargoed_investigation())
        asked = json.dumps({"where": {"title": {"like": "copper"}}})

        # Savepoint and release, limits, the total, and one for each facet.
        with django_assert_num_queries(9):
            found = get(client, "facets", filter=asked)

        assert found["total"] == 3
        assert found["facets"]["instrument"] == [{"value": "LoKI", "count": 3}]
        assert found["facets"]["technique"] == [
            {
                "value": f"{IRI_PREFIX}PaNET01188",
                "label": "small angle x-ray scattering",
                "count": 3,
            }
        ]
        assert found["facets"]["year"] == [{"value": "2019", "count": 3}]
        assert found["facets"]["parameter"] == [{"value": "n", "count": 3}]

    def test_of_many_items_are_those_of_few(
        self, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for number in range(3):
            give(make_dataset(title=f"copper {number}"), "n", number)
        asked = json.dumps({"where": {"title": {"neq": "copper 2"}}})
        few = get(client, "facets", filter=asked)
        monkeypatch.setattr("catalogue.search.facets.MOST_AT_ONCE", 1)

        assert few["total"] == 2
        assert get(client, "facets", filter=asked) == few

    def test_with_query_and_relation(self, client: Client) -> None:
        give(make_dataset(title="copper"), "n", 1)
        make_dataset(title="copper")
        asked = {"query": "copper", "include": [{"relation": "parameters", "scope": {"where": {}}}]}

        assert get(client, "facets", filter=json.dumps(asked))["total"] == 1

    def test_of_documents_and_instruments(self, client: Client) -> None:
        make_record(
            publication=make_publication(),
            search_document={"license": "CC0-1.0", "releaseDate": "2021-05-01T00:00:00.000Z"},
        )

        documents = get(client, "facets", **{"class": "documents"})["facets"]
        assert documents["license"] == [{"value": "CC0-1.0", "count": 1}]
        assert documents["year"] == [{"value": "2021", "count": 1}]
        assert get(client, "facets", **{"class": "Instruments"})["total"] == 1

    def test_of_anything_else_there_are_none(self, client: Client) -> None:
        response = client.get(f"{API}/facets", {"class": "Files"})

        assert response.status_code == 400
        assert "Datasets" in response.json()["error"]["message"]


@pytest.mark.parametrize("address", ["techniques", "parameters", "facilities", "openapi.json"])
def test_unknown_parameters_are_refused(client: Client, address: str) -> None:
    response = client.get(f"{API}/{address}", {"filter": "{}"})

    assert response.status_code == 400


@pytest.mark.parametrize("address", ["Techniques", "Parameters", "Persons", "Affiliations"])
def test_classes_without_an_address_stay_without(client: Client, address: str) -> None:
    assert client.get(f"{API}/{address}").status_code == 404


class TestLinks:
    @pytest.mark.parametrize(
        ("skip", "total", "relations"),
        [
            (0, 2, []),
            (0, 0, []),
            (0, 5, ["first", "next", "last"]),
            (2, 5, ["first", "prev", "next", "last"]),
            (4, 5, ["first", "prev", "last"]),
        ],
    )
    def test_relations(self, skip: int, total: int, relations: list[str]) -> None:
        header = page_links({"where": {}}, skip=skip, limit=2, total=total)

        assert re.findall(r'rel="(\w+)"', header) == relations

    def test_next_leads_through_all_pages(self, client: Client) -> None:
        for number in range(5):
            make_dataset(title=f"copper {number}")
        make_dataset(title="tin")
        address = "?filter[where][title][like]=copper&filter[limit]=2"
        seen: list[str] = []

        while address:
            response = client.get(f"{API}/Datasets{address}")
            seen += [item["title"] for item in response.json()]
            following = re.search(r'<([^>]*)>; rel="next"', response.headers.get("Link", ""))
            address = following[1] if following else ""

        assert seen == [f"copper {number}" for number in range(5)]


class TestDescription:
    def test_every_reference_leads_somewhere(self, client: Client) -> None:
        text = client.get(f"{API}/openapi.json").content.decode()
        document = json.loads(text)

        for kind, name in re.findall(r'"#/components/(\w+)/(\w+)"', text):
            assert name in document["components"][kind]

    def test_every_class_is_there(self, client: Client) -> None:
        schemas = get(client, "openapi.json")["components"]["schemas"]

        for name, one in CLASSES.items():
            beside = {"minimum", "maximum", "error"} if name == "Parameter" else set()
            told = {*one.fields, *one.relations, *beside}
            assert told == schemas[name]["properties"].keys()

    def test_every_example_is_answered(self, client: Client) -> None:
        paths = get(client, "openapi.json")["paths"]
        asked = 0
        for path, operation in paths.items():
            for parameter in operation["get"]["parameters"]:
                media = parameter.get("content", {}).get("application/json", {})
                for example in media.get("examples", {}).values():
                    if "{" not in path:
                        query = {parameter["name"]: json.dumps(example["value"])}
                        assert client.get(f"{API}{path}", query).status_code == 200, query
                        asked += 1
        assert asked > 8

    def test_the_page_shows_every_operation(self, client: Client) -> None:
        page = client.get(f"{API}/explorer").content.decode()

        for path in get(client, "openapi.json")["paths"]:
            assert f"GET {path}</code>" in page
        assert "&lt;code&gt;" not in page
