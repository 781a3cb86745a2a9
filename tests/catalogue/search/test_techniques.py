"""Conditions on techniques: a term stands for all below it, and they are about the whole set."""

import pytest
from django.test import Client

from catalogue.models import Technique
from catalogue.vocabulary.panet import IRI_PREFIX
from tests.catalogue.search.asking import ask, names, scoped
from tests.factories import make_dataset

pytestmark = pytest.mark.django_db
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
