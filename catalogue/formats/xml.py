"""XML 1.0 as the formats write it: legal characters, elements, text without a declaration."""

import re
from collections.abc import Mapping
from typing import Any

from lxml import etree

XSI = "http://www.w3.org/2001/XMLSchema-instance"
XML = "http://www.w3.org/XML/1998/namespace"

# XML 1.0 §2.2, production 2 (Char), negated: lone surrogates too, which UTF-8 cannot carry.
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def legal_text(text: str) -> str:
    """Returns the text without the characters XML 1.0 forbids (§2.2) even as references."""
    return _ILLEGAL.sub("", text)


def legal(value: Any) -> Any:
    """Returns a JSON value with `legal_text` in every string, and without what is then empty.

    Dropped are '', None and empty lists and objects, so that absent is absent everywhere.
    """
    if isinstance(value, str):
        return legal_text(value)
    if isinstance(value, dict):
        kept = {key: legal(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item not in ("", None, [], {})}
    if isinstance(value, list):
        return [item for item in map(legal, value) if item not in ("", None, [], {})]
    return value


def root(
    tag: str, *, namespace: str, schema: str, prefix: str | None = None, **prefixes: str
) -> etree._Element:
    """Returns a document element that names its schema, as OAI-PMH 2.0 §3.3 wants of each payload.

    prefix: None makes the namespace the default one; prefixes: further ones to declare.
    """
    nsmap: dict[str | None, str] = {prefix: namespace, "xsi": XSI}
    nsmap.update(prefixes)
    element = etree.Element(etree.QName(namespace, tag), nsmap=nsmap)
    element.set(etree.QName(XSI, "schemaLocation"), f"{namespace} {schema}")
    return element


def add(
    parent: etree._Element,
    tag: str,
    text: str = "",
    attributes: Mapping[str, str] | None = None,
    *,
    namespace: str | None = None,
) -> etree._Element:
    """Appends a child in its parent's namespace, or in the one named, and returns it.

    Text and attributes have to be legal already: see `legal`.
    """
    name = etree.QName(namespace or etree.QName(parent).namespace, tag)
    child = etree.SubElement(parent, name, dict(attributes or {}))
    child.text = text or None
    return child


def serialise(element: etree._Element) -> str:
    """Returns the element as text without an XML declaration, ready to stand inside a response."""
    return etree.tostring(element, encoding="unicode")
