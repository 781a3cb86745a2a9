"""Every address of the site, walked from the URL map and filled with given arguments."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from urllib.parse import quote

from django.urls import URLResolver, get_resolver

# <int:pk>, <path:doi>, … of path(); (?P<pid>…) of re_path(), groups inside it included.
_CONVERTER = re.compile(r"<(?:\w+:)?(\w+)>")
_GROUP = re.compile(r"\(\?P<(\w+)>(?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)")


def patterns() -> Iterator[str]:
    """Yields every pattern of the URL map, its own and those of what it includes, joined."""
    yield from _patterns_of(get_resolver(), "")


def _patterns_of(resolver: URLResolver, prefix: str) -> Iterator[str]:
    for entry in resolver.url_patterns:
        # As Django joins them itself: what is included begins where its prefix ends.
        own = str(entry.pattern)
        here = prefix + own.removeprefix("^") if prefix else own
        if isinstance(entry, URLResolver):
            yield from _patterns_of(entry, here)
        else:
            yield here


def arguments_of(pattern: str) -> list[str]:
    """Returns the names of a pattern's arguments, in order."""
    return [*_CONVERTER.findall(_GROUP.sub("", pattern)), *_GROUP.findall(pattern)]


def addresses(pattern: str, values: Mapping[str, Sequence[object]]) -> Iterator[str]:
    """Yields the pattern's address for every combination of its arguments' values.

    Raises:
        KeyError: there are no values for an argument.
    """
    names = arguments_of(pattern)
    for chosen in product(*(values[name] for name in names)):
        yield "/" + _fill(pattern, dict(zip(names, chosen, strict=True)))


def _fill(pattern: str, chosen: Mapping[str, object]) -> str:
    def value(match: re.Match[str]) -> str:
        return quote(str(chosen[match[1]]), safe="/")

    return _CONVERTER.sub(value, _plain(_GROUP.sub(r"<\1>", pattern)))


def _plain(pattern: str) -> str:
    """Returns one text that a pattern stands for, its arguments left as `<name>`."""
    anything = pattern.replace(r"[\s\S]*", "anything")
    one_letter = re.sub(r"\[(\w)\w*\]", r"\1", anything)
    optional = re.sub(r"\(\?:([^()]*)\)\?", r"\1", one_letter)
    return re.sub(r"/\?(\\Z|\$)?$|\\Z|[\^$\\]", "", optional)
