"""The OpenAPI document as a page for people: by tag, with examples that can be followed."""

import json
import re
from typing import Any
from urllib.parse import urlencode

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from catalogue.search.described_model import OPERATORS
from catalogue.search.description import INTRODUCTION, openapi
from catalogue.search.examples import SECTIONS
from catalogue.search.schema import CLASSES

Json = dict[str, Any]
_CODE = re.compile("`([^`]+)`")


def explained() -> Json:
    """Returns what the page shows."""
    document = openapi()
    base = document["servers"][0]["url"]
    return {
        "introduction": INTRODUCTION,
        "tags": [
            {"name": tag["name"], "operations": _operations(document, tag["name"], base)}
            for tag in document["tags"]
        ],
        "sections": [
            {"title": title, "texts": [with_code(text) for text in texts]}
            for title, texts in SECTIONS.items()
        ],
        "operators": {name: with_code(text) for name, text in OPERATORS.items()},
        "classes": list(CLASSES.values()),
    }


def with_code(text: str) -> SafeString:
    """Returns a text as HTML in which what stands in backquotes is code."""
    return mark_safe(_CODE.sub(r"<code>\1</code>", escape(text)))  # noqa: S308  (escaped)


def _operations(document: Json, tag: str, base: str) -> list[Json]:
    return [
        {"path": path, **operation, "examples": _examples(base + path, operation)}
        for path, operations in document["paths"].items()
        for operation in operations.values()
        if tag in operation["tags"]
    ]


def _examples(address: str, operation: Json) -> list[Json]:
    """Returns the examples of an operation that names nothing that may not be there."""
    if "{" in address:
        return []
    plain = [{"title": "all", "text": address, "address": address}]
    return plain + [
        {
            "title": title,
            "text": f"{parameter['name']}={json.dumps(example['value'])}",
            "address": f"{address}?{urlencode({parameter['name']: json.dumps(example['value'])})}",
        }
        for parameter in operation["parameters"]
        for title, example in _given(parameter).items()
    ]


def _given(parameter: Json) -> Json:
    """Returns the examples of a parameter in JSON, by title."""
    media = parameter.get("content", {}).get("application/json", {})
    examples: Json = media.get("examples", {})
    return examples
