from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from lxml import html

from catalogue.models import (
    Dataset,
    DatasetInput,
    DatasetParameter,
    ParameterType,
    SampleParameter,
)
from catalogue.portal.parameters import value_text
from tests.catalogue.portal.experiments import Experiment
from tests.factories import (
    make_datafile,
    make_dataset,
    make_embargoed_investigation,
    make_investigation,
)

pytestmark = pytest.mark.django_db


def rows(answer: Any) -> list[list[str]]:
    page = html.fromstring(answer.content)
    return [
        [" ".join(cell.text_content().split()) for cell in row.xpath("th|td")]
        for row in page.xpath("//tbody/tr")
    ]


def test_parameters_are_shown_with_unit_and_place_in_the_file(
    client: Client, experiment: Callable[..., Experiment]
) -> None:
    made = experiment()
    wavelength = ParameterType.objects.create(name="wavelength", label="Wavelength", si_unit="m")
    ph = ParameterType.objects.create(name="ph", label="pH")
    DatasetParameter.objects.create(
        dataset=made.dataset,
        type=wavelength,
        number=6.023,
        number_min=5.5,
        number_max=6.5,
        error=0.02,
        unit="angstrom",
        source="/entry/instrument/wavelength",
    )
    SampleParameter.objects.create(sample=made.dataset.sample, type=ph, number=7)
    found = rows(client.get(f"/datasets/{made.dataset.uid}"))
    told = "6.023 ± 0.02 (5.5 to 6.5) angstrom"
    assert ["Wavelength", told, "/entry/instrument/wavelength"] in found
    assert ["pH", "7", "–"] in found


def test_a_dataset_says_where_in_the_file_its_title_stands(client: Client) -> None:
    dataset = make_dataset(title="A run", sources={"title": "/entry/title"})
    assert ["Title", "A run", "/entry/title"] in rows(client.get(f"/datasets/{dataset.uid}"))


def test_a_dataset_leads_to_its_doi_and_its_investigation(
    client: Client, experiment: Callable[..., Experiment]
) -> None:
    made = experiment()
    page = html.fromstring(client.get(f"/datasets/{made.dataset.uid}").content)
    hrefs = page.xpath("//main//a/@href")
    assert made.landing in hrefs
    assert f"/investigations/{made.investigation.pk}" in hrefs


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5.0, "5"),
        (6.0230000000000001e-10, "6.023e-10"),
        (0.1 + 0.2, "0.3"),
        (datetime(2026, 3, 1, 9, tzinfo=UTC), "2026-03-01 09:00:00 UTC"),
        ("NXsas", "NXsas"),
    ],
)
def test_values_read_as_people_write_them(value: object, text: str) -> None:
    assert value_text(value) == text


def test_many_files_come_in_pages(client: Client) -> None:
    dataset = make_dataset()
    for number in range(201):
        make_datafile(dataset=dataset, name=f"frame-{number:04}.nxs")
    first = client.get(f"/datasets/{dataset.uid}").content.decode()
    assert "frame-0199.nxs" in first
    assert "frame-0200.nxs" not in first
    assert "frame-0200.nxs" in client.get(f"/datasets/{dataset.uid}?page=2").content.decode()


def test_as_many_queries_for_twenty_files_and_parameters_as_for_two(
    client: Client, django_assert_num_queries: Any
) -> None:
    types = [
        ParameterType.objects.create(name=f"type {number}", label=f"Type {number}")
        for number in range(20)
    ]
    for count in (2, 20):
        dataset = make_dataset()
        for number in range(count):
            make_datafile(dataset=dataset)
            DatasetParameter.objects.create(dataset=dataset, type=types[number], number=number)
        with django_assert_num_queries(14):
            client.get(f"/datasets/{dataset.uid}")


def test_an_investigation_asks_as_much_for_twenty_datasets_as_for_two(
    client: Client, django_assert_num_queries: Any
) -> None:
    for count in (2, 20):
        investigation = make_investigation()
        for _ in range(count):
            dataset = make_dataset(investigation=investigation, techniques=["PaNET01189"])
            make_datafile(dataset=dataset)
        with django_assert_num_queries(9):
            client.get(f"/investigations/{investigation.pk}")


def made_from(dataset: Dataset, origin: Dataset | None) -> DatasetInput:
    return DatasetInput.objects.create(
        dataset=dataset,
        name="/dls/raw/run-7.nxs",
        file_name="run-7.nxs",
        made_from=origin,
        source="/entry/input_file",
    )


def facts(client: Client, dataset: Dataset) -> dict[str, tuple[str, list[str]]]:
    """Returns text and links of each fact of a dataset's page."""
    page = html.fromstring(client.get(f"/datasets/{dataset.uid}").content)
    return {
        fact.findtext("dt"): (
            " ".join(fact.find("dd").text_content().split()),
            fact.xpath(".//@href"),
        )
        for fact in page.xpath("//dl[@class='facts']/div")
    }


def test_a_reduced_dataset_leads_to_its_raw_one_and_back(client: Client) -> None:
    raw, reduced = make_dataset(name="run-7"), make_dataset(kind="reduced", program="azimint 2.1")
    made_from(reduced, raw)
    assert facts(client, reduced)["Made from"] == ("run-7.nxs", [f"/datasets/{raw.uid}"])
    assert facts(client, raw)["Made into"] == (
        f"{reduced.name} (reduced)",
        [f"/datasets/{reduced.uid}"],
    )
    shown = rows(client.get(f"/datasets/{reduced.uid}"))
    assert ["Program", "azimint 2.1", "–"] in shown
    assert ["Kind", "Reduced", "–"] in shown


def test_nobody_learns_that_a_raw_file_is_here_who_may_not_see_it(client: Client) -> None:
    closed = make_dataset(investigation=make_embargoed_investigation())
    known, unknown = make_dataset(), make_dataset()
    made_from(known, closed)
    made_from(unknown, None)
    assert facts(client, known)["Made from"] == facts(client, unknown)["Made from"]
    assert facts(client, known)["Made from"] == ("run-7.nxs", [])
    hidden = make_dataset(investigation=make_embargoed_investigation())
    made_from(hidden, known)
    assert "Made into" not in facts(client, known)
