"""Replies of the provider: pure text, joined from finished documents (OAI-PMH 2.0 §3.2, §4)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from xml.sax.saxutils import escape, quoteattr

from catalogue.formats.xml import legal_text
from harvest.oaipmh.protocol import (
    GRANULARITY,
    Item,
    MetadataFormat,
    OaiError,
    Verb,
    format_datestamp,
)
from harvest.oaipmh.resumption import Listing

# oai-identifier.xsd: a domain name whose labels begin with a letter, and what follows it.
_DOMAIN = re.compile(r"[a-zA-Z][a-zA-Z0-9\-]*(\.[a-zA-Z][a-zA-Z0-9\-]*)+")
_LOCAL = re.compile(r"[a-zA-Z0-9\-_.!~*'();/?:@&=+$,%]+")

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xsi:schemaLocation="http://www.openarchives.org/OAI/2.0/'
    ' http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd">'
)
_OAI_IDENTIFIER = "http://www.openarchives.org/OAI/2.0/oai-identifier"


def envelope(
    body: str, *, base_url: str, attributes: Mapping[str, str], response_date: datetime
) -> str:
    """Returns a whole reply around a verb's element or around errors (OAI-PMH 2.0 §3.2)."""
    repeated = "".join(f" {name}={quoteattr(legal_text(attributes[name]))}" for name in attributes)
    return (
        f"{_HEAD}<responseDate>{format_datestamp(response_date)}</responseDate>"
        f"<request{repeated}>{escape(base_url)}</request>{body}</OAI-PMH>"
    )


def errors(found: Iterable[OaiError]) -> str:
    return "".join(
        f'<error code="{error.code}">{escape(legal_text(error.message))}</error>' for error in found
    )


def identify(
    *, name: str, base_url: str, admin_email: str, earliest: datetime, domain: str, sample: str
) -> str:
    """Returns the Identify element (OAI-PMH 2.0 §4.2); `sample` is an identifier of a record."""
    return (
        f"<Identify>{_element('repositoryName', name)}{_element('baseURL', base_url)}"
        f"<protocolVersion>2.0</protocolVersion>{_element('adminEmail', admin_email)}"
        f"<earliestDatestamp>{format_datestamp(earliest)}</earliestDatestamp>"
        f"<deletedRecord>persistent</deletedRecord><granularity>{GRANULARITY}</granularity>"
        f"<compression>gzip</compression>{_oai_identifier(domain, sample)}</Identify>"
    )


def _oai_identifier(domain: str, sample: str) -> str:
    """Returns how identifiers are made (oai-identifier guidelines §2), '' where they are not so."""
    prefix = f"oai:{domain}:"
    is_example = sample.startswith(prefix) and _LOCAL.fullmatch(sample.removeprefix(prefix))
    if not _DOMAIN.fullmatch(domain) or not is_example:
        return ""
    return (
        f'<description><oai-identifier xmlns="{_OAI_IDENTIFIER}"'
        f' xsi:schemaLocation="{_OAI_IDENTIFIER} {_OAI_IDENTIFIER}.xsd"><scheme>oai</scheme>'
        f"<repositoryIdentifier>{domain}</repositoryIdentifier><delimiter>:</delimiter>"
        f"{_element('sampleIdentifier', sample)}</oai-identifier></description>"
    )


def list_metadata_formats(formats: Iterable[MetadataFormat]) -> str:
    entries = (
        f"<metadataFormat>{_element('metadataPrefix', known.prefix)}"
        f"{_element('schema', known.schema)}"
        f"{_element('metadataNamespace', known.namespace)}</metadataFormat>"
        for known in formats
    )
    return f"<ListMetadataFormats>{''.join(entries)}</ListMetadataFormats>"


def list_sets(names: Mapping[str, str]) -> str:
    """Returns the ListSets element; `names` are setNames by setSpec."""
    entries = (
        f"<set>{_element('setSpec', spec)}{_element('setName', name)}</set>"
        for spec, name in names.items()
    )
    return f"<ListSets>{''.join(entries)}</ListSets>"


def get_record(item: Item) -> str:
    return f"<GetRecord>{_record(item)}</GetRecord>"


def list_items(items: Sequence[Item], listing: Listing, *, token: str) -> str:
    """Returns the ListRecords or ListIdentifiers element of one page.

    listing: as it stood before the page; token: of the page that follows, '' after the last.
    """
    one = _record if listing.verb is Verb.LIST_RECORDS else _header
    parts = "".join(map(one, items))
    return f"<{listing.verb}>{parts}{_resumption_token(listing, token)}</{listing.verb}>"


def _record(item: Item) -> str:
    if item.is_deleted:
        return f"<record>{_header(item)}</record>"
    return f"<record>{_header(item)}<metadata>{item.document}</metadata></record>"


def _header(item: Item) -> str:
    status = ' status="deleted"' if item.is_deleted else ""
    sets = "".join(f"<setSpec>{spec}</setSpec>" for spec in item.sets)
    return (
        f"<header{status}><identifier>{escape(item.identifier)}</identifier>"
        f"<datestamp>{format_datestamp(item.datestamp)}</datestamp>{sets}</header>"
    )


def _resumption_token(listing: Listing, token: str) -> str:
    """Returns the element: empty on a split list's last page, '' for a list never split (§3.5)."""
    if not token and listing.after is None:
        return ""
    size = listing.complete_list_size
    counts = f' completeListSize="{size}" cursor="{listing.cursor}"'
    return f"<resumptionToken{counts}>{token}</resumptionToken>"


def _element(tag: str, text: str) -> str:
    return f"<{tag}>{escape(legal_text(text))}</{tag}>"
