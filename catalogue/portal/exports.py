"""The formats a landing page offers its record in, beside HTML."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from catalogue.formats.citation import bibtex, csl_json, ris
from catalogue.formats.datacite import datacite_json
from catalogue.formats.datacite_xml import datacite_xml
from catalogue.formats.schema_org import json_ld
from catalogue.record import Record


@dataclass(frozen=True, slots=True)
class Export:
    """One format. `name` is its `?format=`, `suffix` that of the file it is saved as."""

    name: str
    label: str
    media_type: str
    suffix: str
    render: Callable[[Record], str]


def _as_json(render: Callable[[Record], Any]) -> Callable[[Record], str]:
    return lambda record: json.dumps(render(record), ensure_ascii=False, indent=2)


# Media types: IANA; for the citation formats those of DOI content negotiation (citation.doi.org).
EXPORTS = {
    export.name: export
    for export in (
        Export("bibtex", "BibTeX", "application/x-bibtex", "bib", bibtex),
        Export("ris", "RIS", "application/x-research-info-systems", "ris", ris),
        Export(
            "csl",
            "CSL JSON",
            "application/vnd.citationstyles.csl+json",
            "json",
            _as_json(csl_json),
        ),
        Export(
            "datacite-json",
            "DataCite JSON",
            "application/vnd.datacite.datacite+json",
            "json",
            _as_json(datacite_json),
        ),
        Export(
            "datacite-xml",
            "DataCite XML",
            "application/vnd.datacite.datacite+xml",
            "xml",
            datacite_xml,
        ),
        Export("json-ld", "JSON-LD", "application/ld+json", "jsonld", _as_json(json_ld)),
    )
}
CITATION_EXPORTS = [EXPORTS[name] for name in ("bibtex", "ris", "csl")]
METADATA_EXPORTS = [EXPORTS[name] for name in ("datacite-json", "datacite-xml", "json-ld")]
