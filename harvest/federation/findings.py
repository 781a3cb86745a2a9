"""An item of any provider as the page for people shows it: no more of it than can be relied on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.urls import NoReverseMatch, reverse

from harvest.federation.identity import doi_of

Json = dict[str, Any]

LONGEST_TITLE = 300
LONGEST_SUMMARY = 400


@dataclass(frozen=True, slots=True)
class Finding:
    """address: where more is told, '' where nothing that can be followed is known."""

    title: str
    address: str
    summary: str
    pid: str
    day: str
    facilities: tuple[str, ...]


def finding_of(item: Json, *, facilities: Mapping[str, str], own_url: str) -> Finding:
    """facilities: their names by base URL; own_url: this catalogue's, '' if it was not asked."""
    holders = item.get("providers") or [item.get("provider", "")]
    title = _text(item, "title") or _text(item, "name") or "Untitled"
    return Finding(
        title=_cut(title, LONGEST_TITLE),
        address=_address(item, is_ours=own_url != "" and own_url in holders),
        summary=_cut(_text(item, "summary") or _text(item, "facility"), LONGEST_SUMMARY),
        pid=doi_of(item.get("pid")) or doi_of(item.get("doi")) or _text(item, "pid"),
        day=(_text(item, "releaseDate") or _text(item, "creationDate"))[:10],
        facilities=tuple(facilities.get(holder, holder) for holder in holders),
    )


def _address(item: Json, *, is_ours: bool) -> str:
    """Returns our own page of what we hold, else the DOI's: no other address is followed."""
    doi = doi_of(item.get("pid")) or doi_of(item.get("doi"))
    if is_ours:
        return _own_address(item, doi)
    return f"https://doi.org/{quote(doi, safe='/')}" if doi else ""


def _own_address(item: Json, doi: str) -> str:
    if doi:
        return reverse("portal:landing", args=[doi])
    try:
        return reverse("portal:dataset", args=[_text(item, "pid")])
    except NoReverseMatch:
        # An instrument: it has no page of its own.
        return ""


def _text(item: Json, name: str) -> str:
    value = item.get(name)
    return " ".join(value.split()) if isinstance(value, str) else ""


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
