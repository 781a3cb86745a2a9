"""The formats a landing page offers its record in, beside HTML."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from catalogue.formats.citation import bibtex, csl_json, ris
from catalogue.formats.datacite import datacite_json
from catalogue.formats.datacite_xml import datacite_xml
from catalogue.formats.ro_crate import ro_crate
from catalogue.formats.schema_org import json_ld
from catalogue.record import PublicFile, Record

# Reads the files of a record, for the one format that names them.
Files = Callable[[], Sequence[PublicFile]]


@dataclass(frozen=True, slots=True)
class Export:
    """One format. `name` is its `?format=`, `suffix` that of the file it is saved as."""

    name: str
    label: str
    media_type: str
    suffix: str
    render: Callable[[Record, Files], str]


def _text(render: Callable[[Record], str]) -> Callable[[Record, Files], str]:
    return lambda record, _: render(record)


def _as_json(render: Callable[[Record], Any]) -> Callable[[Record, Files], str]:
    return lambda record, _: _dump(render(record))


def _crate(record: Record, files: Files) -> str:
    return _dump(ro_crate(record, files()))


def _dump(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2)


# Media types: IANA; for the citation formats those of DOI content negotiation (citation.doi.org).
EXPORTS = {
    export.name: export
    for export in (
        Export("bibtex", "BibTeX", "application/x-bibtex", "bib", _text(bibtex)),
        Export("ris", "RIS", "application/x-research-info-systems", "ris", _text(ris)),
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
            _text(datacite_xml),
        ),
        Export("json-ld", "JSON-LD", "application/ld+json", "jsonld", _as_json(json_ld)),
        Export("ro-crate", "RO-Crate", "application/ld+json", "json", _crate),
    )
}
CITATION_EXPORTS = [EXPORTS[name] for name in ("bibtex", "ris", "csl")]
METADATA_EXPORTS = [
    EXPORTS[name] for name in ("datacite-json", "datacite-xml", "json-ld", "ro-crate")
]
