"""The official XML schemas, read offline from the material that lies beside the project."""

from functools import cache
from pathlib import Path

import pytest
from lxml import etree

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "oai" / "xsd"
KERNELS = ("4.5", "4.6", "4.7")
needs_schemas = pytest.mark.skipif(
    not FOLDER.is_dir(), reason=f"the official XML schemas are not at {FOLDER}"
)


@cache
def schema(kernel: str = "4.7") -> etree.XMLSchema:
    """Returns OAI-PMH, oai_dc, oai_datacite and one DataCite kernel as one schema."""
    parser = etree.XMLParser(no_network=True)
    return etree.XMLSchema(etree.parse(FOLDER / f"all-kernel-{kernel}.xsd", parser))


def faults(document: bytes | str | etree._Element, kernel: str = "4.7") -> list[str]:
    """Returns what the schema says is wrong with a document; empty when it is valid."""
    element = document if isinstance(document, etree._Element) else etree.fromstring(document)
    checked = schema(kernel)
    checked.validate(element)
    return [f"line {entry.line}: {entry.message}" for entry in checked.error_log]
