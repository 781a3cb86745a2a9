"""The hash chain of the ledger: a canonical form, and what binds a line to the one before; pure."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

# What the first line follows.
GENESIS = "0" * 64


def line_hash(previous_hash: str, contents: Mapping[str, Any]) -> str:
    """Returns the SHA-256, in hexadecimal, of a line's contents and of the hash before it."""
    return hashlib.sha256(previous_hash.encode() + b"\n" + canonical(contents)).hexdigest()


def canonical(contents: Mapping[str, Any]) -> bytes:
    """Returns one form for equal contents: UTF-8 JSON, keys sorted, no spaces, moments in UTC."""
    text = json.dumps(
        dict(contents), sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_text
    )
    return text.encode()


def _text(value: object) -> str:
    """Returns a day or a moment as ISO 8601; nothing else has a form here."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{value!r} has no canonical form: write a text, a number, a day or a moment.")
