"""A filter out of a query string: JSON (`filter={"limit":2}`) or brackets (`filter[limit]=2`)."""

import json
import re
from collections.abc import Sequence
from typing import Any

from catalogue.search.errors import FilterError

Pairs = Sequence[tuple[str, str]]
_BRACKETED = re.compile(r"(?P<name>\w+)(?P<keys>(?:\[[^\[\]]*\])+)")
MOST_BRACKETS = 40


def read_parameters(pairs: Pairs, *, known: tuple[str, ...]) -> dict[str, object]:
    """Returns each known parameter that says something: {"filter": {...}}.

    An empty parameter and JSON's null say nothing.

    Raises:
        FilterError: a parameter is unknown, given twice, or not an object.
    """
    found: dict[str, object] = {}
    for key, text in pairs:
        name, keys = _split(key)
        if name not in known:
            raise FilterError(name, f"unknown parameter; known: {', '.join(known)}")
        if keys:
            _put(found.setdefault(name, {}), keys, text, path=name)
        elif name in found:
            raise FilterError(name, "is given twice")
        elif (value := _object(name, text)) is not None:
            found[name] = value
    bracketed = {_split(key)[0] for key, _ in pairs if _split(key)[1]}
    return {
        name: _with_lists(value) if name in bracketed else value for name, value in found.items()
    }


def _object(name: str, text: str) -> dict[str, Any] | None:
    if not text.strip():
        return None
    try:
        value = json.loads(text, parse_constant=_no_constant)
    # RecursionError: thousands of brackets.
    except (ValueError, RecursionError):
        raise FilterError(name, "Value is not an object.") from None
    if value is not None and not isinstance(value, dict):
        raise FilterError(name, "Value is not an object.")
    return value


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON (RFC 8259 §6)")


def _split(key: str) -> tuple[str, list[str]]:
    match = _BRACKETED.fullmatch(key)
    if match is None:
        return key, []
    return match["name"], re.findall(r"\[([^\[\]]*)\]", match["keys"])


def _put(target: object, keys: list[str], text: str, *, path: str) -> None:
    if len(keys) > MOST_BRACKETS:
        raise FilterError(path, f"expected {MOST_BRACKETS} brackets at most")
    for key in keys[:-1]:
        if not isinstance(target, dict):
            break
        target = target.setdefault(_place(key, target), {})
    if not isinstance(target, dict) or keys[-1] in target:
        raise FilterError(path, "is given twice")
    target[_place(keys[-1], target)] = text


def _place(key: str, target: dict[str, Any]) -> str:
    """Returns a key; `[]` is the next place of an array (`filter[include][]=files`)."""
    return key or str(len(target))


def _with_lists(value: object) -> object:
    """Returns a tree in which {"0": a, "1": b} is [a, b], as brackets spell arrays."""
    if not isinstance(value, dict):
        return value
    inner = {key: _with_lists(part) for key, part in value.items()}
    if inner and all(key.isdecimal() and len(key) < 5 for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return inner
