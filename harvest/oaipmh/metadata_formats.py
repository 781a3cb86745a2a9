"""The metadata formats the provider disseminates, by metadataPrefix."""

from catalogue.formats import oai_datacite, oai_dc
from harvest.oaipmh.protocol import MetadataFormat

# OAI-PMH 2.0 §2.5 wants oai_dc of every item; `oai_datacite` is what OpenAIRE and B2FIND ask for.
METADATA_FORMATS = {
    known.prefix: known
    for known in (
        MetadataFormat("oai_dc", oai_dc.NAMESPACE, oai_dc.SCHEMA, "oai_dc"),
        MetadataFormat("oai_datacite", oai_datacite.NAMESPACE, oai_datacite.SCHEMA, "oai_datacite"),
    )
}
