"""Frozen dataclasses ↔ JSON for the pipe of the sandbox, pure.

A reader process handles hostile files with a C library. Were it taken over, a pickle from it would
run code in the parent; JSON checked against the declared types gives it nothing but values.
"""

import dataclasses
import math
import struct
import types
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from ingest.record import ExtractedRecord, Problem

DATE_TAG = "date"
# Every message is preceded by its length in bytes.
LENGTH = struct.Struct("<I")


@dataclasses.dataclass(frozen=True, slots=True)
class Reading:
    """First answer about a file: a record, or the failure that stands in its place."""

    record: ExtractedRecord | None
    failure: Problem | None
    retry: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Hashing:
    """Second answer: the file's SHA-256 in hexadecimal, '' where it cannot be read.

    `changed` is true where the file was written to meanwhile.
    """

    sha256: str
    changed: bool


class BadMessage(ValueError):  # noqa: N818 - the domain's word
    """JSON that does not have the shape of the type it should be."""


def to_json(value: Any) -> Any:
    """Return a dataclass as what `json.dumps` takes; a datetime is tagged, it is no text."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {each.name: to_json(getattr(value, each.name)) for each in dataclasses.fields(value)}
    if isinstance(value, datetime):
        return {DATE_TAG: value.isoformat()}
    if isinstance(value, tuple):
        return [to_json(each) for each in value]
    return value.value if isinstance(value, Enum) else value


def from_json(kind: Any, data: Any) -> Any:
    """Return `data` as an instance of `kind`, every part of it checked.

    Raises:
        BadMessage: `data` does not have the shape of `kind`.
    """
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _read_union(get_args(kind), data)
    if origin is Literal:
        return _expect(data in get_args(kind), data, kind)
    if origin is tuple:
        _expect(isinstance(data, list), data, kind)
        return tuple(from_json(get_args(kind)[0], each) for each in data)
    if dataclasses.is_dataclass(origin or kind):
        return _read_dataclass(kind, data)
    return _read_plain(kind, data)


def _read_plain(kind: Any, data: Any) -> Any:
    if kind is datetime:
        return _read_date(data)
    if isinstance(kind, type) and issubclass(kind, Enum):
        _expect(any(data == each.value for each in kind), data, kind)
        return kind(data)
    # JSON has one kind of number, and bool is an int to Python, but not to us.
    if kind is float and type(data) in (int, float):
        return _read_number(data)
    return _expect(type(data) is kind, data, kind)


def _read_number(data: int | float) -> float:
    try:
        number = float(data)
    except OverflowError:
        raise BadMessage("a number beyond all floats") from None
    _expect(math.isfinite(number), data, float)
    return number


def _read_date(data: Any) -> datetime:
    _expect(isinstance(data, dict) and set(data) == {DATE_TAG}, data, datetime)
    try:
        moment = datetime.fromisoformat(data[DATE_TAG])
    except (TypeError, ValueError):
        raise BadMessage(f"{str(data)[:80]} is no date") from None
    _expect(moment.tzinfo is not None, data, datetime)
    return moment


def _read_union(kinds: tuple[Any, ...], data: Any) -> Any:
    if data is None and type(None) in kinds:
        return None
    for kind in (each for each in kinds if each is not type(None)):
        try:
            return from_json(kind, data)
        except BadMessage:
            continue
    raise BadMessage(f"{str(data)[:80]} is none of {kinds}")


def _read_dataclass(kind: Any, data: Any) -> Any:
    owner = get_origin(kind) or kind
    hints = _hints(owner)
    _expect(isinstance(data, dict) and set(data) == set(hints), data, kind)
    # A generic such as Sourced[str] declares its value as a type variable.
    arguments = get_args(kind)
    bound = {
        name: arguments[0] if isinstance(hint, TypeVar) else hint for name, hint in hints.items()
    }
    return owner(**{name: from_json(hint, data[name]) for name, hint in bound.items()})


@cache
def _hints(owner: type) -> dict[str, Any]:
    return get_type_hints(owner)


def _expect(condition: bool, data: Any, kind: Any) -> Any:
    if not condition:
        raise BadMessage(f"{str(data)[:80]} is no {kind}")
    return data
