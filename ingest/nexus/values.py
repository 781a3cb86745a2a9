"""Text of a NeXus field → the value it means: dates, numbers, identifiers, names; pure."""

import math
import re
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np

from ingest.nexus.series import Series, sum_up
from ingest.nexus.text import show
from ingest.nexus.tree import Value

# What real files write where they have nothing to say, compared without case.
PLACEHOLDERS = frozenset(
    {
        *("", "_", "-", "--", "---", "?", "??", ".", "..", "...", "#", "*"),
        *("unknown", "none", "null", "nil", "nan", "n/a", "undefined", "unset", "not set"),
        *("not specified", "unspecified", "not known", "not available", "not applicable"),
        *("tbd", "to be defined", "todo", "no title", "untitled", "default", "dummy"),
        *("b''", "[]", "{}", "()"),
    }
)
# Templates nobody filled in: `{experiment-type}`, `<name>`, `${title}`.
TEMPLATE = re.compile(r"[<$]?\{[^{}]*\}>?|<[\w .-]+>")

EARLIEST_YEAR, LATEST_YEAR = 1950, 2100
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Written out, since the names of the calendar module change with the locale.
MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MONTHS = {name: number for number, name in enumerate(MONTH_NAMES, start=1)}

# NX_DATE_TIME is ISO 8601 (https://manual.nexusformat.org/nxdl-types.html); what files hold besides
# is a space or nothing between date and time, a comma before the fraction, offsets of two digits.
CLOCK = (
    r"(?P<hour>\d\d?):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d+))?)?"
    r"\s*(?P<offset>Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?"
)
DATE_FORMS = (
    re.compile(
        rf"(?P<year>\d{{4}})(?P<by>[-/])(?P<month>\d\d)(?P=by)(?P<day>\d\d)(?:[T\s]\s*{CLOCK})?",
        re.I,
    ),
    re.compile(
        r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)T(?P<hour>\d\d)(?P<minute>\d\d)"
        r"(?P<second>\d\d)(?:[.,](?P<fraction>\d+))?(?P<offset>Z|[+-]\d\d(?::?\d\d)?)?",
        re.I,
    ),
    # 04-Mar-13 14:55:14, as the ILL and ISIS write it.
    re.compile(rf"(?P<day>\d\d?)-(?P<month>[a-z]{{3}})-(?P<year>\d{{4}}|\d\d)\s+{CLOCK}", re.I),
    # Fri Feb 29 12:00:00 2008, as C's asctime writes it.
    re.compile(
        r"[a-z]{3} (?P<month>[a-z]{3})\s+(?P<day>\d\d?) "
        r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d) (?P<year>\d{4})",
        re.I,
    ),
)

AFFILIATION = re.compile(r"\s*\(([^()]*)\)\s*$")
INITIAL = re.compile(r"(?:\w\.?\s*-?){1,3}")


class BadDate(ValueError):  # noqa: N818 - the domain's word
    """A text that names no instant; `text` is what was written."""

    def __init__(self, text: str, reason: str) -> None:
        super().__init__(f"{show(text)} is no date: {reason}; write e.g. 2026-03-01T10:00:00+01:00")
        self.text = text


def parse_date(text: str, time_zone: str) -> datetime:
    """Return the aware instant a NeXus date names; a date without offset is local to `time_zone`.

    Second 60 is the next minute, hour 24 the next day; fractions beyond microseconds are cut, a
    date alone is its first moment.

    Raises:
        BadDate: the text has no date, an impossible one, or one no instrument can have written.
    """
    match = next((found for form in DATE_FORMS if (found := form.fullmatch(text.strip()))), None)
    if match is None:
        raise BadDate(text, _explain_form(text))
    try:
        moment = _build_date(match.groupdict(), time_zone)
    except ValueError as error:
        raise BadDate(text, str(error)) from None
    if not EARLIEST_YEAR <= moment.year <= LATEST_YEAR or moment == EPOCH:
        raise BadDate(text, "the clock that wrote it was not set")
    return moment


def _explain_form(text: str) -> str:
    if re.fullmatch(r"\d\d?:\d\d(:\d\d)?(\.\d+)?", text.strip()):
        return "it has a time of day only"
    if re.fullmatch(r"[\s\d.,()\[\]eE+-]+", text):
        return "it is a number, whose epoch and unit are unknown"
    return "it is not ISO 8601"


