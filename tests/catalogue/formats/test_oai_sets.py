import pytest

from catalogue.formats.oai_sets import set_name, set_specs, with_ancestors
from tests.records import make_record_value


def test_a_record_is_in_the_set_of_its_instrument_its_type_and_openaires() -> None:
    assert set_specs(make_record_value()) == ("openaire_data", "type:dataset", "aurora:saxs-1")


def test_a_record_without_instrument_is_in_the_set_of_its_facility() -> None:
    assert set_specs(make_record_value(instrument=None)) == (
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
