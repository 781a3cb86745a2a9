"""Reads the fields of a JSON object, and says where one is not what it should be; pure."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from harvest.panosc_import.items import ItemError, Json

Part = TypeVar("Part")
_MOST_BYTES = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Reader:
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
            raise ItemError(f"{self.at(name)}: expected a string, got {shown(value)}")
        text = str(value).strip()
        if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
            raise ItemError(f"{self.at(name)}: holds a character that no text can hold")
        if len(text) > most:
            raise ItemError(f"{self.at(name)}: {len(text)} characters, {most} at most")
        return text

    def needed(self, name: str, *, most: int = 1000) -> str:
        text = self.text(name, most=most)
        if not text:
            raise ItemError(f"{self.at(name)}: is missing")
        return text

    def flag(self, name: str) -> bool:
        """Returns whether a field is true: what does not say that it is public is not."""
        value = self.values.get(name)
        if not isinstance(value, bool):
            self.remarks.append(f"{self.at(name)}: is not true or false; taken as not public")
        return value is True

    def moment(self, name: str) -> datetime | None:
        text = self.text(name)
        if not text:
            return None
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            self.remarks.append(f"{self.at(name)}: {text!r} is no ISO 8601 date; left out")
            return None
        return found if found.tzinfo else found.replace(tzinfo=UTC)

    def size(self, name: str) -> int | None:
        value = self.values.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.remarks.append(f"{self.at(name)}: {shown(value)} is no number; left out")
            return None
        if not 0 <= value <= _MOST_BYTES:
            self.remarks.append(f"{self.at(name)}: {value} bytes cannot be; left out")
            return None
        return int(value)

    def number(self, name: str) -> float | None:
        """Returns a number, None where there is none or something else; notes the latter."""
        value = self.values.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not is_finite(value):
            self.remarks.append(f"{self.at(name)}: {shown(value)} is no number; left out")
            return None
        return float(value)

    def inner(self, name: str) -> "Reader | None":
        value = self.values.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise ItemError(f"{self.at(name)}: expected an object, got {shown(value)}")
        return Reader(value, self.at(name), self.remarks)

    def many(self, name: str, read: Callable[["Reader"], Part]) -> tuple[Part, ...]:
        """Returns the parts that can be understood, and notes the others."""
        return tuple(self._parts(name, read))

    def _parts(self, name: str, read: Callable[["Reader"], Part]) -> Iterator[Part]:
        entries = self.values.get(name) or []
        if not isinstance(entries, list):
            raise ItemError(f"{self.at(name)}: expected an array, got {shown(entries)}")
        for place, entry in enumerate(entries):
            path = f"{self.at(name)}[{place}]"
            if not isinstance(entry, dict):
                self.remarks.append(f"{path}: expected an object; left out")
                continue
            try:
                yield read(Reader(entry, path, self.remarks))
            except ItemError as error:
                self.remarks.append(f"{error}; left out")

    def at(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name


def reader_of(raw: object) -> Reader:
    if not isinstance(raw, dict):
        raise ItemError(f"expected an object, got {shown(raw)}")
    return Reader(raw, "")


def is_finite(value: float) -> bool:
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def shown(value: object) -> str:
    text = ascii(value)
    return text if len(text) <= 60 else text[:57] + "..."
