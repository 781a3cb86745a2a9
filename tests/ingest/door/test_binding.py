"""Files of a job that is bound to one instrument."""

from dataclasses import replace

import pytest

from ingest.door.binding import Binding, bind, spellings
from ingest.record import ExtractedRecord, Problem, Sourced

LOKI = Binding(
    instrument_id=1,
    slug="loki",
    instrument="LoKI",
    instrument_names=spellings("loki", "LoKI", "LoKI Small Angle"),
    facility="European Spallation Source",
    facility_names=spellings("ess", "European Spallation Source"),
    other_facilities=spellings("isis", "ISIS Neutron and Muon Source", "ess"),
)
NAME = "/entry/instrument/name"


def record(**named: str) -> ExtractedRecord:
    fields = {name: Sourced(value, f"/entry/{name}") for name, value in named.items()}
    return replace(ExtractedRecord("run.nxs", "/entry", 1), **fields)


@pytest.mark.parametrize(
    "named",
    [
        {"instrument_name": "LoKI"},
        {"instrument_name": "loki "},
        {"instrument_name": "LoKI small-angle"},
        {"instrument_name": "anything", "instrument_short_name": "LOKI"},
    ],
    ids=["name", "case", "long name", "short name"],
)
def test_every_spelling_of_the_instrument_is_its_own(named: dict[str, str]) -> None:
    bound = bind(record(**named), LOKI)
    assert isinstance(bound, ExtractedRecord)
    assert bound.instrument_name == Sourced("loki", "/entry/instrument_name")
    assert bound.instrument_short_name is None


@pytest.mark.parametrize("named", [{}, {"instrument_name": " - "}])
def test_a_file_without_an_instrument_is_the_jobs(named: dict[str, str]) -> None:
    bound = bind(record(**named), LOKI)
    assert isinstance(bound, ExtractedRecord)
    assert bound.instrument_name == Sourced("loki", "job")


@pytest.mark.parametrize(
    ("named", "code"),
    [
        ({"instrument_name": "LoKI2"}, "instrument_mismatch"),
        ({"instrument_short_name": "SANS2D"}, "instrument_mismatch"),
        ({"source_name": "ISIS"}, "facility_mismatch"),
        ({"source_name": "isis", "instrument_name": "LoKI"}, "facility_mismatch"),
    ],
    ids=["instrument", "short name", "facility", "facility first"],
)
def test_another_claim_is_neither_believed_nor_overruled(named: dict[str, str], code: str) -> None:
    problem = bind(record(**named), LOKI)
    assert isinstance(problem, Problem)
    assert problem.code == code
    assert next(iter(named.values())) in problem.message
    assert problem.path


@pytest.mark.parametrize("source", ["ESS", "wiggler", "Moderator", "Spallation Neutron Source"])
def test_a_source_that_is_no_other_facility_says_nothing(source: str) -> None:
    assert isinstance(bind(record(source_name=source), LOKI), ExtractedRecord)
