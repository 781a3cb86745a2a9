"""From a provider's reply to an answer: what is not of the protocol is told, not passed on."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Any

from harvest.federation.provider import Provider
from harvest.federation.question import Question, Shape

Json = dict[str, Any]

LONGEST_NOTE = 300


class State(StrEnum):
    """What became of a question to a provider."""

    ANSWERED = "answered"
    LATE = "late"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    FAILED = "failed"
    GARBLED = "garbled"
    TOO_LARGE = "too-large"
    NOT_ALLOWED = "not-allowed"
    RESTING = "resting"


# The provider is at work, whatever it makes of this question.
WORKING = (State.ANSWERED, State.REFUSED)


@dataclass(frozen=True, slots=True)
class Answer:
    """What one provider said.

    items: of a list, or the one item; count: of a count; total: how many items it has of which
    these are the first, None where it does not say; is_total_exact: it does not say that there are
    more; is_whole: there are no more items than these; is_absent: it has no such item.
    """

    provider: Provider
    state: State
    items: tuple[Json, ...] = ()
    count: int = 0
    total: int | None = None
    is_total_exact: bool = True
    is_whole: bool = False
    is_absent: bool = False
    seconds: float = 0
    note: str = ""

    @property
    def is_answered(self) -> bool:
        return self.state is State.ANSWERED


class GarbledError(ValueError):
    """A body that is not what the protocol has there."""


def read_answer(
    provider: Provider,
    question: Question,
    *,
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    seconds: float,
) -> Answer:
    """Returns what a reply says, whatever it is."""

    def ended(state: State, note: str) -> Answer:
        return Answer(provider, state, seconds=seconds, note=note[:LONGEST_NOTE])

    if status == 404 and question.is_of_one:
        return Answer(provider, State.ANSWERED, is_absent=True, seconds=seconds)
    if 300 <= status < 400:
        place = headers.get("location", "elsewhere")
        return ended(State.FAILED, f"moved to {place}: enter that address in its place")
    if 400 <= status < 500 and status != HTTPStatus.TOO_MANY_REQUESTS:
        return ended(State.REFUSED, f"{status}: {_message(body)}")
    if status != 200:
        return ended(State.FAILED, f"{status}: {_message(body)}")
    try:
        value = parse(body)
        return _read(provider, question, value, headers, seconds)
    except GarbledError as error:
        return ended(State.GARBLED, str(error))


def _read(
    provider: Provider,
    question: Question,
    value: object,
    headers: Mapping[str, str],
    seconds: float,
) -> Answer:
    match question.shape:
        case Shape.COUNT:
            return Answer(
                provider, State.ANSWERED, count=_count(value), is_whole=True, seconds=seconds
            )
        case Shape.ITEM:
            if not isinstance(value, dict):
                raise GarbledError(f"expected {Shape.ITEM.value}, got {_kind(value)}")
            items, note = good_items([value], question)
            return Answer(
                provider, State.ANSWERED, items, is_whole=True, seconds=seconds, note=note
            )
        case Shape.ITEMS:
            if not isinstance(value, list):
                raise GarbledError(f"expected {Shape.ITEMS.value}, got {_kind(value)}")
            return _read_list(provider, question, value, headers, seconds)


def _read_list(
    provider: Provider,
    question: Question,
    value: list[object],
    headers: Mapping[str, str],
    seconds: float,
) -> Answer:
    total = _total(headers, at_least=len(value))
    items, note = good_items(value[: question.window], question)
    is_whole = len(value) < question.window if total is None else total <= len(value)
    if total is not None and len(value) < min(question.window, total):
        note = "; ".join(filter(None, [note, f"gave {len(value)} of {total}, however many asked"]))
    return Answer(
        provider,
        State.ANSWERED,
        items,
        total=len(items) if is_whole else total,
        is_total_exact=headers.get("x-total-count-exact", "").strip() != "false",
        is_whole=is_whole,
        seconds=seconds,
        note=note,
    )


def parse(body: bytes) -> Any:
    """Returns the value of a JSON text that can be passed on as it is.

    Raises:
        GarbledError: it is no JSON, or holds what JSON cannot (NaN) or no text can (half a pair).
    """
    try:
        value = json.loads(body, parse_constant=_no_constant)
    # RecursionError: thousands of brackets; ValueError: UnicodeDecodeError and long numbers, too.
    except (ValueError, RecursionError) as error:
        raise GarbledError(f"is not JSON: {str(error)[:100]}") from None
    # RFC 8259 §8.2: an escape may spell half of a surrogate pair, which UTF-8 cannot hold.
    return _mended(value) if b"\\ud" in body.lower() else value


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} (RFC 8259 §6)")


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_mended(part) for part in value]
    if isinstance(value, dict):
        return {_mended(key): _mended(part) for key, part in value.items()}
    return value


def good_items(found: list[object], question: Question) -> tuple[tuple[Json, ...], str]:
    """Returns the items that can be passed on, and what was wrong with the others."""
    objects = [item for item in found if isinstance(item, dict)]
    named = [item for item in objects if not question.needs_pid or _has_pid(item)]
    public = [item for item in named if item.get("isPublic", True) is not False]
    faults = {
        "no objects": len(found) - len(objects),
        "without pid": len(objects) - len(named),
        "not public": len(named) - len(public),
    }
    note = ", ".join(f"{number} {what}" for what, number in faults.items() if number)
    return (
        tuple(_with_lists(item, question.lists) for item in public),
        f"left out: {note}" if note else "",
    )


def _has_pid(item: Json) -> bool:
    pid = item.get("pid")
    return isinstance(pid, str | int) and not isinstance(pid, bool) and str(pid).strip() != ""


def _with_lists(item: Json, lists: tuple[str, ...]) -> Json:
    """Returns an item whose pid is a string, and whose relations to many are arrays."""
    pid = {"pid": str(item["pid"])} if "pid" in item else {}
    arrays = {name: item[name] if isinstance(item.get(name), list) else [] for name in lists}
    return item | pid | arrays


def score_of(item: Json) -> float | None:
    """Returns the score an item claims, None where it is no number."""
    score = item.get("score")
    if isinstance(score, bool) or not isinstance(score, int | float) or not math.isfinite(score):
        return None
    return float(score)


def _count(value: object) -> int:
    """Returns a count; a bare number is one, too (ILL's). A string is some other defect's trace."""
    number = value.get("count") if isinstance(value, dict) else value
    if isinstance(number, bool) or not isinstance(number, int) or number < 0:
        raise GarbledError(f"expected {Shape.COUNT.value}, got {_kind(value)}")
    return number


def _total(headers: Mapping[str, str], *, at_least: int) -> int | None:
    text = headers.get("x-total-count", "").strip()
    return max(int(text[:18]), at_least) if text.isascii() and text.isdigit() else None


def _message(body: bytes) -> str:
    """Returns the message of an error's body (LoopBack's envelope), or what can be told of it."""
    try:
        value = parse(body[:20_000])
    except GarbledError:
        return "no reason that can be read"
    error = value.get("error", value) if isinstance(value, dict) else value
    message = error.get("message", error.get("detail")) if isinstance(error, dict) else error
    return str(message or "no reason given")


def _kind(value: object) -> str:
    text = json.dumps(value, ensure_ascii=True)
    return text if len(text) <= 60 else f"{text[:57]}..."
