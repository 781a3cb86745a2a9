"""Bytes of any origin → text that a database, a terminal and a page can hold, pure."""

import re
import unicodedata

# Marks that reverse the reading direction hide what a text says (Trojan Source, CVE-2021-42574).
DIRECTION_MARKS = frozenset(
    "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
)
# Separators become a space; every other control character goes. PostgreSQL refuses NUL in text.
SPACES = frozenset("\t\n\v\f\r\x85\u2028\u2029")
DROPPED_CATEGORIES = frozenset({"Cc", "Cs", "Cn"})


def decode_text(raw: bytes) -> str:
    """Return the text of an HDF5 string: cut at its first NUL, UTF-8 or else Latin-1, cleaned.

    Eight of 1254 files of many facilities hold Latin-1 in fields declared ASCII; Latin-1 decodes
    any bytes, so nothing is lost and nothing raises.
    """
    if raw.isascii() and (text := raw.decode("ascii")).isprintable():
        return text.strip()
    content = raw.split(b"\0", 1)[0]
    try:
        return clean_text(content.decode("utf-8"))
    except UnicodeDecodeError:
        return clean_text(content.decode("latin-1"))


def clean_text(text: str) -> str:
    """Return `text` without control characters and direction marks, stripped at both ends."""
    if text.isprintable() and text.isascii():
        return text.strip()
    return "".join(_clean_character(each) for each in text).strip()


def _clean_character(character: str) -> str:
    if character in SPACES:
        return " "
    if character in DIRECTION_MARKS or unicodedata.category(character) in DROPPED_CATEGORIES:
        return ""
    return character


def shorten(text: str, limit: int) -> str:
    """Return `text` of at most `limit` characters, an ellipsis in place of what was cut."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def show(value: object, limit: int = 80) -> str:
    """Return a value as it stands in a message: quoted, short, on one line."""
    return repr(shorten(clean_text(str(value)), limit))


def natural_key(text: str) -> tuple[tuple[int, int, str], ...]:
    """Return a sort key that puts `2.1` before `10.1` and `entry2` before `entry10`."""
    runs = re.findall(r"[0-9]+|[^0-9]+", text)
    return tuple((0, int(run[:18]), "") if run[0] in "0123456789" else (1, 0, run) for run in runs)
