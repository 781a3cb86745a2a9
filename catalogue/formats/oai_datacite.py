"""DataCite metadata in the wrapper that OpenAIRE and B2FIND harvest as `oai_datacite`."""

from lxml import etree

from catalogue.formats.datacite import datacite_json
from catalogue.formats.datacite_xml import KERNEL, resource
from catalogue.formats.oai_format import MetadataFormat
from catalogue.formats.xml import add, legal_text, root, serialise
from catalogue.record import Record

NAMESPACE = "http://schema.datacite.org/oai/oai-1.1/"
SCHEMA = "http://schema.datacite.org/oai/oai-1.1/oai.xsd"


def oai_datacite_xml(record: Record, *, datacentre_symbol: str = "") -> str:
    """Returns the `oai_datacite` element of oai-1.1, without an XML declaration.

    datacentre_symbol: the DataCite repository's id, e.g. 'INIST.ILL'; '' means the facility's
    short name.
    """
    symbol = datacentre_symbol or record.facility_slug.upper()
    return wrapped(resource(datacite_json(record)), datacentre_symbol=symbol)


def wrapped(payload: etree._Element, *, datacentre_symbol: str) -> str:
    """Returns the `oai_datacite` element around a `resource` of DataCite."""
    element = root("oai_datacite", namespace=NAMESPACE, schema=SCHEMA)
    add(element, "schemaVersion", KERNEL)
    add(element, "datacentreSymbol", legal_text(datacentre_symbol))
    add(element, "payload").append(payload)
    return serialise(element)


FORMAT = MetadataFormat("oai_datacite", NAMESPACE, SCHEMA, oai_datacite_xml)
