from hypothesis import given

from catalogue.formats.citation import bibtex, citation_text, csl_json, ris
from catalogue.record import Agent, Record
from tests.catalogue.formats.strategies import records
from tests.records import make_record_value


def test_the_text_is_datacites_recommended_form() -> None:
    assert citation_text(make_record_value()) == (
        "Doe, Jane; Plato (2024): Growth of silica particles. Aurora Light Source. "
        "(Dataset). https://doi.org/10.5072/abc-1"
    )


def test_a_title_that_ends_in_a_stop_gets_no_second_one() -> None:
    assert "): Growth. Aurora" in citation_text(make_record_value(title="Growth."))


def test_bibtex() -> None:
    assert bibtex(make_record_value(title="50 % of {A_1}")) == (
        "@misc{10_5072_abc_1,\n"
        "  author = {Doe, Jane and {Plato}},\n"
        "  title = {{50 \\% of \\{A\\_1\\}}},\n"
        "  year = {2024},\n"
        "  publisher = {Aurora Light Source},\n"
        "  doi = {10.5072/abc-1},\n"
        "  url = {https://doi.org/10.5072/abc-1},\n"
        "  copyright = {Creative Commons Attribution 4.0 International},\n"
        "}\n"
    )


def test_bibtex_does_not_cut_up_the_name_of_an_organisation() -> None:
    agent = Agent("Institute of Light and Matter", is_organisation=True)
    assert "author = {{Institute of Light and Matter}}" in bibtex(
        make_record_value(creators=(agent,))
    )


def test_ris() -> None:
    assert ris(make_record_value()) == (
        "TY  - DATA\r\n"
        "AU  - Doe, Jane\r\n"
        "AU  - Plato\r\n"
        "TI  - Growth of silica particles\r\n"
        "PY  - 2024\r\n"
        "PB  - Aurora Light Source\r\n"
        "AB  - Silica was grown & watched.\r\n"
        "KW  - silica\r\n"
        "LA  - en\r\n"
        "DO  - 10.5072/abc-1\r\n"
        "UR  - https://doi.org/10.5072/abc-1\r\n"
        "ER  - \r\n"
    )


def test_csl_json() -> None:
    assert csl_json(make_record_value()) == {
        "id": "https://doi.org/10.5072/abc-1",
        "type": "dataset",
        "title": "Growth of silica particles",
        "author": [{"family": "Doe", "given": "Jane"}, {"literal": "Plato"}],
        "issued": {"date-parts": [[2024]]},
        "publisher": "Aurora Light Source",
        "abstract": "Silica was grown & watched.",
        "language": "en",
        "DOI": "10.5072/abc-1",
        "URL": "https://doi.org/10.5072/abc-1",
        "copyright": "Creative Commons Attribution 4.0 International",
    }


@given(records)
def test_no_text_starts_a_line_of_its_own(record: Record) -> None:
    lines = ris(record).split("\r\n")
    assert all(line[2:6] == "  - " for line in lines if line)
    assert not any(line.startswith("ER") for line in lines[:-2])
    assert "\n" not in citation_text(record)


@given(records)
def test_braces_of_bibtex_are_balanced(record: Record) -> None:
    text = bibtex(record).replace("\\{", "").replace("\\}", "")
    assert text.count("{") == text.count("}")
