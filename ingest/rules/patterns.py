"""Regular expressions that people write, in RE2: matching is linear in the text; pure.

A pattern such as `(a+)+$` takes Python's own engine hours on a short path. RE2 takes no longer for
it than for any other; the price is that look-around and back-references are not available.
https://github.com/google/re2/wiki/Syntax
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import re2

LONGEST_PATTERN = 500
NO_LOOK_AROUND = (
    "look-around and back-references are not available, because they can take for ever; "
    "match what is there instead, e.g. (/|$) in place of (?=/|$)"
)
# RE2's words for what is wrong, and ours; what it quotes comes after them.
FAULTS = {
    "missing )": "a '(' has no ')'",
    "unexpected )": "a ')' has no '('",
    "missing ]": "a '[' has no ']'",
    "missing argument to repetition operator": "nothing stands before it that could be repeated",
    "no argument for repetition operator": "nothing stands before it that could be repeated",
    "bad repetition operator": "one repetition follows another; put the first into (?:…)",
    "invalid repetition size": "a repetition is {least,most}, 1000 at the most",
    "invalid named capture group": "a named group is (?P<name>…), the name of letters and _",
    "invalid character class range": "this is no range of characters",
    "invalid perl operator": NO_LOOK_AROUND,
    "trailing \\": "a \\ at the end escapes nothing; write \\\\ for the character itself",
    "pattern too large": "the pattern is too large; repeat less",
}


class BadPattern(ValueError):  # noqa: N818 - the domain's word
    """A text that is no pattern; the message says what is wrong, and where."""


@dataclass(frozen=True)
class Pattern:
    """A pattern that can be searched for. `text` is what a person wrote."""

    text: str
    ignores_case: bool = False

    @cached_property
    def _compiled(self) -> Any:
        return _compile(self.text, self.ignores_case)

    @cached_property
    def _indexes(self) -> dict[str, int]:
        return {name.decode(): index for name, index in self._compiled.groupindex.items()}

    @property
    def groups(self) -> tuple[str, ...]:
        """Returns the names of its groups."""
        return tuple(self._indexes)

    def is_in(self, text: str) -> bool:
        """Tells whether it matches anywhere in a text."""
        return self._compiled.search(_encode(text)) is not None

    def find(self, text: str) -> dict[str, str]:
        """Returns what its named groups match first in a text, without groups that match nothing.

        A pattern that does not match finds nothing.
        """
        match = self._compiled.search(_encode(text))
        if match is None:
            return {}
        found = {name: match.group(index) for name, index in self._indexes.items()}
        # \C, RE2's single byte, may match a part of a character.
        return {name: value.decode("utf-8", "replace") for name, value in found.items() if value}


def read_pattern(text: str, *, groups: Iterable[str] = (), ignores_case: bool = False) -> Pattern:
    """Returns the pattern that a person wrote.

    groups: the names that its groups may have, one of them at least; none means that it has no use
    for groups, and that their names do not matter.

    Raises:
        BadPattern: it is none, or has no named group that says anything here.
    """
    if len(text) > LONGEST_PATTERN:
        raise BadPattern(f"The pattern is longer than {LONGEST_PATTERN} characters.")
    pattern = Pattern(text, ignores_case)
    _compile(text, ignores_case)
    wanted = tuple(groups)
    if wanted:
        _check_groups(pattern, wanted)
    return pattern


def _check_groups(pattern: Pattern, wanted: tuple[str, ...]) -> None:
    listed = ", ".join(f"(?P<{name}>…)" for name in wanted)
    if not pattern.groups:
        raise BadPattern(f"No group says what the pattern finds; name one or more of {listed}.")
    for name in pattern.groups:
        where = f"(?P<{name}>" if f"(?P<{name}>" in pattern.text else f"(?<{name}>"
        if name not in wanted:
            raise BadPattern(
                f"{_place(pattern.text, where)}: {name!r} is none of the fields; "
                f"use {listed}, and (?:…) for groups that say nothing."
            )
        if sum(pattern.text.count(f"{start}<{name}>") for start in ("(?P", "(?")) > 1:
            raise BadPattern(
                f"{_place(pattern.text, where)}: the group {name!r} stands there twice; "
                f"make two rules, or one group around both."
            )


@lru_cache(maxsize=1000)
def _compile(text: str, ignores_case: bool) -> Any:
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = not ignores_case
    # Bounds the program of a pattern, and with it the time for a path of 2,000 bytes.
    options.max_mem = 1 << 20
    try:
        return re2.compile(_encode(text), options)
    except re2.error as error:
        raise BadPattern(_explain(text, error.args[0].decode("utf-8", "replace"))) from None


def _encode(text: str) -> bytes:
    """Returns a text as RE2 takes it; its bindings spend most of their time on str."""
    return text.encode("utf-8", "replace")


def _explain(pattern: str, message: str) -> str:
    """Returns RE2's error as a sentence for the person who wrote the pattern."""
    kind, _, quoted = message.partition(": ")
    if kind == "invalid escape sequence":
        fault = NO_LOOK_AROUND if quoted[1:2].isdigit() else f"{quoted} means nothing"
    else:
        fault = next((ours for theirs, ours in FAULTS.items() if kind.startswith(theirs)), kind)
    # For brackets RE2 quotes the whole pattern, which says nothing of where.
    where = f"{_place(pattern, quoted)}: " if quoted and quoted != pattern else ""
    sentence = f"{where}{fault}."
    return sentence[0].upper() + sentence[1:]


def _place(pattern: str, part: str) -> str:
    position = pattern.find(part)
    return f"{part} (at character {position + 1})" if position >= 0 else part