def _build_date(parts: dict[str, str | None], time_zone: str) -> datetime:
    second, hour = int(parts.get("second") or 0), int(parts.get("hour") or 0)
    # Midnight at the end of a day (ISO 8601 §4.3.13).
    is_midnight = hour == 24 and second == int(parts.get("minute") or 0) == 0
    moment = datetime(
        _parse_year(parts["year"] or ""),
        _parse_month(parts["month"] or ""),
        int(parts["day"] or 0),
        0 if is_midnight else hour,
        int(parts.get("minute") or 0),
        0 if second == 60 else second,
        int((parts.get("fraction") or "")[:6].ljust(6, "0")),
        tzinfo=_parse_offset(parts.get("offset") or "", time_zone),
    )
    if is_midnight:
        return moment + timedelta(days=1)
    return moment + timedelta(minutes=1) if second == 60 else moment


def _parse_year(text: str) -> int:
    """Return the year; two digits mean 1970 to 2069, as POSIX's strptime %y has it by and large."""
    if len(text) == 4:
        return int(text)
    return int(text) + (1900 if int(text) >= 70 else 2000)


def _parse_month(text: str) -> int:
    if text.isdecimal():
        return int(text)
    name = text.capitalize()
    if name not in MONTHS:
        raise ValueError(f"there is no month {text!r}")
    return MONTHS[name]


def _parse_offset(text: str, time_zone: str) -> timezone | ZoneInfo:
    if not text:
        return ZoneInfo(time_zone)
    if text[0] not in "+-":
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    if offset > timedelta(hours=14):
        raise ValueError(f"there is no offset {text}")
    return timezone(offset if text[0] == "+" else -offset)


def to_text(value: Value | None) -> str:
    """Return a field's value as text: a number as written, rows of text joined by spaces."""
    if value is None or isinstance(value, Series):
        return ""
    if isinstance(value, tuple):
        return " ".join(filter(None, (to_text(each) for each in value)))
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(value)
    return value.strip() if isinstance(value, str) else str(value)


def to_number(value: Value | None) -> float | None:
    """Return a field's one finite number, None where it has none or several that differ.

    A short array of equal numbers is that number: many writers repeat a setting once per frame.
    """
    if isinstance(value, Series):
        return None if value.varies else value.mean
    if isinstance(value, tuple):
        numbers = {to_number(each) for each in value}
        return numbers.pop() if len(numbers) == 1 else None
    if value is None or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def to_series(value: Value | None) -> Series | None:
    """Return what a field's finite numbers come to, None where it has none."""
    if isinstance(value, Series):
        return value
    if isinstance(value, tuple):
        numbers = [number for each in value if (number := to_number(each)) is not None]
        return sum_up(np.array(numbers))
    one = to_number(value)
    return None if one is None else Series(one, one, one)


def is_placeholder(text: str, extra: Collection[str] = ()) -> bool:
    """Tell whether a text says nothing; `extra` are a field's own placeholders, in lower case."""
    folded = text.strip().casefold()
    return folded in PLACEHOLDERS or folded in extra or bool(TEMPLATE.fullmatch(folded))


def split_names(text: str) -> Iterator[tuple[str, str]]:
    """Yield (name, affiliation) of each person in a user name field.

    `Alpha,Beta` (ISIS joins surnames without a space) and `A. Alpha, B. Beta` are two people;
    `Alpha, Beta` is surname and given name; what stands in brackets at the end is an affiliation.
    """
    for part in re.split(r"\s*[;\n|]\s*|\s+(?:&|and)\s+", text):
        for name in _split_commas(part):
            affiliation = AFFILIATION.search(name)
            bare = AFFILIATION.sub("", name).strip(" ,")
            if bare:
                yield bare, affiliation.group(1).strip() if affiliation else ""


def _split_commas(text: str) -> list[str]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if len(parts) < 2 or any(INITIAL.fullmatch(part) for part in parts):
        return [text]
    joined_surnames = "," in text and ", " not in text
    full_names = all(len(part.split()) > 1 for part in parts)
    return parts if joined_surnames or full_names or len(parts) > 2 else [text]
