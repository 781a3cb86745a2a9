"""Frozen dataclasses ↔ JSON for the pipe of the sandbox, pure.

A reader process handles hostile files with a C library. Were it taken over, a pickle from it would
run code in the parent; JSON checked against the declared types gives it nothing but values.
"""

import dataclasses
import hashlib
import math
import struct
import types
from collections.abc import Callable, Iterator
from datetime import datetime
from enum import Enum
from functools import cache
from typing import (
    Any,
    Literal,
    NoReturn,
    TypeAlias,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from ingest.record import ExtractedRecord, Problem

DATE_TAG = "date"
# Every message is preceded by its length in bytes.
LENGTH = struct.Struct("<I")
Decoder: TypeAlias = Callable[[Any], Any]


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


def _parts(kind: Any) -> Iterator[str]:
    """Yield the name and type of everything that a message of one kind may hold."""
    yield repr(kind)
    for inner in get_args(kind):
        yield from _parts(inner)
    origin = get_origin(kind) or kind
    if dataclasses.is_dataclass(origin):
        for name, hint in get_type_hints(origin).items():
            yield name
            yield from _parts(hint)


# The first message of a child. A child of other code than its parent's, which was updated on the
# disk beneath it, would send answers that its parent takes for those of a hijacked one.
SHAPE = hashlib.sha256("\n".join((*_parts(Reading), *_parts(Hashing))).encode()).hexdigest()[:16]
READY = f"ready {SHAPE}"


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
    return _decoder(kind)(data)


@cache
def _decoder(kind: Any) -> Decoder:
    """Return what turns JSON into one type; a type is looked at once, its values many times."""
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _union_decoder(get_args(kind))
    if origin is Literal:
        return _checked(lambda data: data in get_args(kind), kind)
    if origin is tuple:
        return _tuple_decoder(kind)
    if dataclasses.is_dataclass(origin or kind):
        return _dataclass_decoder(kind)
    if kind is datetime:
        return _read_date
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _enum_decoder(kind)
    if kind is str:
        return _checked(_is_text, kind)
    # JSON has one kind of number, and bool is an int to Python, but not to us.
    if kind is float:
        return _read_number
    return _checked(lambda data: type(data) is kind, kind)


def _is_text(data: Any) -> bool:
    """Tell whether a database can hold it: no NUL, no half of a surrogate pair."""
    if type(data) is not str or "\0" in data:
        return False
    return data.isascii() or not any("\ud800" <= each <= "\udfff" for each in data)


def _checked(is_sound: Callable[[Any], bool], kind: Any) -> Decoder:
    return lambda data: data if is_sound(data) else _refuse(data, kind)


def _enum_decoder(kind: type[Enum]) -> Decoder:
    members = {each.value: each for each in kind}

    def decode(data: Any) -> Any:
        is_known = isinstance(data, str) and data in members
        return members[data] if is_known else _refuse(data, kind)

    return decode


def _tuple_decoder(kind: Any) -> Decoder:
    decode_item = _decoder(get_args(kind)[0])

    def decode(data: Any) -> Any:
        return tuple(map(decode_item, data)) if type(data) is list else _refuse(data, kind)

    return decode


def _union_decoder(kinds: tuple[Any, ...]) -> Decoder:
    may_be_none = type(None) in kinds
    decoders = [_decoder(kind) for kind in kinds if kind is not type(None)]

    def decode(data: Any) -> Any:
        if data is None and may_be_none:
            return None
        for decode_one in decoders[:-1]:
            try:
                return decode_one(data)
            except BadMessage:
                continue
        return decoders[-1](data)

    return decode


def _dataclass_decoder(kind: Any) -> Decoder:
    owner = get_origin(kind) or kind
    # A generic such as Sourced[str] declares its value as a type variable.
    arguments = get_args(kind)
    decoders = {
        name: _decoder(arguments[0] if isinstance(hint, TypeVar) else hint)
        for name, hint in get_type_hints(owner).items()
    }

    def decode(data: Any) -> Any:
        if type(data) is not dict or data.keys() != decoders.keys():
            return _refuse(data, kind)
        return owner(**{name: decode_one(data[name]) for name, decode_one in decoders.items()})

    return decode


def _read_number(data: Any) -> Any:
    if type(data) not in (int, float):
        return _refuse(data, float)
    try:
        number = float(data)
    except OverflowError:
        raise BadMessage("a number beyond all floats") from None
    return number if math.isfinite(number) else _refuse(data, float)


def _read_date(data: Any) -> Any:
    if not (isinstance(data, dict) and set(data) == {DATE_TAG}):
        return _refuse(data, datetime)
    try:
        moment = datetime.fromisoformat(data[DATE_TAG])
    except (TypeError, ValueError):
        return _refuse(data, datetime)
    return moment if moment.tzinfo is not None else _refuse(data, datetime)


def _refuse(data: Any, kind: Any) -> NoReturn:
    raise BadMessage(f"{str(data)[:80]} is no {kind}")
