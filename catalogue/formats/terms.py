"""What several formats say in the same words: access rights, addresses of identifiers, days."""

import re
from dataclasses import dataclass

from catalogue.record import Access, Record

_DOI = re.compile(r"(?:(?:https?://(?:dx\.)?doi\.org/)|doi:)?(10\.[0-9.]+/\S+)", re.IGNORECASE)
_HANDLE = re.compile(
    r"(?:(?:https?://hdl\.handle\.net/)|hdl:)?([0-9]+(?:\.[\w-]+)*/\S+)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class AccessRight:
    """One access right in the vocabularies harvesters read.

    coar: COAR Access Rights 1.0, OpenAIRE Guidelines for Data Archives v3; eu_repo: the same, v2.
    """

    label: str
    coar: str
    eu_repo: str


_COAR = "http://purl.org/coar/access_right/"
_EU_REPO = "info:eu-repo/semantics/"
ACCESS_RIGHTS: dict[Access, AccessRight] = {
    "open": AccessRight("open access", f"{_COAR}c_abf2", f"{_EU_REPO}openAccess"),
    "embargoed": AccessRight("embargoed access", f"{_COAR}c_f1cf", f"{_EU_REPO}embargoedAccess"),
    "restricted": AccessRight("restricted access", f"{_COAR}c_16ec", f"{_EU_REPO}restrictedAccess"),
    # Neither vocabulary tells registered users from others.
    "registered": AccessRight("restricted access", f"{_COAR}c_16ec", f"{_EU_REPO}restrictedAccess"),
    "metadata_only": AccessRight(
        "metadata only access", f"{_COAR}c_14cb", f"{_EU_REPO}closedAccess"
    ),
}


def doi_url(doi: str) -> str:
    """Returns the address of a DOI as DataCite and Crossref want it shown."""
    return f"https://doi.org/{doi}"


def typed_identifier(pid: str) -> tuple[str, str] | None:
    """Returns (identifier, relatedIdentifierType) of a DOI, Handle or URL; None of others."""
    if match := _DOI.fullmatch(pid):
        return match[1], "DOI"
    if match := _HANDLE.fullmatch(pid):
        return match[1], "Handle"
    return (pid, "URL") if pid.startswith(("https://", "http://")) else None


def funder_scheme(identifier: str) -> str:
    """Returns the funderIdentifierType of a funder's id: a ROR, a Crossref funder id, or ''."""
    if identifier.startswith("https://ror.org/"):
        return "ROR"
    # Crossref gives its funders DOIs of this prefix.
    match = _DOI.fullmatch(identifier)
    return "Crossref Funder ID" if match and match[1].startswith("10.13039/") else ""


def collected(record: Record) -> str:
    """Returns the days of the experiment as `from/to` (RKMS-ISO8601), one day alone, or ''."""
    days = [day.isoformat() for day in (record.collected_from, record.collected_to) if day]
    return "/".join(days)


def is_under_embargo(record: Record) -> bool:
    """Tells whether the data are closed now and open on a known day."""
    return record.access == "embargoed" and record.available is not None
