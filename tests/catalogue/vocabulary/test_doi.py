"""DOIs as they are written."""

import pytest

from catalogue.vocabulary.doi import read_doi


@pytest.mark.parametrize(
    "text", ["10.5072/Abc-1", "https://doi.org/10.5072/Abc-1", "doi: 10.5072/Abc-1"]
)
def test_a_doi_is_read_without_its_resolver(text: str) -> None:
    assert read_doi(text) == "10.5072/Abc-1"


@pytest.mark.parametrize("text", ["", "10.5072", "10.5072/a b", "see 10.5072/Abc-1"])
def test_what_is_more_or_less_than_a_doi_is_none(text: str) -> None:
    assert read_doi(text) == ""
