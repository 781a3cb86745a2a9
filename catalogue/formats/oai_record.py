"""The finished elements of a record that OAI-PMH's lists are joined from (OAI-PMH 2.0 §2.5)."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from xml.sax.saxutils import escape

# What an identifier may be: a URI of RFC 3986, narrowed to what xs:anyURI takes in every validator:
# no fragment, port or user.
IDENTIFIER = re.compile(
    r"[A-Za-z][A-Za-z0-9+.\-]*:(//[A-Za-z0-9.\-]+(?=[/?]|\Z)|(?!//))"
    r"([A-Za-z0-9\-._~!$&'()*+,;=:@/?]|%[0-9A-Fa-f]{2})*"
)


def datestamp_text(moment: datetime) -> str:
    """Returns the UTCdatetime of an aware moment, whole seconds (OAI-PMH 2.0 §3.3)."""
    utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return f"{utc.replace(microsecond=0, tzinfo=None).isoformat()}Z"


def header_xml(
    identifier: str, datestamp: datetime, sets: Iterable[str], *, is_deleted: bool
) -> str:
    status = ' status="deleted"' if is_deleted else ""
    specs = "".join(f"<setSpec>{escape(spec)}</setSpec>" for spec in sets)
    return (
        f"<header{status}><identifier>{escape(identifier)}</identifier>"
        f"<datestamp>{datestamp_text(datestamp)}</datestamp>{specs}</header>"
    )


def record_xml(header: str, document: str, *, abouts: Iterable[str] = ()) -> str:
    """Returns the `record` element.

    document: the metadata's element, '' of a deleted record; abouts: elements about the metadata,
        such as `oai_provenance.provenance_xml` returns.
    """
    if not document:
        return f"<record>{header}</record>"
    about = "".join(f"<about>{text}</about>" for text in abouts)
    return f"<record>{header}<metadata>{document}</metadata>{about}</record>"


def records_xml(
    header: str, documents: Mapping[str, str], *, abouts: Mapping[str, Iterable[str]] | None = None
) -> dict[str, str]:
    """Returns the `record` element of each format; `abouts` are by metadataPrefix too."""
    by_prefix = abouts or {}
    return {
        prefix: record_xml(header, document, abouts=by_prefix.get(prefix, ()))
        for prefix, document in documents.items()
    }
