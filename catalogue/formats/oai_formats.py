"""The metadata formats of the catalogue, by metadataPrefix.

A new one is a module with a FORMAT, named here; `manage.py render_records` then gives it to the
records there are.
"""

from collections.abc import Mapping

from catalogue.formats import oai_bare_datacite, oai_datacite, oai_dc, oai_openairedata
from catalogue.formats.oai_format import MetadataFormat
from catalogue.record import Record

_MODULES = (oai_dc, oai_datacite, oai_bare_datacite, oai_openairedata)

FORMATS: Mapping[str, MetadataFormat] = {module.FORMAT.prefix: module.FORMAT for module in _MODULES}


def documents(record: Record) -> dict[str, str]:
    """Returns the record in every format, by metadataPrefix."""
    return {prefix: known.render(record) for prefix, known in FORMATS.items()}
