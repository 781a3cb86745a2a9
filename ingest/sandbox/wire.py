"""Frozen dataclasses ↔ JSON for the pipe of the sandbox, pure.

A reader process handles hostile files with a C library. Were it taken over, a pickle from it would
run code in the parent; JSON checked against the declared types gives it nothing but values.
"""

import dataclasses
import hashlib
import re
import struct
from collections.abc import Iterator
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from ingest.record import ExtractedRecord, Problem

# Every message is preceded by its length in bytes.
LENGTH = struct.Struct("<I")
# A database cannot hold it. What follows an escaped backslash is no escape.
NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
Message = TypeVar("Message")


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
        for name, hint in get_type_hints(origin, include_extras=True).items():
            yield name
            yield from _parts(hint)


# The first message of a child. A child of other code than its parent's, which was updated on the
# disk beneath it, would send answers that its parent takes for those of a hijacked one.
SHAPE = hashlib.sha256("\n".join((*_parts(Reading), *_parts(Hashing))).encode()).hexdigest()[:16]
READY = f"ready {SHAPE}"


class BadMessage(ValueError):  # noqa: N818 - the domain's word
    """What does not have the shape of the type it should be."""


def encode(message: Any) -> bytes:
    """Return a message as JSON: a dataclass, or a text."""
    return msgspec.json.encode(message)


def decode(kind: type[Message], body: bytes) -> Message:
    """Return a message as an instance of `kind`, every part of it checked.

    Numbers are finite, dates aware, and texts hold no NUL. A field that `kind` does not have is
    passed over; one that it has a default for may be left out.

    Raises:
        BadMessage: `body` does not have the shape of `kind`.
    """
    if b"\\u0000" in body and NUL.search(body):
        raise BadMessage("a text with a NUL")
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise BadMessage(str(error)) from None
