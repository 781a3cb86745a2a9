"""Answers in short: what an item is known by, and the same of the relations included in it."""

from typing import Any

_PREFIXES = ("20.500.99999/", "10.5072/")


def told(answer: Any) -> Any:
    """Returns an answer without what is this catalogue's own: keys of rows, scores, addresses."""
    if isinstance(answer, list):
        return [told(item) for item in answer]
    if not isinstance(answer, dict):
        return answer
    if "count" in answer:
        return {"count": answer["count"]}
    relations = {
        name: told(part)
        for name, part in answer.items()
        if part is None or isinstance(part, dict | list)
    }
    relations.pop("keywords", None)
    name = _name(answer)
    return {name: relations} if relations else name


def _name(item: dict[str, Any]) -> str:
    if "value" in item:
        unit = item.get("unit", "")
        return f"{item['name']} = {item['value']} {unit}".rstrip()
    known = item.get("pid") or item.get("name") or item.get("fullName") or item.get("title")
    name = str(known or item.get("role") or "member")
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    return name
