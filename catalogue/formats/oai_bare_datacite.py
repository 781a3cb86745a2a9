"""DataCite metadata without a wrapper, as DataCite's own provider serves it under `datacite`."""

from catalogue.formats.datacite_xml import NAMESPACE, SCHEMA, datacite_xml
from catalogue.formats.oai_format import MetadataFormat

FORMAT = MetadataFormat("datacite", NAMESPACE, SCHEMA, datacite_xml)
