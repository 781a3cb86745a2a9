"""Who answered, as a block of JSON and as a header."""

from collections.abc import Sequence
from typing import Any

from harvest.federation.answers import Answer

Json = dict[str, Any]


def status_block(answers: Sequence[Answer], *, is_exact: bool = True) -> Json:
    """Returns what became of each provider; `partial`: some are missing, whatever the reason.

    `exact`: the total counts everything of those who answered once.
    """
    answered = sum(answer.is_answered for answer in answers)
    return {
        "asked": len(answers),
        "answered": answered,
        "partial": answered < len(answers),
        "exact": is_exact,
        "providers": [_line(answer) for answer in answers],
    }


def _line(answer: Answer) -> Json:
    known: Json = {
        "key": answer.provider.key,
        "facility": answer.provider.facility,
        "url": answer.provider.base_url,
        "state": answer.state.value,
        "items": len(answer.items),
        "total": answer.total,
        "ms": round(answer.seconds * 1000),
        "note": answer.note,
    }
    return {name: value for name, value in known.items() if value not in ("", None)}


def status_header(answers: Sequence[Answer]) -> str:
    """Returns a dictionary of structured fields (RFC 9651 §3.2): `ess=answered;items=20;ms=81`."""
    return ", ".join(
        f"{answer.provider.key}={answer.state.value};items={len(answer.items)}"
        f";ms={round(answer.seconds * 1000)}"
        for answer in answers
    )
