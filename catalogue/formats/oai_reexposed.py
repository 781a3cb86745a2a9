"""A record of another catalogue as it is exposed again: as it came, and as Dublin Core."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from lxml import etree

from catalogue.formats import datacite_xml, oai_datacite, oai_dc
from catalogue.formats.oai_provenance import Origin, provenance_xml
from catalogue.formats.xml import XML, XSI, legal_text, serialise

_LOCATION = f"{{{XSI}}}schemaLocation"

# Properties that every DataCite document has (kernel 4, obligation M).
_MANDATORY = ("identifier", "creators", "titles", "publisher", "publicationYear", "resourceType")


@dataclass(frozen=True, slots=True)
class Received:
    """A harvested record: its metadata's XML, where it came from, what was understood of it.

    statements: (element, text) of Dublin Core; symbol: who `oai_datacite` says has the data.
    """

    metadata: str
    origin: Origin
    statements: tuple[tuple[str, str], ...]
    symbol: str


@dataclass(frozen=True, slots=True)
class Reexposed:
    """Documents and their provenance, both by metadataPrefix."""

    documents: Mapping[str, str]
    abouts: Mapping[str, tuple[str, ...]]


def reexposed(received: Received) -> Reexposed:
    """Returns the formats a record can be exposed in; Dublin Core always is (OAI-PMH 2.0 §3.4).

    What came is passed on byte for byte in its own format, where that is one of ours and what came
    is whole and names its schema, and is called altered in the others. What lacks a mandatory
    property of DataCite is exposed as Dublin Core alone.
    """
    element = _parsed(received.metadata)
    namespace = "" if element is None else etree.QName(element).namespace or ""
    origin = replace(received.origin, namespace=namespace)
    documents = {"oai_dc": oai_dc.dublin_core_xml(_legal(received.statements))}
    unaltered = ""
    if element is not None:
        documents |= _datacite(element, received.symbol)
        unaltered = _own_format(element, documents)
    if unaltered:
        documents[unaltered] = received.metadata
    return Reexposed(
        documents,
        {
            prefix: (provenance_xml(replace(origin, is_altered=prefix != unaltered)),)
            for prefix in documents
        },
    )


def _parsed(metadata: str) -> etree._Element | None:
    """Returns the root of metadata that can stand inside a reply: well-formed without a DTD."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        return etree.fromstring(metadata, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _legal(statements: tuple[tuple[str, str], ...]) -> Iterator[tuple[str, str]]:
    return ((tag, legal_text(text)) for tag, text in statements)


def _datacite(element: etree._Element, symbol: str) -> dict[str, str]:
    """Returns DataCite metadata bare and wrapped; nothing where they are not complete."""
    names = (f"{{{datacite_xml.NAMESPACE}}}resource",)
    resource = next(element.iter(*names), None)
    if resource is None or not _is_complete(resource):
        return {}
    bare = etree.fromstring(etree.tostring(resource, with_tail=False))
    if not _names_schema(bare):
        bare.set(_LOCATION, f"{datacite_xml.NAMESPACE} {datacite_xml.SCHEMA}")
    return {
        "datacite": serialise(bare),
        "oai_datacite": oai_datacite.wrapped(bare, datacentre_symbol=symbol),
    }


def _is_complete(resource: etree._Element) -> bool:
    start = f"{{{datacite_xml.NAMESPACE}}}"
    is_pure = all(str(node.tag).startswith(start) for node in resource.iter("*"))
    return is_pure and all(resource.find(f"{start}{name}") is not None for name in _MANDATORY)


def _own_format(element: etree._Element, documents: Mapping[str, str]) -> str:
    """Returns the metadataPrefix under which metadata are as they came, '' where there is none."""
    known = {
        f"{{{oai_datacite.NAMESPACE}}}oai_datacite": ("oai_datacite", _is_wrapper),
        f"{{{datacite_xml.NAMESPACE}}}resource": ("datacite", _is_complete),
        f"{{{oai_dc.NAMESPACE}}}dc": ("oai_dc", _is_dublin_core),
    }
    prefix, is_whole = known.get(str(element.tag), ("", _names_schema))
    return prefix if prefix in documents and _names_schema(element) and is_whole(element) else ""


def _names_schema(element: etree._Element) -> bool:
    """Tells whether a root says where its schema is, as OAI-PMH 2.0 §3.4 wants of metadata."""
    return element.get(_LOCATION, "").startswith(f"{etree.QName(element).namespace} ")


def _is_wrapper(element: etree._Element) -> bool:
    """Tells whether the parts of oai-1.1 are there."""
    parts = ("schemaVersion", "datacentreSymbol", "payload")
    return all(element.find(f"{{{oai_datacite.NAMESPACE}}}{part}") is not None for part in parts)


def _is_dublin_core(element: etree._Element) -> bool:
    """Tells whether an element holds texts in the fifteen elements and nothing else."""
    return all(
        str(node.tag).startswith(f"{{{oai_dc.DC}}}")
        and etree.QName(node).localname in oai_dc.ELEMENTS
        and not len(node)
        and set(node.attrib) <= {f"{{{XML}}}lang"}
        for node in element.iterchildren("*")
    )
