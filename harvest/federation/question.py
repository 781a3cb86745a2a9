"""What a provider is asked: an address below its base URL, and the shape of a good answer."""

import json
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, Self
from urllib.parse import quote, urlencode

from catalogue.search.tree import Include

Json = dict[str, Any]

PLURALS = {"Dataset": "Datasets", "Document": "Documents", "Instrument": "Instruments"}


class Shape(Enum):
    """What a good answer is."""

    ITEMS = "an array of objects"
    ITEM = "an object"
    COUNT = 'an object such as {"count": 7}'


@dataclass(frozen=True, slots=True)
class Question:
    """One GET of the protocol.

    window: the most items that are taken of an answer; lists: the included relations to many;
    is_of_one: it is about one item, which a provider may not have; needs_pid: items have one;
    simpler: what to ask where this is refused.
    """

    path: str
    shape: Shape
    parameters: Json = field(default_factory=dict)
    window: int = 0
    lists: tuple[str, ...] = ()
    is_of_one: bool = False
    needs_pid: bool = True
    simpler: Self | None = None

    @property
    def address(self) -> str:
        """The address below the base URL, with its query."""
        texts = {
            name: json.dumps(value, separators=(",", ":"))
            for name, value in self.parameters.items()
            if value
        }
        return f"{self.path}?{urlencode(texts)}" if texts else self.path


def list_question(name: str, asked: Json, includes: tuple[Include, ...], window: int) -> Question:
    """Returns the question for the first `window` items of a class.

    asked: the filter as it was given; whatever page it asked for, everyone is asked from the start.
    """
    sent = _unpaged(asked)
    return Question(
        path=PLURALS[name],
        shape=Shape.ITEMS,
        parameters={"filter": sent | {"limit": window}},
        window=window,
        lists=_lists(name, includes),
        simpler=_simpler(name, sent, includes, window),
    )


def _unpaged(asked: Json) -> Json:
    """Returns a filter without its page, and without `fields`, which might leave out the pid."""
    return {key: part for key, part in asked.items() if key not in ("skip", "offset", "fields")}


def _simpler(name: str, sent: Json, includes: tuple[Include, ...], window: int) -> Question | None:
    """Returns the question without what only adds to an answer or orders it, if there is any.

    Relations that filter stay: without them other items would be found.
    """
    filtering = tuple(include for include in includes if include.filters)
    if len(filtering) == len(includes) and "order" not in sent:
        return None
    kept = {key: part for key, part in sent.items() if key not in ("include", "order")}
    if filtering:
        given = sent["include"] if isinstance(sent["include"], list) else [sent["include"]]
        kept["include"] = [
            part for part, include in zip(given, includes, strict=True) if include.filters
        ]
    return Question(
        path=PLURALS[name],
        shape=Shape.ITEMS,
        parameters={"filter": kept | {"limit": window}},
        window=window,
        lists=_lists(name, includes),
    )


def _lists(name: str, includes: tuple[Include, ...]) -> tuple[str, ...]:
    """Returns the included relations to many: the portal reads each as an array."""
    single = ("instrument", "document")
    return tuple({include.relation: None for include in includes if include.relation not in single})


def count_question(name: str, where: Json, asked: Json | None = None) -> Question:
    """Returns the question for a count; `asked`: a filter, which not every provider reads here."""
    return Question(f"{PLURALS[name]}/count", Shape.COUNT, _counting(where, asked or {}))


def _counting(where: Json, asked: Json) -> Json:
    """Returns the parameters of a count: what both conditions say stands where everyone looks."""
    conditions = [part for part in (where, asked.get("where")) if part]
    joined = conditions[0] if len(conditions) == 1 else {"and": conditions} if conditions else {}
    # Neither the page nor the order changes a count.
    filtering = {key: asked[key] for key in ("include", "query") if asked.get(key)}
    return {"where": joined, "filter": filtering}


def item_question(name: str, pid: str, asked: Json, includes: tuple[Include, ...]) -> Question:
    """Returns the question for one item; a provider that refuses the filter is asked without."""
    path = f"{PLURALS[name]}/{quote(pid, safe='')}"
    lists = _lists(name, includes)
    plain = Question(path, Shape.ITEM, lists=lists, is_of_one=True)
    sent = _unpaged(asked)
    return replace(plain, parameters={"filter": sent}, simpler=plain if sent else None)


def files_question(pid: str, asked: Json, window: int) -> Question:
    """Returns the question for the files of a dataset, as many as a page may have."""
    path = f"Datasets/{quote(pid, safe='')}/files"
    sent = {"filter": _unpaged(asked) | {"limit": window}}
    return Question(path, Shape.ITEMS, sent, window=window, is_of_one=True, needs_pid=False)


def file_count_question(pid: str, where: Json, asked: Json | None = None) -> Question:
    path = f"Datasets/{quote(pid, safe='')}/files/count"
    return Question(path, Shape.COUNT, _counting(where, asked or {}), is_of_one=True)


def health_question() -> Question:
    """Returns the cheapest question that shows a provider at work."""
    return Question("Datasets", Shape.ITEMS, {"filter": {"limit": 1}}, window=1)
