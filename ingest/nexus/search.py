"""Finding values in a NeXus tree by the paths of the mapping, pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ingest.nexus.plan import Plan
from ingest.nexus.rules import FieldRule
from ingest.nexus.text import shorten
from ingest.nexus.tree import NexusGroup, Value
from ingest.nexus.values import is_placeholder, to_text
from ingest.record import Sourced

TEXT_CHARS = 1000


@dataclass(frozen=True, slots=True)
class Found:
    """One value of the file, where it stands, and its unit as written."""

    value: Value
    source: str
    units: str = ""


Values = Mapping[str, Sequence[Found]]


def collect_values(group: NexusGroup, plan: Plan, prefix: str = "") -> dict[str, list[Found]]:
    """Return everything that a plan asks for and a group holds, by the paths of the mapping.

    Several values stand at one path in the order of the file.
    """
    values: dict[str, list[Found]] = {}
    _collect(group, plan, prefix, values)
    return values


def _collect(group: NexusGroup, plan: Plan, prefix: str, values: dict[str, list[Found]]) -> None:
    for name, value in group.attributes.items():
        values.setdefault(f"{prefix}@{name}", []).append(Found(value, f"{group.path}@{name}"))
    for name, field in group.fields.items():
        if field.value is not None:
            found = Found(field.value, field.path, field.units)
            values.setdefault(f"{prefix}{name}", []).append(found)
        for attribute, value in field.attributes.items():
            found = Found(value, f"{field.path}@{attribute}")
            values.setdefault(f"{prefix}{name}@{attribute}", []).append(found)
    for child in group.groups:
        for step in {child.nx_class, child.name}:
            if (inner := plan.groups.get(step)) is not None:
                here = Found(child.name, child.path)
                values.setdefault(f"{prefix}{step}/", []).append(here)
                _collect(child, inner, f"{prefix}{step}/", values)


def supplement(values: Values, beside: Values, rules: Iterable[FieldRule]) -> Values:
    """Return values with those of another entry for each rule that finds nothing among them."""
    open_rules = [rule for rule in rules if find_text(values, rule) is None]
    added = {path: [*values.get(path, ()), *beside.get(path, ())] for path in _paths(open_rules)}
    return {**values, **added}


def _paths(rules: Iterable[FieldRule]) -> Iterator[str]:
    return (path for rule in rules for path in rule.paths)


def find_groups(top: NexusGroup, steps: Sequence[str]) -> Iterator[NexusGroup]:
    """Yield the groups at the end of the steps, each an NX_class."""
    if not steps:
        yield top
    else:
        for group in top.groups_of(steps[0]):
            yield from find_groups(group, steps[1:])


def find_text(values: Values, rule: FieldRule) -> Sourced[str] | None:
    """Return the first usable text of a rule, None where no candidate says anything."""
    return next(find_texts(values, rule), None)


def find_texts(values: Values, rule: FieldRule) -> Iterator[Sourced[str]]:
    """Yield every usable text of a rule, best first, without placeholders."""
    for path in rule.paths:
        for found in values.get(path, ()):
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
