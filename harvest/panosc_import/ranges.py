"""Ranges that are told as parameters of their own, `temperature_min` and `temperature_max`; pure.

SciCat has no other way to tell a range, and its search API looks for values between the two.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from catalogue.vocabulary.measured import Measured
from harvest.panosc_import.items import ParameterItem

LEAST, GREATEST = "_min", "_max"


def with_ranges(items: Iterable[ParameterItem]) -> tuple[ParameterItem, ...]:
    """Returns parameters in which each pair of ends is the range of one parameter.

    Where the number itself is not told, it is the middle. Ends that are not a pair (there are two
    of them, their units differ, or they are not in their order) stay what they were.
    """
    given = tuple(items)
    count = Counter(item.name for item in given)
    single = {item.name: item for item in given if count[item.name] == 1}
    names = [name.removesuffix(LEAST) for name in single if name.endswith(LEAST)]
    ranges = {name: found for name in names if (found := _range(name, single, count))}
    ends = {name + end for name in ranges for end in (LEAST, GREATEST)}
    kept = [ranges.get(item.name, item) for item in given if item.name not in ends]
    return (*kept, *(item for name, item in ranges.items() if name not in count))


def _range(
    name: str, single: dict[str, ParameterItem], count: Counter[str]
) -> ParameterItem | None:
    least, greatest = _number(single.get(name + LEAST)), _number(single.get(name + GREATEST))
    if least is None or greatest is None or least.unit != greatest.unit:
        return None
    if not name or least.value > greatest.value:
        return None
    middle = least.value / 2 + greatest.value / 2
    number = _number(single.get(name)) if name in count else Measured(middle, least.unit)
    if number is None or number.unit != least.unit or number.minimum is not None:
        return None
    whole = replace(number, minimum=least.value, maximum=greatest.value)
    return ParameterItem(name, whole, number.unit)


def _number(item: ParameterItem | None) -> Measured | None:
    return item.value if item and isinstance(item.value, Measured) else None
