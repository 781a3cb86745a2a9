"""What a search API's answer says of a catalogue, checked and as plain values; pure.

Shapes: panosc-eu/search-api, doc/data-model.md. An item without what it is known by is refused; a
part of it that cannot be understood is left out and told of in its `remarks`.
"""

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from catalogue.vocabulary.panet import TECHNIQUE

Json = dict[str, Any]
Part = TypeVar("Part")
_ORCID = re.compile(r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]")
_MOST_BYTES = 2**63 - 1


class ItemError(Exception):
    """An item cannot be taken; the message says where in it and why."""


@dataclass(frozen=True, slots=True)
class InstrumentItem:
    pid: str
    name: str
    facility: str


@dataclass(frozen=True, slots=True)
class TechniqueItem:
    """`panet_code`: the PaNET term it says it is, or ''; `pid`: '' where it has none of its own."""

    pid: str
    name: str
    panet_code: str


@dataclass(frozen=True, slots=True)
class SampleItem:
    pid: str
    name: str
    description: str


@dataclass(frozen=True, slots=True)
class ParameterItem:
    name: str
    value: float | str
    unit: str


@dataclass(frozen=True, slots=True)
class FileItem:
    name: str
    path: str
    size_bytes: int | None


@dataclass(frozen=True, slots=True)
class DatasetItem:
    pid: str
    title: str
    is_public: bool
    created: datetime | None
    size_bytes: int | None
    instrument: InstrumentItem | None
    techniques: tuple[TechniqueItem, ...]
    samples: tuple[SampleItem, ...]
    parameters: tuple[ParameterItem, ...]
    files: tuple[FileItem, ...]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AffiliationItem:
    name: str
    address: str
    city: str
    country: str


@dataclass(frozen=True, slots=True)
class MemberItem:
    id: str
    full_name: str
    first_name: str
    last_name: str
    orcid: str
    researcher_id: str
    role: str
    affiliation: AffiliationItem | None


@dataclass(frozen=True, slots=True)
class DocumentItem:
    pid: str
    title: str
    is_public: bool
    summary: str
    licence: str
    keywords: tuple[str, ...]
    starts: datetime | None
    ends: datetime | None
    opens: datetime | None
    # The fields of the Document that the catalogue's own columns cannot hold, as they were.
    as_given: Json
    dataset_pids: tuple[str, ...]
    members: tuple[MemberItem, ...]
    parameters: tuple[ParameterItem, ...]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Reader:
    """One JSON object and its place in the answer; reads fields, and notes what it leaves out."""

    values: Json
    path: str
    remarks: list[str] = field(default_factory=list)

    def text(self, name: str, *, most: int = 1000) -> str:
        """Returns a string, '' where there is none; a number is read as it is written."""
        value = self.values.get(name)
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise ItemError(f"{self._at(name)}: expected a string, got {_shown(value)}")
        text = str(value).strip()
        if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
            raise ItemError(f"{self._at(name)}: holds a character that no text can hold")
        if len(text) > most:
            raise ItemError(f"{self._at(name)}: {len(text)} characters, {most} at most")
        return text

    def needed(self, name: str, *, most: int = 1000) -> str:
        text = self.text(name, most=most)
        if not text:
            raise ItemError(f"{self._at(name)}: is missing")
        return text

    def flag(self, name: str) -> bool:
        """Returns whether a field is true: what does not say that it is public is not."""
        value = self.values.get(name)
        if not isinstance(value, bool):
            self.remarks.append(f"{self._at(name)}: is not true or false; taken as not public")
        return value is True

    def moment(self, name: str) -> datetime | None:
        text = self.text(name)
        if not text:
            return None
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            self.remarks.append(f"{self._at(name)}: {text!r} is no ISO 8601 date; left out")
            return None
        return found if found.tzinfo else found.replace(tzinfo=UTC)

    def size(self, name: str) -> int | None:
        value = self.values.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.remarks.append(f"{self._at(name)}: {_shown(value)} is no number; left out")
            return None
        if not 0 <= value <= _MOST_BYTES:
            self.remarks.append(f"{self._at(name)}: {value} bytes cannot be; left out")
            return None
        return int(value)

    def inner(self, name: str) -> "_Reader | None":
        value = self.values.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise ItemError(f"{self._at(name)}: expected an object, got {_shown(value)}")
        return _Reader(value, self._at(name), self.remarks)

    def many(self, name: str, read: Callable[["_Reader"], Part]) -> tuple[Part, ...]:
        """Returns the parts that can be understood, and notes the others."""
        return tuple(self._parts(name, read))

    def _parts(self, name: str, read: Callable[["_Reader"], Part]) -> Iterator[Part]:
        entries = self.values.get(name) or []
        if not isinstance(entries, list):
            raise ItemError(f"{self._at(name)}: expected an array, got {_shown(entries)}")
        for place, entry in enumerate(entries):
            path = f"{self._at(name)}[{place}]"
            if not isinstance(entry, dict):
                self.remarks.append(f"{path}: expected an object; left out")
                continue
            try:
                yield read(_Reader(entry, path, self.remarks))
            except ItemError as error:
                self.remarks.append(f"{error}; left out")

    def _at(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name


def read_instrument(raw: object) -> InstrumentItem:
    return _instrument(_reader(raw))


def read_dataset(raw: object) -> DatasetItem:
    """Returns a dataset with its relations.

    Raises:
        ItemError: it has no pid or no title, or one of them is not what it should be.
    """
    row = _reader(raw)
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
        parameters=row.many("parameters", _parameter),
        files=row.many("files", _file),
        remarks=tuple(row.remarks),
    )


