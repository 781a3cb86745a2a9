"""The profile of OpenAIRE Guidelines for Data Archives 3: DataCite 4.3, one access right of COAR.

Days carry no time and so no zone (field `date`); an embargo runs from Accepted to Available.
"""

from typing import Any

from catalogue.formats.datacite import datacite_json
from catalogue.formats.datacite_xml import NAMESPACE, resource
from catalogue.formats.oai_format import MetadataFormat
from catalogue.formats.xml import XSI, serialise
from catalogue.record import Record

SCHEMA = "https://schema.datacite.org/meta/kernel-4.3/metadata.xsd"
# Field `rights`: SPDX for the licence, COAR for the access right, and exactly one of these.
_SCHEMES = ("COAR", "SPDX")


def oai_openairedata_xml(record: Record) -> str:
    """Returns the `resource` element of the profile, without an XML declaration."""
    element = resource(profiled(datacite_json(record)))
    element.set(f"{{{XSI}}}schemaLocation", f"{NAMESPACE} {SCHEMA}")
    return serialise(element)


def profiled(attributes: dict[str, Any]) -> dict[str, Any]:
    """Returns DataCite's attributes without what came after 4.3, and with the profile's rights."""
    kept = {key: value for key, value in attributes.items() if key != "relatedItems"}
    kept["publisher"] = {"name": attributes["publisher"]["name"]}
    kept["rightsList"] = [
        right
        for scheme in _SCHEMES
        for right in attributes["rightsList"]
        if right.get("rightsIdentifierScheme") == scheme
    ]
    return kept


FORMAT = MetadataFormat("oai_openairedata", NAMESPACE, SCHEMA, oai_openairedata_xml)
