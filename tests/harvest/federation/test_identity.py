import pytest

from harvest.federation.identity import doi_of, identity_of


@pytest.mark.parametrize(
    "text",
    [
        "10.5072/ABC-1",
        " 10.5072/abc-1 ",
        "https://doi.org/10.5072/abc-1",
        "http://dx.doi.org/10.5072/ABC-1",
        "doi.org/10.5072/abc-1",
        "doi:10.5072/abc-1",
        "DOI: 10.5072/abc-1",
        "info:doi/10.5072/abc-1",
    ],
)
def test_a_doi_in_any_wrapping_is_one(text: str) -> None:
    assert doi_of(text) == "10.5072/abc-1"


@pytest.mark.parametrize("text", ["", "10.5072", "10.5072/", "abc", None, 10.5072, "10.12/x y"])
def test_what_is_no_doi(text: object) -> None:
    assert doi_of(text) == ""


@pytest.mark.parametrize(
    ("item", "identity"),
    [
        ({"pid": "10.5072/A"}, "doi:10.5072/a"),
        ({"pid": "17", "doi": "https://doi.org/10.5072/A"}, "doi:10.5072/a"),
        ({"pid": "10.5072/A", "doi": "10.5072/paper"}, "doi:10.5072/a"),
        ({"pid": "hdl:20.500.12269/AB"}, "hdl:20.500.12269/ab"),
        ({"pid": "https://hdl.handle.net/20.500.12269/AB"}, "hdl:20.500.12269/ab"),
        (
            {"pid": "0A0B0C0D-0000-4000-8000-000000000001"},
            "uuid:0a0b0c0d-0000-4000-8000-000000000001",
        ),
        ({"pid": "https://example.org/Data/1"}, "https://example.org/Data/1"),
        ({"pid": "17"}, ""),
        ({"pid": "isis/loq"}, ""),
        ({}, ""),
    ],
)
def test_what_is_persistent_is_known_everywhere(item: dict[str, str], identity: str) -> None:
    assert identity_of(item) == identity
