"""Where a record that is exposed again was harvested (OAI provenance guidelines §2)."""

from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from catalogue.formats.oai_record import datestamp_text
from catalogue.formats.xml import add, legal_text, root, serialise

NAMESPACE = "http://www.openarchives.org/OAI/2.0/provenance"
SCHEMA = "http://www.openarchives.org/OAI/2.0/provenance.xsd"


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
    add(element, "baseURL", legal_text(origin.base_url))
    add(element, "identifier", legal_text(origin.identifier))
    add(element, "datestamp", legal_text(origin.datestamp))
    add(element, "metadataNamespace", legal_text(origin.namespace))
    if origin.before:
        _add_origin(element, origin.before)
