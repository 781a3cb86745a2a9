"""The PaNOSC search API's classes (panosc-eu/search-api, doc/data-model.md), from plain values."""

from datetime import UTC, date, datetime, time
from typing import Any

from catalogue.record import Record

# What is absent has no key. Foreign keys (`instrumentId`, `datasetId`…) are not part of the model.
Json = dict[str, Any]

# The federated search service drops list items whose score is missing, 0 or 1, query or not
# (FILTER_INVALID_SCORES, its default), and the portal calls `score.toFixed(3)`: every list item has
# a number strictly between. Without a query nothing is more relevant than anything else.
NEUTRAL_SCORE = 0.5


def search_document(record: Record) -> Json:
    """Returns the Document of a record; its `isPublic` is that of the day it was rendered.

    A record that was moved here keeps what its first catalogue said of it, and what that one left
    open is not filled with a day or a licence of ours.
    """
    derived = document(
        pid=record.doi,
        title=record.title,
        is_public=record.access == "open",
        summary=record.abstract,
        doi=record.doi,
        start=record.collected_from,
        end=record.collected_to,
        released=record.available,
        licence=record.licence.spdx,
        keywords=record.keywords,
    )
    if not record.imported_document:
        return derived
    kept = {name: part for name, part in derived.items() if name not in IMPORTED}
    given = {name: part for name, part in record.imported_document.items() if name in IMPORTED}
    return kept | given


# What an imported Document says by itself, by its words or by its silence.
IMPORTED = ("type", "doi", "startDate", "endDate", "releaseDate", "license")


def document(
    *,
    pid: str,
    title: str,
    is_public: bool = True,
    summary: str = "",
    doi: str = "",
    start: date | None = None,
    end: date | None = None,
    released: date | None = None,
    licence: str = "",
    keywords: tuple[str, ...] = (),
) -> Json:
    """Returns a Document. `released`: the day its data open or opened; `licence`: its SPDX id."""
    return _present(
        pid=pid,
        isPublic=is_public,
        type="publication",
        title=title,
        summary=summary,
        doi=doi,
        startDate=moment(start),
        endDate=moment(end),
        releaseDate=moment(released),
        license=licence,
        keywords=list(keywords),
    )


def dataset(*, pid: str, title: str, created: datetime, size_bytes: int | None) -> Json:
    """Returns a public Dataset. `size_bytes` is None where no file of it is known."""
    return _present(
        pid=pid, title=title, isPublic=True, size=size_bytes, creationDate=moment(created)
    )


def instrument(*, pid: str, name: str, facility: str) -> Json:
    return {"pid": pid, "name": name, "facility": facility}


def file(*, id: str, name: str, path: str, size_bytes: int | None) -> Json:
    """Returns a File. `path`: '' where the public is not told where files lie."""
    return _present(id=id, name=name, path=path, size=size_bytes)


def technique(*, pid: str, name: str, panet_id: str) -> Json:
    """Returns a Technique. `panet_id`: the PURL of the PaNET term that it is, '' where it is none.

    A PaNET term's PURL is both what identifies it and its `panetId`.
    """
    return _present(pid=pid, name=name, panetId=panet_id)


def sample(*, pid: str, name: str, description: str) -> Json:
    return _present(pid=pid, name=name, description=description)


def parameter(
    *,
    name: str,
    value: object,
    unit: str,
    minimum: float | None = None,
    maximum: float | None = None,
    error: float | None = None,
) -> Json:
    """Returns a Parameter; its value is a number or a string, told apart by the JSON type.

    `minimum`, `maximum` and `error` are not in the data model: the range that the number had and
    its standard uncertainty, where they are known, in its unit.
    """
    shown = moment(value) if isinstance(value, datetime) else value
    return _present(
        name=name, value=shown, unit=unit, minimum=minimum, maximum=maximum, error=error
    )


def member(*, id: str, role: str | None) -> Json:
    return _present(id=id, role=role)


def person(
    *,
    id: str,
    full_name: str,
    given_name: str,
    family_name: str,
    orcid: str,
    researcher_id: str,
) -> Json:
    return _present(
        id=id,
        fullName=full_name,
        orcid=orcid,
        researcherId=researcher_id,
        firstName=given_name,
        lastName=family_name,
    )


def affiliation(*, id: str, name: str, address: str, city: str, country: str) -> Json:
    return _present(id=id, name=name, address=address, city=city, country=country)


def moment(value: date | None) -> str | None:
    """Returns ISO 8601 UTC with milliseconds (`2020-05-05T15:01:02.341Z`); a day, its midnight."""
    if value is None:
        return None
    instant = value if isinstance(value, datetime) else datetime.combine(value, time(), tzinfo=UTC)
    text = instant.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z"


def _present(**values: object) -> Json:
    return {name: value for name, value in values.items() if value not in (None, "")}
