"""Operands of a filter: from what a request holds to what a field of its type compares with."""

import math
import re
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from typing import Any

from catalogue.search.errors import FilterError
from catalogue.search.schema import FieldType
from catalogue.search.tree import Scalar


def scalar(value: object, kind: FieldType, path: str) -> Scalar:
    """Returns the operand; None is JSON's null.

    Raises:
        FilterError: it cannot be compared with a field of that type.
    """
    if value is None:
        return None
    return _READERS[kind](value, path)


def string(value: object, path: str) -> str:
    """Returns a string the database can take; numbers are read as they are written."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise FilterError(path, f"expected a string, got {shown(value)}")
    text = str(value)
    # PostgreSQL's text holds neither NUL nor the halves of a surrogate pair.
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise FilterError(path, "holds a character that no text can hold")
    return text


def number(value: object, path: str) -> int | float:
    """Returns a finite number; the portal sends numbers as strings (`{"lte": "1"}`)."""
    found = read_number(value)
    if found is None:
        raise FilterError(path, f"expected a number, got {shown(value)}")
    return found


def read_number(value: object) -> int | float | None:
    """Returns the number a value is or spells; whole ones within 64 bits stay exact."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    if not math.isfinite(found):
        return None
    if isinstance(value, int) and abs(value) < 2**63:
        return value
    return found


def whole(value: object, path: str, *, most: int) -> int:
    """Returns a whole number from 0 to `most`; numeric strings count (`"limit": "100"`)."""
    found = read_number(value)
    if found is None or found < 0 or found != int(found):
        raise FilterError(path, f"expected a whole number, 0 or more, got {shown(value)}")
    if found > most:
        raise FilterError(path, f"expected {most} at most, got {shown(value)}")
    return int(found)


def instant(value: object, path: str) -> datetime:
    """Returns a moment from ISO 8601; a day, a month or a year is its first, and UTC is meant."""
    text = value if isinstance(value, str) else ""
    try:
        found = datetime.fromisoformat(text + _REST_OF_DAY[len(text)] if _is_part(text) else text)
    except ValueError:
        raise FilterError(path, f"expected an ISO 8601 date, got {shown(value)}") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


# What a year and a month leave out of a day.
_REST_OF_DAY = {4: "-01-01", 7: "-01"}


def _is_part(text: str) -> bool:
    return re.fullmatch(r"\d{4}(?:-\d\d)?", text, re.ASCII) is not None


def boolean(value: object, path: str) -> bool:
    if value in (True, "true"):
        return True
    if value in (False, "false"):
        return False
    raise FilterError(path, f"expected true or false, got {shown(value)}")


def _number_or_string(value: object, path: str) -> int | float | str:
    if isinstance(value, str):
        return string(value, path)
    return number(value, path)


def json_object(raw: object, path: str) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise FilterError(path, f"Value is not an object: {shown(raw)}")
    return raw


def json_array(raw: object, path: str) -> list[Any]:
    if not isinstance(raw, list):
        raise FilterError(path, f"Value is not an array: {shown(raw)}")
    return raw


def check_keys(parts: dict[str, Any], known: Collection[str], path: str) -> None:
    for key in parts:
        if key not in known:
            raise FilterError(f"{path}.{key_name(key)}", f"unknown; known: {', '.join(known)}")


def key_name(key: object) -> str:
    """Returns a key as the path of an error message spells it."""
    return shown(key).strip("'\"")


def shown(value: object) -> str:
    """Returns a value as an error message quotes it: short, and printable."""
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "an array"
    text = ascii(value)
    return text if len(text) <= 60 else text[:57] + "..."


_READERS: dict[FieldType, Callable[[object, str], Scalar]] = {
    FieldType.STRING: string,
    FieldType.STRINGS: string,
    FieldType.NUMBER: number,
    FieldType.DATE: instant,
    FieldType.BOOLEAN: boolean,
    FieldType.VALUE: _number_or_string,
}
