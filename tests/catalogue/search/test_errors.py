"""Errors of the search API: their status, their envelope, and what they name."""

import json

import pytest
from django.test import Client

from tests.factories import make_dataset

pytestmark = pytest.mark.django_db
API = "/panosc-api"


@pytest.mark.parametrize(
    ("path", "model"),
    [
        ("Datasets/nope", "Dataset"),
        ("Datasets/nope/files", "Dataset"),
        ("Datasets/nope/files/count", "Dataset"),
        ("Documents/10.5072/nope", "Document"),
        ("Instruments/a%00b", "Instrument"),
        ("Instruments/%FF", "Instrument"),
    ],
)
def test_an_unknown_item(client: Client, path: str, model: str) -> None:
    response = client.get(f"{API}/{path}")

    assert response.status_code == 404
    error = response.json()["error"]
    assert (error["statusCode"], error["name"]) == (404, "Error")
    assert error["code"] == "MODEL_NOT_FOUND"
    assert error["message"].startswith(f'Unknown "{model}" id ')


@pytest.mark.parametrize("path", ["/Files", "/Members/1", "/Datasets/../x/y"])
def test_other_addresses_are_unknown(client: Client, path: str) -> None:
    response = client.get(f"{API}{path}")

    assert response.status_code == 404
    assert response.json()["error"]["statusCode"] == 404


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("filter={", "Value is not an object."),
        ('filter={"where":{"colour":1}}', "filter.where.colour"),
        ('filter={"where":{"title":{"lik":1}}}', "filter.where.title.lik"),
        ('filter={"include":[{"relation":"nonsense"}]}', "filter.include[0].relation"),
        ('filter={"where":{"creationDate":"not a date"}}', "filter.where.creationDate"),
        ('filter={"where":{"title":{"regexp":"("}}}', "regular expression"),
        ('filter={"order":"colour"}', "cannot be ordered by colour"),
        ("limit=3", "limit: unknown parameter"),
    ],
)
def test_a_bad_request_names_what_is_wrong(client: Client, query: str, message: str) -> None:
    make_dataset()

    response = client.get(f"{API}/Datasets?{query}")

    assert response.status_code == 400
    error = response.json()["error"]
    assert error["statusCode"] == 400
    assert message in error["message"]
    assert error["code"]


def test_a_filter_that_takes_too_long_is_refused(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_dataset(title="a" * 900)
    monkeypatch.setattr("catalogue.search.views.TIMEOUT_MS", 1)
    slow = {"or": [{"title": {"regexp": f"(.*)(.*)(.*)(.*)\\1\\2\\3{n}"}} for n in range(50)]}

    response = client.get(f"{API}/Datasets", {"filter": json.dumps({"where": slow})})

    assert response.status_code == 400
    assert response.json()["error"]["code"] == "TOO_EXPENSIVE"


@pytest.mark.parametrize("path", ["", "/", "/Datasets", "/facets"])
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_it_is_read_only(method: str, path: str) -> None:
    stranger = Client(enforce_csrf_checks=True)
    response = getattr(stranger, method)(f"{API}{path}")

    assert response.status_code == 405
    assert response.json()["error"]["statusCode"] == 405


def test_html_alone_is_not_acceptable(client: Client) -> None:
    response = client.get(f"{API}/Datasets", headers={"accept": "text/html"})

    assert response.status_code == 406
    assert response.json()["error"]["statusCode"] == 406
