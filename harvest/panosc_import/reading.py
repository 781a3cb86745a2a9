"""From a search API's answer to items; pure.

An item without what it is known by is refused; a part of it that cannot be understood is left out
and told of in its `remarks`.
"""

import re

from catalogue.vocabulary.measured import Measured
from catalogue.vocabulary.panet import TECHNIQUE
from harvest.panosc_import.items import (
    AffiliationItem,
    DatasetItem,
    DocumentItem,
    FileItem,
    InstrumentItem,
    ItemError,
    MemberItem,
    ParameterItem,
    SampleItem,
    TechniqueItem,
)
from harvest.panosc_import.ranges import with_ranges
from harvest.panosc_import.reader import Reader, is_finite, reader_of

_ORCID = re.compile(r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]")


def read_instrument(raw: object) -> InstrumentItem:
    return _instrument(reader_of(raw))


def read_dataset(raw: object) -> DatasetItem:
    """Returns a dataset with its relations.

    Raises:
        ItemError: it has no pid or no title, or one of them is not what it should be.
    """
    row = reader_of(raw)
    instrument = row.inner("instrument")
    return DatasetItem(
        pid=row.needed("pid", most=300),
        title=row.needed("title"),
        is_public=row.flag("isPublic"),
        created=row.moment("creationDate"),
        size_bytes=row.size("size"),
        instrument=_instrument(instrument) if instrument else None,
        techniques=row.many("techniques", _technique),
        samples=row.many("samples", _sample),
        parameters=_parameters(row),
        files=row.many("files", _file),
        remarks=tuple(row.remarks),
    )


def read_document(raw: object) -> DocumentItem:
    """Returns a document with its people and the pids of its datasets.

    Raises:
        ItemError: it has no pid or no title, or one of them is not what it should be.
    """
    row = reader_of(raw)
    return DocumentItem(
        pid=row.needed("pid", most=200),
        title=row.needed("title", most=500),
        is_public=row.flag("isPublic"),
        summary=row.text("summary", most=100_000),
        licence=row.text("license", most=30),
        keywords=_keywords(row),
        starts=row.moment("startDate"),
        ends=row.moment("endDate"),
        opens=row.moment("releaseDate"),
        as_given={name: text for name in _AS_GIVEN if (text := row.text(name))},
        dataset_pids=row.many("datasets", lambda part: part.needed("pid", most=300)),
        members=row.many("members", _member),
        parameters=_parameters(row),
        remarks=tuple(row.remarks),
    )


_AS_GIVEN = ("type", "doi", "startDate", "endDate", "releaseDate", "license")


def _instrument(row: Reader) -> InstrumentItem:
    return InstrumentItem(
        pid=row.text("pid", most=200),
        name=row.needed("name", most=200),
        facility=row.text("facility", most=200),
    )


def _technique(row: Reader) -> TechniqueItem:
    pid = row.text("pid", most=300)
    panet_code = _panet_code(row.text("panetId"))
    if not panet_code and (own := _panet_code(pid)):
        return TechniqueItem("", row.text("name", most=200), own)
    if not pid and not panet_code:
        raise ItemError(f"{row.path}: a technique needs a pid")
    return TechniqueItem(pid, row.needed("name", most=200) if pid else "", panet_code)


def _panet_code(text: str) -> str:
    """Returns the code of a PaNET PURL, CURIE or code, '' for anything else."""
    last = re.split(r"[/#:]", text)[-1]
    return last if TECHNIQUE.fullmatch(last) else ""


def _sample(row: Reader) -> SampleItem:
    return SampleItem(
        pid=row.text("pid", most=200),
        name=row.needed("name", most=300),
        description=row.text("description", most=100_000),
    )


def _parameters(row: Reader) -> tuple[ParameterItem, ...]:
    return with_ranges(row.many("parameters", _parameter))


def _parameter(row: Reader) -> ParameterItem:
    name, unit = row.needed("name", most=100), row.text("unit", most=50)
    value = row.values.get("value")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ParameterItem(name, row.needed("value", most=100_000), unit)
    if not is_finite(value):
        raise ItemError(f"{row.path}.value: {value} is no number")
    return ParameterItem(name, _measured(row, float(value), unit), unit)


def _measured(row: Reader, number: float, unit: str) -> Measured:
    least, greatest, error = (row.number(name) for name in ("minimum", "maximum", "error"))
    is_range = least is not None and greatest is not None and least <= greatest
    if not is_range and (least, greatest) != (None, None):
        row.remarks.append(f"{row.path}: minimum and maximum are no range; left out")
        least = greatest = None
    if error is not None and error < 0:
        row.remarks.append(f"{row.at('error')}: is below zero; left out")
        error = None
    return Measured(number, unit, minimum=least, maximum=greatest, error=error)


def _file(row: Reader) -> FileItem:
    return FileItem(
        name=row.needed("name", most=300), path=row.text("path"), size_bytes=row.size("size")
    )


def _member(row: Reader) -> MemberItem:
    person = row.inner("person")
    if person is None:
        raise ItemError(f"{row.path}.person: is missing")
    orcid = person.text("orcid").removeprefix("https://orcid.org/")
    name = person.needed("fullName", most=200)
    if orcid and not _ORCID.fullmatch(orcid):
        row.remarks.append(f"{person.path}.orcid: {orcid!r} is no ORCID; left out")
    affiliation = row.inner("affiliation")
    return MemberItem(
        id=person.text("id", most=200) or orcid or name,
        full_name=name,
        first_name=person.text("firstName", most=100),
        last_name=person.text("lastName", most=100),
        orcid=orcid if _ORCID.fullmatch(orcid) else "",
        researcher_id=person.text("researcherId", most=100),
        role=row.text("role", most=100),
        affiliation=_affiliation(affiliation) if affiliation else None,
    )


def _affiliation(row: Reader) -> AffiliationItem | None:
    name = row.text("name", most=300)
    if not name:
        return None
    return AffiliationItem(
        name=name,
        address=row.text("address", most=300),
        city=row.text("city", most=100),
        country=row.text("country", most=100),
    )


def _keywords(row: Reader) -> tuple[str, ...]:
    words = row.values.get("keywords") or []
    if not isinstance(words, list):
        row.remarks.append("keywords: expected an array; left out")
        return ()
    kept = [word for word in words if isinstance(word, str) and word and len(word) <= 100]
    if len(kept) < len(words):
        row.remarks.append(f"keywords: {len(words) - len(kept)} that are no short text; left out")
    return tuple(kept)