def read_document(raw: object) -> DocumentItem:
    """Returns a document with its people and the pids of its datasets.

    Raises:
        ItemError: it has no pid or no title, or one of them is not what it should be.
    """
    row = _reader(raw)
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
        parameters=row.many("parameters", _parameter),
        remarks=tuple(row.remarks),
    )


_AS_GIVEN = ("type", "doi", "startDate", "endDate", "releaseDate", "license")


def _reader(raw: object) -> _Reader:
    if not isinstance(raw, dict):
        raise ItemError(f"expected an object, got {_shown(raw)}")
    return _Reader(raw, "")


def _instrument(row: _Reader) -> InstrumentItem:
    return InstrumentItem(
        pid=row.text("pid", most=200),
        name=row.needed("name", most=200),
        facility=row.text("facility", most=200),
    )


def _technique(row: _Reader) -> TechniqueItem:
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


def _sample(row: _Reader) -> SampleItem:
    return SampleItem(
        pid=row.text("pid", most=200),
        name=row.needed("name", most=300),
        description=row.text("description", most=100_000),
    )


def _parameter(row: _Reader) -> ParameterItem:
    name = row.needed("name", most=100)
    value = row.values.get("value")
    if isinstance(value, int | float) and not isinstance(value, bool):
        if not math.isfinite(value):
            raise ItemError(f"{row.path}.value: {value} is no number")
        return ParameterItem(name, float(value), row.text("unit", most=50))
    return ParameterItem(name, row.needed("value", most=100_000), row.text("unit", most=50))


def _file(row: _Reader) -> FileItem:
    return FileItem(
        name=row.needed("name", most=300), path=row.text("path"), size_bytes=row.size("size")
    )


def _member(row: _Reader) -> MemberItem:
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


def _affiliation(row: _Reader) -> AffiliationItem | None:
    name = row.text("name", most=300)
    if not name:
        return None
    return AffiliationItem(
        name=name,
        address=row.text("address", most=300),
        city=row.text("city", most=100),
        country=row.text("country", most=100),
    )


def _keywords(row: _Reader) -> tuple[str, ...]:
    words = row.values.get("keywords") or []
    if not isinstance(words, list):
        row.remarks.append("keywords: expected an array; left out")
        return ()
    kept = [word for word in words if isinstance(word, str) and word and len(word) <= 100]
    if len(kept) < len(words):
        row.remarks.append(f"keywords: {len(words) - len(kept)} that are no short text; left out")
    return tuple(kept)


def _shown(value: object) -> str:
    text = ascii(value)
    return text if len(text) <= 60 else text[:57] + "..."
