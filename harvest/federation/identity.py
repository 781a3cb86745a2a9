"""When two items of two providers are one: what is persistent is compared, what is local is not."""

import re
from typing import Any

from catalogue.vocabulary.doi import read_doi

Json = dict[str, Any]

_HANDLE = re.compile(r"(?:https?://hdl\.handle\.net/|hdl:)(\S+/\S+)", re.IGNORECASE)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_ELSEWHERE = re.compile(r"(?:https?://|ark:|urn:)\S+", re.IGNORECASE)


def doi_of(text: object) -> str:
    """Returns a DOI in lower case (DOI Handbook §2.4: case says nothing), '' if it is none."""
    return read_doi(text).lower() if isinstance(text, str) else ""


def identity_of(item: Json) -> str:
    """Returns what an item is known by everywhere, '' where it has only a name of its own house.

    A pid that is a number or a local code is given by many providers to different things.
    """
    pid = str(item.get("pid", "")).strip()
    if doi := doi_of(pid) or doi_of(item.get("doi")):
        return f"doi:{doi}"
    if handle := _HANDLE.fullmatch(pid):
        return f"hdl:{handle[1].lower()}"
    if _UUID.fullmatch(pid):
        return f"uuid:{pid.lower()}"
    return pid if _ELSEWHERE.fullmatch(pid) else ""
