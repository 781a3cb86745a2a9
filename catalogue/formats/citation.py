"""Citations of a record: DataCite's recommended text, BibTeX, RIS and CSL-JSON."""

import re
from typing import Any

from catalogue.formats.datacite import UNAVAILABLE, display_name
from catalogue.formats.terms import doi_url
from catalogue.formats.xml import legal, legal_text
from catalogue.record import Agent, Record

# What TeX reads as commands, and how it is written as text.
_TEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{character: f"\\{character}" for character in "&%$#_{}"},
}


def citation_text(record: Record) -> str:
    """Returns 'Creator (PublicationYear): Title. Publisher. (resourceTypeGeneral). Identifier'.

    The form is that of DataCite's schema documentation (§2.2, Citation).
    """
    creators = "; ".join(_names(record)) or UNAVAILABLE
    statement = f"{creators} ({record.publication_year}): {_line(record.title)}"
    return (
        f"{statement.removesuffix('.')}. {_line(record.publisher.name)}. "
        f"({record.resource_type}). {doi_url(record.doi)}"
    )


def bibtex(record: Record) -> str:
    """Returns a BibTeX entry; `@misc`, because classic styles know no `@dataset`."""
    fields = {
        "author": " and ".join(_bibtex_name(agent) for agent in record.creators),
        "title": f"{{{_tex(record.title)}}}",
        "year": str(record.publication_year),
        "publisher": _tex(record.publisher.name),
        "doi": _line(record.doi),
        "url": _line(doi_url(record.doi)),
        "copyright": _tex(record.licence.name),
    }
    lines = [f"  {name} = {{{text}}}," for name, text in fields.items() if text]
    key = re.sub(r"[^A-Za-z0-9]+", "_", record.doi).strip("_")
    return "\n".join([f"@misc{{{key},", *lines, "}", ""])


def ris(record: Record) -> str:
    """Returns a RIS record of type DATA; lines end in CR LF."""
    lines = [
        ("TY", "DATA"),
        *(("AU", name) for name in _names(record)),
        ("TI", _line(record.title)),
        ("PY", str(record.publication_year)),
        ("PB", _line(record.publisher.name)),
        ("AB", _line(record.abstract)),
        *(("KW", _line(word)) for word in record.keywords),
        ("LA", record.language),
        ("DO", _line(record.doi)),
        ("UR", _line(doi_url(record.doi))),
    ]
    text = "".join(f"{tag}  - {value}\r\n" for tag, value in lines if value)
    return f"{text}ER  - \r\n"


def csl_json(record: Record) -> dict[str, Any]:
    """Returns a CSL-JSON item, as `application/vnd.citationstyles.csl+json` carries it."""
    item: dict[str, Any] = {
        "id": doi_url(record.doi),
        "type": "dataset",
        "title": record.title,
        "author": [_csl_name(agent) for agent in record.creators],
        "issued": {"date-parts": [[record.publication_year]]},
        "publisher": record.publisher.name,
        "abstract": record.abstract,
        "language": record.language,
        "DOI": record.doi,
        "URL": doi_url(record.doi),
        "copyright": record.licence.name,
    }
    return dict(legal(item))


def _names(record: Record) -> list[str]:
    return [_line(display_name(agent)) for agent in record.creators]


def _line(text: str) -> str:
    """Returns the text on one line: line ends would start a new field in RIS and BibTeX."""
    return " ".join(legal_text(text).split())


def _tex(text: str) -> str:
    return "".join(_TEX.get(character, character) for character in _line(text))


def _bibtex_name(agent: Agent) -> str:
    """Returns the name; one that is not 'Family, Given' is braced, or BibTeX would cut it up."""
    name = display_name(agent)
    return _tex(name) if name != agent.name else f"{{{_tex(name)}}}"


def _csl_name(agent: Agent) -> dict[str, str]:
    if agent.is_organisation or not agent.family_name:
        return {"literal": agent.name}
    return {"family": agent.family_name, "given": agent.given_name}
