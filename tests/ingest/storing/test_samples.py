"""The samples of a file: which are stored, what of them is filled in later, and by whom."""

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from catalogue.models import Dataset, Sample
from tests.factories import make_investigation, make_proposal, make_user
from tests.ingest.forms import edit
from tests.ingest.runs import Ingest
from tests.nexus_files import write_nexus

pytestmark = pytest.mark.django_db

# Beside the water of the complete file: a can, and a group without a name.
CAN = {
    "entry/can@NX_class": "NXsample",
    "entry/can/name": "vanadium can",
    "entry/can/mass": 5.0,
    "entry/can/mass@units": "g",
}
NAMELESS = {"entry/holder@NX_class": "NXsample", "entry/holder/mass": 90.0}
WATER = "entry/sample/"


@pytest.fixture
def manager(client: Client) -> Client:
    client.force_login(make_user(username="manager", is_staff=True, is_superuser=True))
    return client


def dataset() -> Dataset:
    return Dataset.objects.get()


def names_beside() -> list[str]:
    return [row.name for row in dataset().further_samples.order_by("name")]


def own_name() -> str:
    sample = dataset().sample
    assert sample is not None
    return sample.name


def masses() -> dict[str, list[float | None]]:
    rows = {row.name: row.parameters.filter(type__name="sample_mass") for row in sample_rows()}
    return {name: [each.number for each in values] for name, values in rows.items()}


def sample_rows() -> list[Sample]:
    return list(Sample.objects.order_by("name"))


def test_every_sample_of_an_entry_is_stored(tmp_path: Path, ingest: Ingest) -> None:
    ingest(write_nexus(tmp_path / "a.nxs", CAN))
    assert (own_name(), names_beside()) == ("water", ["vanadium can"])
    assert dataset().sources["further_samples"] == "/entry/can/name"


@pytest.mark.parametrize("kind", ["can", "Calibration sample"])
def test_what_is_measured_to_correct_is_not_the_sample(
    tmp_path: Path, ingest: Ingest, kind: str
) -> None:
    changes = {
        **CAN,
        f"{WATER}type": kind,
        "entry/can/type": "sample",
        "entry/can/temperature": 4.0,
    }
    ingest(write_nexus(tmp_path / "a.nxs", changes))
    assert (own_name(), names_beside()) == ("vanadium can", ["water"])
    (temperature,) = dataset().parameters.filter(type__name="sample_temperature")
    assert temperature.number == 4.0


def test_a_sample_that_the_file_no_longer_names_is_taken_off(
    tmp_path: Path, ingest: Ingest
) -> None:
    path = write_nexus(tmp_path / "a.nxs", CAN)
    ingest(path)
    assert names_beside() == ["vanadium can"]
    write_nexus(path, title="Without a can")
    ingest(path, again=True)
    assert (own_name(), names_beside()) == ("water", [])


def test_a_second_ingest_doubles_no_sample(tmp_path: Path, ingest: Ingest) -> None:
    path = write_nexus(tmp_path / "a.nxs", CAN)
    ingest(path)
    ingest(path, again=True)
    assert names_beside() == ["vanadium can"]
    assert [row.name for row in sample_rows()] == ["vanadium can", "water"]


def test_what_one_sample_weighs_is_not_said_of_another(tmp_path: Path, ingest: Ingest) -> None:
    ingest(write_nexus(tmp_path / "a.nxs", {**CAN, f"{WATER}mass": 1.0}))
    assert masses() == {"vanadium can": [5.0], "water": [1.0]}
    of_the_dataset = dataset().parameters.filter(type__name="sample_mass")
    assert [row.number for row in of_the_dataset] == [1.0]


def test_what_a_nameless_sample_weighs_is_said_of_none(tmp_path: Path, ingest: Ingest) -> None:
    ingest(write_nexus(tmp_path / "a.nxs", NAMELESS))
    assert masses() == {"water": []}
    assert dataset().parameters.get(type__name="sample_mass").number == 90.0


def test_a_later_file_fills_in_what_an_earlier_one_left_open(
    tmp_path: Path, ingest: Ingest
) -> None:
    ingest(write_nexus(tmp_path / "a.nxs"))
    said = {f"{WATER}chemical_formula": "H2O", f"{WATER}description": "degassed"}
    ingest(write_nexus(tmp_path / "b.nxs", said))
    (sample,) = sample_rows()
    assert (sample.formula, sample.description) == ("H2O", "degassed")
    other = {f"{WATER}chemical_formula": "D2O", f"{WATER}description": "heavy"}
    ingest(write_nexus(tmp_path / "c.nxs", other))
    sample.refresh_from_db()
    assert (sample.formula, sample.description) == ("H2O", "degassed")


def test_what_a_person_emptied_stays_empty(tmp_path: Path, ingest: Ingest, manager: Client) -> None:
    said = {f"{WATER}chemical_formula": "H2O", f"{WATER}mass": 3.0, f"{WATER}mass@units": "kg"}
    ingest(write_nexus(tmp_path / "a.nxs", said))
    (sample,) = sample_rows()
    kinds = [row.type.name for row in sample.parameters.all()]
    removed = {f"parameters-{kinds.index('sample_mass')}-DELETE": "on"}
    edit(manager, sample, formula="", **removed)
    ingest(write_nexus(tmp_path / "b.nxs", said))
    sample.refresh_from_db()
    assert sample.formula == ""
    assert masses() == {"water": []}


def test_samples_chosen_by_hand_stay(tmp_path: Path, ingest: Ingest, manager: Client) -> None:
    path = write_nexus(tmp_path / "a.nxs", CAN)
    ingest(path)
    chosen = Sample.objects.create(investigation=dataset().investigation, name="argon")
    edit(manager, dataset(), further_samples=[chosen.pk])
    ingest(path, again=True)
    assert names_beside() == ["argon"]


def test_a_dataset_moved_by_hand_leaves_its_samples_behind(
    tmp_path: Path, ingest: Ingest, manager: Client
) -> None:
    ingest(write_nexus(tmp_path / "a.nxs", CAN))
    facility = dataset().investigation.proposal.facility
    target = make_investigation(proposal=make_proposal(facility=facility))
    can = Sample.objects.create(investigation=target, name="vanadium can")
    edit(manager, dataset(), investigation=target.pk)
    assert list(dataset().further_samples.all()) == [can]


def test_the_page_of_a_dataset_names_its_samples(
    tmp_path: Path, ingest: Ingest, manager: Client
) -> None:
    ingest(write_nexus(tmp_path / "a.nxs", CAN))
    page = manager.get(reverse("portal:dataset", args=[dataset().uid])).content.decode()
    assert "<dt>Beside it</dt><dd><ul><li>vanadium can" in page
