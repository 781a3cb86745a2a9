import pytest

from catalogue.formats.oai_sets import (
    set_description,
    set_name,
    set_specs,
    technique_spec,
    with_ancestors,
)
from catalogue.record import TechniqueTerm
from catalogue.vocabulary import panet
from tests.records import make_record_value


def test_a_record_is_in_the_set_of_its_instrument_its_type_and_openaires() -> None:
    assert set_specs(make_record_value(techniques=())) == (
        "openaire_data",
        "type:dataset",
        "aurora:saxs-1",
    )


def test_a_record_without_instrument_is_in_the_set_of_its_facility() -> None:
    assert set_specs(make_record_value(instrument=None, techniques=())) == (
        "openaire_data",
        "type:dataset",
        "aurora",
    )


@pytest.mark.parametrize(
    ("spec", "expected"),
    [("a", ("a",)), ("a:b", ("a", "a:b")), ("a:b:c", ("a", "a:b", "a:b:c"))],
)
def test_with_ancestors(spec: str, expected: tuple[str, ...]) -> None:
    assert with_ancestors(spec) == expected


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("openaire_data", "Research data for OpenAIRE"),
        ("type", "By type of resource"),
        ("type:dataset", "Dataset"),
        ("aurora:saxs-1", "SAXS-1 at Aurora"),
        ("aurora:old", "Old"),
    ],
)
def test_set_name(spec: str, expected: str) -> None:
    assert set_name(spec, {"aurora:saxs-1": "SAXS-1 at Aurora"}) == expected


def test_a_technique_is_in_the_sets_of_all_techniques_it_is_a_case_of() -> None:
    """SAXS has two parents in PaNET: x-ray probe technique, small angle scattering."""
    assert set_specs(make_record_value())[3:] == (
        "technique:PaNET01012:PaNET01188",
        "technique:PaNET01124",
    )


def test_every_technique_has_a_set_below_that_of_one_of_its_parents() -> None:
    for code, term in panet.terms().items():
        above, _, last = technique_spec(code).rpartition(":")
        assert last == code
        assert above in {"technique", *map(technique_spec, term.parents)}


def test_a_technique_that_panet_does_not_know_is_in_no_set() -> None:
    unknown = TechniqueTerm("X1", "x", "https://x.example.org/1")
    assert len(set_specs(make_record_value(techniques=(unknown,)))) == 3


def test_sets_of_techniques_are_named_and_described_by_panet() -> None:
    assert set_name("technique:PaNET01012:PaNET01188", {}) == "small angle x-ray scattering"
    assert "PaNET/PaNET01188" in set_description("technique:PaNET01012:PaNET01188")
    assert set_description("aurora:saxs-1") == ""
