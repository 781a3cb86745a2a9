"""Finding values in a NeXus tree by the paths of the mapping, pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from ingest.nexus.fields import FieldRule
from ingest.nexus.text import shorten
from ingest.nexus.tree import NexusField, NexusGroup, Value
from ingest.nexus.values import is_placeholder, to_text
from ingest.record import Sourced

TEXT_CHARS = 1000


@dataclass(frozen=True, slots=True)
class Found:
    """One value of the file, where it stands, and its unit as written."""

    value: Value
    source: str
    units: str = ""


@cache
def split_path(path: str) -> tuple[tuple[str, ...], str, str]:
    """Return the groups, the field and the attribute that a path of the mapping names."""
    *groups, last = path.split("/")
    name, _, attribute = last.partition("@")
    return tuple(groups), name, attribute


def find_groups(top: NexusGroup, steps: tuple[str, ...]) -> Iterator[NexusGroup]:
    """Yield the groups at the end of the steps; `NX…` is a class, anything else a name."""
    if not steps:
        yield top
        return
    step, *rest = steps
    for group in top.groups:
        if step == (group.nx_class if step.startswith("NX") else group.name):
            yield from find_groups(group, tuple(rest))


def find_values(top: NexusGroup, path: str) -> Iterator[Found]:
    """Yield every value at a path of the mapping, in the order of the file."""
    steps, name, attribute = split_path(path)
    for group in find_groups(top, steps):
        if not name:
            yield from _attribute_of(group, attribute)
        elif (field := group.get_field(name)) is not None:
            yield from _attribute_of(field, attribute) if attribute else _value_of(field)


def _value_of(field: NexusField) -> Iterator[Found]:
    if field.value is not None:
        yield Found(field.value, field.path, field.units)


def _attribute_of(owner: NexusGroup | NexusField, name: str) -> Iterator[Found]:
    if (value := owner.attributes.get(name)) is not None:
        yield Found(value, f"{owner.path}@{name}")


def find_text(top: NexusGroup, rule: FieldRule) -> Sourced[str] | None:
    """Return the first usable text of a rule, None where no candidate says anything."""
    return next(find_texts(top, rule), None)


def find_texts(top: NexusGroup, rule: FieldRule) -> Iterator[Sourced[str]]:
    """Yield every usable text of a rule, best first, without placeholders."""
    for path in rule.paths:
        for found in find_values(top, path):
            text = to_text(found.value)
            if is_usable(text, rule):
                yield Sourced(shorten(text, TEXT_CHARS), found.source)


def is_usable(text: str, rule: FieldRule) -> bool:
    """Tell whether a text says something for this rule."""
    if is_placeholder(text, rule.placeholders):
        return False
    return not (rule.refused and rule.refused.fullmatch(text))


def find_in_names(names: tuple[Sourced[str], ...], rule: FieldRule) -> Sourced[str] | None:
    """Return what a rule's patterns find in the names a file has or had."""
    for name in names:
        for pattern in rule.file_names:
            if match := pattern.search(name.value.replace("\\", "/")):
                return Sourced(match["value"], name.source)
    return None
