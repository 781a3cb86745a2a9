"""Rendering of the PaNOSC data model, from plain values."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from catalogue.formats import panosc
from catalogue.record import Licence, Organisation, Record

RECORD = Record(
    doi="10.5072/abc",
    oai_identifier="oai:catalogue.example.org:abc",
    title="Copper at low temperature",
    creators=(),
    publisher=Organisation("A Facility"),
    publication_year=2022,
    facility_slug="afac",
    facility_name="A Facility",
    access="open",
    licence=Licence("CC-BY-4.0", "Attribution", "https://creativecommons.org/licenses/by/4.0/"),
    published=date(2022, 1, 1),
    modified=datetime(2022, 1, 1, tzinfo=UTC),
    is_test_doi=True,
    abstract="What was done.",
    keywords=("copper",),
    collected_from=date(2019, 1, 10),
    collected_to=date(2019, 1, 12),
    available=date(2022, 1, 20),
)


def test_the_document_of_a_record() -> None:
    assert panosc.search_document(RECORD) == {
        "pid": "10.5072/abc",
        "isPublic": True,
        "type": "publication",
        "title": "Copper at low temperature",
        "summary": "What was done.",
        "doi": "10.5072/abc",
        "startDate": "2019-01-10T00:00:00.000Z",
        "endDate": "2019-01-12T00:00:00.000Z",
        "releaseDate": "2022-01-20T00:00:00.000Z",
        "license": "CC-BY-4.0",
        "keywords": ["copper"],
    }


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (date(2020, 5, 5), "2020-05-05T00:00:00.000Z"),
        (datetime(2020, 5, 5, 15, 1, 2, 341_900, tzinfo=UTC), "2020-05-05T15:01:02.341Z"),
        (
            datetime(2020, 5, 5, 15, 1, tzinfo=timezone(timedelta(hours=2))),
            "2020-05-05T13:01:00.000Z",
        ),
        (None, None),
    ],
)
def test_dates_are_utc_with_milliseconds(value: date | None, written: str | None) -> None:
    assert panosc.moment(value) == written


def test_an_unknown_size_is_absent_and_an_empty_dataset_has_size_0() -> None:
    created = datetime(2020, 5, 5, tzinfo=UTC)

    assert "size" not in panosc.dataset(pid="a", title="b", created=created, size_bytes=None)
    assert panosc.dataset(pid="a", title="b", created=created, size_bytes=0)["size"] == 0


def test_a_value_of_zero_is_a_value() -> None:
    assert panosc.parameter(name="x", value=0.0, unit="K") == {
        "name": "x",
        "value": 0.0,
        "unit": "K",
    }


def test_the_neutral_score_passes_the_federated_service() -> None:
    assert 0 < panosc.NEUTRAL_SCORE < 1
