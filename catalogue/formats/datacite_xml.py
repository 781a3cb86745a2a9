"""DataCite kernel-4 XML, made from the REST attributes and from nothing else."""

from typing import Any

from lxml import etree

from catalogue.formats.datacite import datacite_json
from catalogue.formats.xml import XML, add, root, serialise
from catalogue.record import Record

NAMESPACE = "http://datacite.org/schema/kernel-4"
KERNEL = "4.5"
SCHEMA = f"https://schema.datacite.org/meta/kernel-{KERNEL}/metadata.xsd"

Json = dict[str, Any]

# The XML's spelling of an attribute where it is not the JSON's.
_SPELLINGS = {
    "schemeUri": "schemeURI",
    "valueUri": "valueURI",
    "rightsUri": "rightsURI",
    "lang": f"{{{XML}}}lang",
}
# Lists whose items are one element each: the key of its text, which is the element's name too.
# Every other key of an item is an attribute.
_FLAT = {
    "titles": "title",
    "subjects": "subject",
    "dates": "date",
    "alternateIdentifiers": "alternateIdentifier",
    "relatedIdentifiers": "relatedIdentifier",
    "rightsList": "rights",
    "descriptions": "description",
}
_PLAIN = {"sizes": "size", "formats": "format"}


def datacite_xml(record: Record) -> str:
    """Returns the `resource` element of DataCite kernel 4, without an XML declaration."""
    return serialise(resource(datacite_json(record)))


def resource(attributes: Json) -> etree._Element:
    """Returns the `resource` element of REST attributes (DataCite 4.5 metadata.xsd)."""
    element = root("resource", namespace=NAMESPACE, schema=SCHEMA)
    add(element, "identifier", attributes["doi"], {"identifierType": "DOI"})
    _add_agents(element, "creator", attributes["creators"])
    _add_text(element, "publisher", attributes["publisher"], key="name")
    add(element, "publicationYear", f"{attributes['publicationYear']:04}")
    _add_text(element, "resourceType", attributes["types"])
    _add_agents(element, "contributor", attributes.get("contributors", []))
    for name in ("language", "version"):
        if name in attributes:
            add(element, name, attributes[name])
    _add_flat_lists(element, attributes)
    _add_funding(element, attributes.get("fundingReferences", []))
    _add_related_items(element, attributes.get("relatedItems", []))
    return element


def _add_flat_lists(element: etree._Element, attributes: Json) -> None:
    for name, tag in _FLAT.items():
        if name in attributes:
            _add_list(element, name, tag, attributes[name])
    for name, tag in _PLAIN.items():
        if name in attributes:
            _add_list(element, name, tag, [{tag: text} for text in attributes[name]])


def _add_list(element: etree._Element, name: str, tag: str, items: list[Json]) -> None:
    wrapper = add(element, name)
    for item in items:
        _add_text(wrapper, tag, item)


def _add_text(parent: etree._Element, tag: str, item: Json, *, key: str = "") -> None:
    """Appends an element whose text stands in the item under `key`, or under the element's name."""
    key = key or tag
    others = {_SPELLINGS.get(name, name): text for name, text in item.items() if name != key}
    add(parent, tag, item[key], others)


def _add_agents(element: etree._Element, tag: str, agents: list[Json]) -> None:
    if not agents:
        return
    wrapper = add(element, f"{tag}s")
    for agent in agents:
        kind = {key: agent[key] for key in ("contributorType",) if key in agent}
        _add_agent(add(wrapper, tag, attributes=kind), f"{tag}Name", agent)


def _add_agent(element: etree._Element, tag: str, agent: Json) -> None:
    add(element, tag, agent["name"], {key: agent[key] for key in ("nameType",) if key in agent})
    for key in ("givenName", "familyName"):
        if key in agent:
            add(element, key, agent[key])
    for identifier in agent.get("nameIdentifiers", []):
        _add_text(element, "nameIdentifier", identifier)
    for place in agent.get("affiliation", []):
        _add_text(element, "affiliation", place, key="name")


def _add_funding(element: etree._Element, grants: list[Json]) -> None:
    if not grants:
        return
    wrapper = add(element, "fundingReferences")
    for grant in grants:
        child = add(wrapper, "fundingReference")
        add(child, "funderName", grant["funderName"])
        if "funderIdentifier" in grant:
            kind = {"funderIdentifierType": grant["funderIdentifierType"]}
            add(child, "funderIdentifier", grant["funderIdentifier"], kind)
        if "awardNumber" in grant:
            address = {"awardURI": grant["awardUri"]} if "awardUri" in grant else {}
            add(child, "awardNumber", grant["awardNumber"], address)
        if "awardTitle" in grant:
            add(child, "awardTitle", grant["awardTitle"])


def _add_related_items(element: etree._Element, items: list[Json]) -> None:
    if not items:
        return
    wrapper = add(element, "relatedItems")
    for item in items:
        kinds = {key: item[key] for key in ("relatedItemType", "relationType")}
        child = add(wrapper, "relatedItem", attributes=kinds)
        if "relatedItemIdentifier" in item:
            _add_text(child, "relatedItemIdentifier", item["relatedItemIdentifier"])
        _add_list(child, "titles", "title", item["titles"])
