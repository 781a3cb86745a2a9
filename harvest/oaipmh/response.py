"""Replies of the provider: pure text, joined from finished elements (OAI-PMH 2.0 §3.2, §4)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from xml.sax.saxutils import escape, quoteattr

from catalogue.formats.oai_dc import description_xml
from catalogue.formats.oai_format import MetadataFormat
from catalogue.formats.oai_record import datestamp_text
from catalogue.formats.xml import legal_text
from harvest.oaipmh.protocol import GRANULARITY, OaiError
from harvest.oaipmh.resumption import Listing, SetListing

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xsi:schemaLocation="http://www.openarchives.org/OAI/2.0/'
    ' http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd">'
)


@dataclass(frozen=True, slots=True)
class SetEntry:
    """A set as ListSets tells of it; `description` is a sentence, or ''."""

    spec: str
    name: str
    description: str = ""


def envelope(
    body: Iterable[str], *, base_url: str, attributes: Mapping[str, str], response_date: datetime
) -> str:
    """Returns a whole reply around a verb's element or around errors (OAI-PMH 2.0 §3.2).

    body: in parts, which are joined here and nowhere before: each copy of a page costs as much as
    reading its rows from the driver does.
    """
    repeated = "".join(f" {name}={quoteattr(legal_text(attributes[name]))}" for name in attributes)
    head = (
        f"{_HEAD}<responseDate>{datestamp_text(response_date)}</responseDate>"
        f"<request{repeated}>{escape(base_url)}</request>"
    )
    return "".join([head, *body, "</OAI-PMH>"])


def errors(found: Iterable[OaiError]) -> str:
    return "".join(
        f'<error code="{error.code}">{escape(legal_text(error.message))}</error>' for error in found
    )


def identify(
    *, name: str, base_url: str, admin_email: str, earliest: datetime, descriptions: Iterable[str]
) -> str:
    """Returns the Identify element (OAI-PMH 2.0 §4.2); empty descriptions are left out."""
    containers = "".join(f"<description>{text}</description>" for text in descriptions if text)
    return (
        f"<Identify>{_element('repositoryName', name)}{_element('baseURL', base_url)}"
        f"<protocolVersion>2.0</protocolVersion>{_element('adminEmail', admin_email)}"
        f"<earliestDatestamp>{datestamp_text(earliest)}</earliestDatestamp>"
        f"<deletedRecord>persistent</deletedRecord><granularity>{GRANULARITY}</granularity>"
        f"<compression>gzip</compression>{containers}</Identify>"
    )


def list_metadata_formats(formats: Iterable[MetadataFormat]) -> str:
    entries = (
        f"<metadataFormat>{_element('metadataPrefix', known.prefix)}"
        f"{_element('schema', known.schema)}"
        f"{_element('metadataNamespace', known.namespace)}</metadataFormat>"
        for known in formats
    )
    return f"<ListMetadataFormats>{''.join(entries)}</ListMetadataFormats>"


def list_sets(sets: Iterable[SetEntry], listing: SetListing, *, token: str) -> str:
    """Returns the ListSets element of one page (OAI-PMH 2.0 §4.6)."""
    parts = "".join(map(_set, sets))
    return f"<ListSets>{parts}{_resumption_token(listing, token)}</ListSets>"


def _set(entry: SetEntry) -> str:
    description = (
        f"<setDescription>{description_xml(entry.description)}</setDescription>"
        if entry.description
        else ""
    )
    names = f"{_element('setSpec', entry.spec)}{_element('setName', entry.name)}"
    return f"<set>{names}{description}</set>"


def get_record(record: str) -> str:
    return f"<GetRecord>{record}</GetRecord>"


def list_records(elements: Iterable[str], listing: Listing, *, token: str) -> list[str]:
    """Returns the ListRecords or ListIdentifiers element of one page, in parts.

    elements: finished records or headers; listing: as it stood before the page; token: of the page
    that follows, '' after the last.
    """
    end = f"{_resumption_token(listing, token)}</{listing.verb}>"
    return [f"<{listing.verb}>", *elements, end]


def _resumption_token(listing: Listing | SetListing, token: str) -> str:
    """Returns the element: empty on a split list's last page, '' for a list never split (§3.5)."""
    if not token and not listing.after:
        return ""
    size = listing.complete_list_size
    counts = f' completeListSize="{size}" cursor="{listing.cursor}"'
    return f"<resumptionToken{counts}>{token}</resumptionToken>"


def _element(tag: str, text: str) -> str:
    return f"<{tag}>{escape(legal_text(text))}</{tag}>"
