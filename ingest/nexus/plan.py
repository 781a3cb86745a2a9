"""What the mapping asks of a file, as a tree that the reader walks beside the file's own; pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

# Written `unit` by one file in a hundred.
UNITS = ("units", "unit")


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What is wanted of one group: some of its attributes, fields and groups, and nothing else.

    `fields` maps a field's name to the names of its attributes, `groups` an NX_class or a group's
    name to what is wanted there; of the fields in `series`, long arrays are summed up. `further` is
    what a plan of a file asks of entries that are not read. Names are bytes, as HDF5 has them.
    """

    attributes: dict[bytes, None] = field(default_factory=dict)
    fields: dict[bytes, dict[bytes, None]] = field(default_factory=dict)
    groups: dict[str, "Plan"] = field(default_factory=dict)
    series: set[bytes] = field(default_factory=set)
    further: "Plan | None" = None

    @property
    def asks_for_classes(self) -> bool:
        """Whether a group of any name may be wanted, for its class."""
        return any(step.startswith("NX") for step in self.groups)

    def find(self, nx_class: str, name: str) -> "Plan | None":
        """Return what is wanted of a child group, None where it is not in the plan."""
        by_class, by_name = self.groups.get(nx_class), self.groups.get(name)
        return merge(by_class, by_name) if by_class and by_name else by_class or by_name


@cache
def split_path(path: str) -> tuple[tuple[str, ...], str, str]:
    """Return the groups, the field and the attribute that a path of the mapping names."""
    *groups, last = path.split("/")
    name, _, attribute = last.partition("@")
    return tuple(groups), name, attribute


def make_plan(
    paths: Iterable[str],
    *,
    with_units: Iterable[str] = (),
    series: Iterable[str] = (),
    further: Iterable[str] = (),
) -> Plan:
    """Return the plan that reads what stands at the paths, at some with its unit or as a series.

    further: paths that are looked at in every entry, also in those that are not read.
    """
    plan = Plan(further=make_plan(further) if (further := tuple(further)) else None)
    for path in paths:
        _add(plan, path)
    for path in with_units:
        for name in UNITS:
            _add(plan, f"{path}@{name}")
    for path in series:
        _add(plan, path, is_series=True)
    return plan


def _add(plan: Plan, path: str, *, is_series: bool = False) -> None:
    steps, name, attribute = split_path(path)
    for step in steps:
        plan = plan.groups.setdefault(step, Plan())
    if path.endswith("/"):
        return
    wanted = plan.fields.setdefault(name.encode(), {}) if name else plan.attributes
    if attribute:
        wanted[attribute.encode()] = None
    if is_series:
        plan.series.add(name.encode())


@cache
def merge(one: Plan, other: Plan) -> Plan:
    """Return what either asks for; a group such as `temperature` is met by its name and its class.

    A plan is made once from the mapping and equals itself alone, so the cache stays small.
    """
    merged = Plan({**one.attributes, **other.attributes}, {}, {}, one.series | other.series)
    for name in (*one.fields, *other.fields):
        merged.fields[name] = {**one.fields.get(name, {}), **other.fields.get(name, {})}
    for step in (*one.groups, *other.groups):
        pair = [plan.groups[step] for plan in (one, other) if step in plan.groups]
        merged.groups[step] = merge(*pair) if len(pair) == 2 else pair[0]
    return merged
