"""Which visit and which instrument a file goes to, where it says little or says it otherwise."""

from pathlib import Path

import pytest

from catalogue.models import Dataset, Facility, Instrument, Investigation
from tests.factories import make_embargoed_investigation, make_instrument, make_proposal
from tests.ingest.runs import Ingest, outcomes
from tests.nexus_files import write_nexus

pytestmark = pytest.mark.django_db
UNNAMED = {"entry/instrument/name": None}


@pytest.fixture
def visit(facility: Facility) -> Investigation:
    proposal = make_proposal(code="ab12345", embargo_policy=facility.default_embargo_policy)
    loki = make_instrument(facility=facility, name="Loki", slug="loki")
    return make_embargoed_investigation(proposal=proposal, instrument=loki)


def test_a_file_that_names_no_instrument_goes_to_the_only_visit(
    tmp_path: Path, ingest: Ingest, visit: Investigation
) -> None:
    ingest(write_nexus(tmp_path / "run.nxs", UNNAMED))
    assert Dataset.objects.get().investigation == visit


def test_a_visit_without_an_instrument_takes_the_one_a_file_names(
    tmp_path: Path, ingest: Ingest, visit: Investigation
) -> None:
    Investigation.objects.update(instrument=None)
    ingest(write_nexus(tmp_path / "run.nxs"))
    investigation = Investigation.objects.get()
    assert investigation.instrument == Instrument.objects.get(slug="loki")
    assert Dataset.objects.get().investigation == investigation


@pytest.mark.parametrize("names", [("a", "b"), ("b", "a")])
def test_files_with_and_without_instrument_are_one_visit_in_any_order(
    tmp_path: Path, ingest: Ingest, names: tuple[str, str]
) -> None:
    named, unnamed = names
    write_nexus(tmp_path / f"{named}.nxs")
    write_nexus(tmp_path / f"{unnamed}.nxs", UNNAMED)
    ingest(tmp_path)
    investigation = Investigation.objects.get()
    assert investigation.dataset_count == 2
    assert investigation.instrument == Instrument.objects.get()


def test_another_instrument_is_another_row_of_the_visit(
    tmp_path: Path, ingest: Ingest, visit: Investigation
) -> None:
    ingest(write_nexus(tmp_path / "a.nxs", {"entry/instrument/name": "Dream"}))
    ingest(write_nexus(tmp_path / "b.nxs", UNNAMED))
    found = Investigation.objects.order_by("pk").values_list("instrument__name", "dataset_count")
    assert list(found) == [("Loki", 0), ("Dream", 1), (None, 1)]


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize("names", [{"long_name": "D33"}, {"name": "d33"}])
def test_a_slug_means_its_own_instrument_whoever_shares_the_name(
    tmp_path: Path, ingest: Ingest, facility: Facility, names: dict[str, str], is_first: bool
) -> None:
    rows = [{"slug": "d33", "name": "D33"}, {"slug": "d33-upgrade", "name": "New"} | names]
    for values in rows if is_first else reversed(rows):
        make_instrument(facility=facility, **values)
    ingest(write_nexus(tmp_path / "run.nxs", {"entry/instrument/name": "D33"}))
    dataset = Dataset.objects.get()
    assert dataset.instrument == dataset.investigation.instrument
    assert dataset.instrument == Instrument.objects.get(slug="d33")


def test_a_name_comes_before_a_long_name(
    tmp_path: Path, ingest: Ingest, facility: Facility
) -> None:
    for slug, name, long_name in (("a", "Ice", ""), ("b", "New", "Ice"), ("c", "Old", "Ice")):
        make_instrument(facility=facility, slug=slug, name=name, long_name=long_name)
    ingest(write_nexus(tmp_path / "run.nxs", {"entry/instrument/name": "ICE"}))
    assert Dataset.objects.get().instrument == Instrument.objects.get(slug="a")


def test_a_name_that_two_instruments_share_means_neither(
    tmp_path: Path, ingest: Ingest, facility: Facility
) -> None:
    for slug in ("a", "b"):
        make_instrument(facility=facility, slug=slug, name="Ice")
    path = write_nexus(tmp_path / "run.nxs", {"entry/instrument/name": "ICE"})
    for _ in range(2):
        ingest(path, again=True)
    assert Dataset.objects.get().instrument == Instrument.objects.get(slug="ice")
    assert Instrument.objects.count() == 3


def test_a_new_instrument_waits_for_confirmation(
    tmp_path: Path, ingest: Ingest, visit: Investigation
) -> None:
    ingest(write_nexus(tmp_path / "run.nxs", {"entry/instrument/name": "Project Stealth rig"}))
    found = Instrument.objects.order_by("pk").values_list("slug", "is_placeholder")
    assert list(found) == [("loki", False), ("project-stealth-rig", True)]


def test_instruments_whose_long_names_begin_alike_stay_apart(
    tmp_path: Path, ingest: Ingest
) -> None:
    name = "A very long instrument name of the facility with the end station {}"
    for station in ("one", "two", "three"):
        path = tmp_path / f"{station}.nxs"
        write_nexus(path, {"entry/instrument/name": name.format(station)})
    assert outcomes(ingest(tmp_path)) == ["stored"] * 3
    before = set(Instrument.objects.values_list("slug", flat=True))
    assert before == {
        "a-very-long-instrument-name-of-the-facility-with-t",
        "a-very-long-instrument-name-of-the-facility-with-2",
        "a-very-long-instrument-name-of-the-facility-with-3",
    }
    ingest(tmp_path, again=True)
    assert set(Instrument.objects.values_list("slug", flat=True)) == before


def test_a_name_longer_than_its_column_is_one_instrument(tmp_path: Path, ingest: Ingest) -> None:
    path = write_nexus(tmp_path / "run.nxs", {"entry/instrument/name": "loki " * 100})
    ingest(path)
    ingest(path, again=True)
    assert Instrument.objects.count() == 1
