"""Where a record that is exposed again was harvested (OAI provenance guidelines §2)."""

import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from lxml import etree

from catalogue.formats.oai_record import datestamp_text
from catalogue.formats.xml import add, legal_text, root, serialise

NAMESPACE = "http://www.openarchives.org/OAI/2.0/provenance"
SCHEMA = "http://www.openarchives.org/OAI/2.0/provenance.xsd"

# OAI-PMH.xsd, UTCdatetimeType.
_DATESTAMP = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}Z)?", re.ASCII)
# RFC 3986 §3: what a URI's parts may hold besides letters and digits; a `%` that escapes nothing.
_URI_SIGNS = "-._~:/?@!$&'()*+,;=%"
_NO_ESCAPE = re.compile("%(?![0-9A-Fa-f]{2})")
# A longer way than any real one; each step is a level of the reply's XML.
MOST_STEPS = 10


@dataclass(frozen=True, slots=True)
class Origin:
    """The record as its source had it.

    datestamp: the source's own text, since the day alone is as good as the second; harvested: when
    it was fetched; is_altered: its metadata were changed on the way; before: where the source had
    harvested it itself, None where it says nothing.
    """

    base_url: str
    identifier: str
    datestamp: str
    namespace: str
    harvested: datetime
    is_altered: bool = False
    before: "Origin | None" = None


def provenance_xml(origin: Origin) -> str:
    """Returns the `provenance` element, ready to stand in `about`."""
    element = root("provenance", namespace=NAMESPACE, schema=SCHEMA)
    _add_origin(element, origin)
    return serialise(element)


def _add_origin(parent: etree._Element, origin: Origin) -> None:
    attributes = {
        "harvestDate": datestamp_text(origin.harvested),
        "altered": "true" if origin.is_altered else "false",
    }
    element = add(parent, "originDescription", attributes=attributes)
    add(element, "baseURL", _uri(origin.base_url))
    add(element, "identifier", _uri(origin.identifier))
    add(element, "datestamp", _datestamp(origin))
    add(element, "metadataNamespace", _uri(origin.namespace))
    if origin.before:
        _add_origin(element, origin.before)


def _uri(text: str) -> str:
    """Returns a URI as the schema wants it; what a source wrote otherwise is percent-encoded."""
    before, mark, fragment = legal_text(text).partition("#")
    quoted = f"{quote(before, safe=_URI_SIGNS)}{mark}{quote(fragment, safe=_URI_SIGNS)}"
    return _NO_ESCAPE.sub("%25", quoted)


def _datestamp(origin: Origin) -> str:
    """Returns the source's datestamp, or when it was fetched where that is none (`yesterday`)."""
    if _DATESTAMP.fullmatch(origin.datestamp):
        return origin.datestamp
    return datestamp_text(_moment(origin.datestamp) or origin.harvested)


def read_provenance(xml: str) -> Origin | None:
    """Returns what a `provenance` element says; None where it does not say what it has to."""
    try:
        parser = etree.XMLParser(resolve_entities=False, no_network=True)
        element = etree.fromstring(xml, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    return _read_origin(element, MOST_STEPS)


def _read_origin(parent: etree._Element, steps: int) -> Origin | None:
    element = parent.find(_name("originDescription"))
    if element is None or not steps:
        return None
    names = ("baseURL", "identifier", "datestamp", "metadataNamespace")
    base_url, identifier, datestamp, namespace = (
        element.findtext(_name(name), "").strip() for name in names
    )
    harvested = _moment(element.get("harvestDate", "").strip())
    if not (base_url and identifier and datestamp and harvested):
        return None
    return Origin(
        base_url,
        identifier,
        datestamp,
        namespace,
        harvested,
        is_altered=element.get("altered", "").strip() in ("true", "1"),
        before=_read_origin(element, steps - 1),
    )


def _name(tag: str) -> str:
    return f"{{{NAMESPACE}}}{tag}"


def _moment(text: str) -> datetime | None:
    """Returns an aware moment, None where the text is none or names no zone and no whole day."""
    try:
        moment = datetime.fromisoformat(f"{text}T00:00:00Z" if len(text) == 10 else text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
