"""A published record in brief, as lists of results show it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from catalogue.models import PublicationKind, PublishedRecord
from catalogue.policy.embargo import IN_EMBARGO, Audience, ReleaseState
from catalogue.policy.visibility import Facts, is_released
from catalogue.portal.explanation import Badge, public_badge

# Characters no title holds, so that what the database marks can be told from what a title says.
MARK_START, MARK_END = "\x02", "\x03"
SHOWN_CREATORS = 3


@dataclass(frozen=True, slots=True)
class Card:
    """All of it is public: read from the finished record, never from the rows behind it."""

    doi: str
    is_test_doi: bool
    title: str
    creators: str
    publisher: str
    days: str
    badge: Badge


def cards_of(records: Sequence[PublishedRecord], *, today: date) -> list[Card]:
    return [card_of(record, today=today) for record in records]


def card_of(record: PublishedRecord, *, today: date) -> Card:
    """Returns the card of a live record that came with its publication and investigation."""
    document = record.json_ld
    return Card(
        doi=record.publication.doi,
        is_test_doi=record.publication.is_test_doi,
        title=marked(getattr(record, "headline", "") or record.title),
        creators=names_in_brief(_names(document, "creator")),
        publisher=", ".join(_names(document, "publisher")),
        days=str(document.get("temporalCoverage", "")).replace("/", " – "),
        badge=badge_of(record, today=today),
    )


def badge_of(record: PublishedRecord, *, today: date) -> Badge:
    """Returns a record's access on a day: open only if the record and the clock both say so."""
    investigation = record.publication.investigation
    chosen = record.publication.kind == PublicationKind.SELECTION
    facts = Facts(
        state=investigation.state,
        release_date=investigation.release_date,
        member_ids=frozenset(),
        released_early_on=record.publication.published_on if chosen else None,
    )
    if record.is_open and is_released(facts, today=today):
        is_for_all = investigation.audience == Audience.EVERYONE
        return public_badge("open" if is_for_all else "registered", None)
    embargoed = investigation.state in {*IN_EMBARGO, ReleaseState.OPEN}
    return public_badge("embargoed" if embargoed else "restricted", investigation.release_date)


def marked(title: str) -> SafeString:
    """Returns a title as HTML: escaped, with what the database marked in it as `<mark>`."""
    html = escape(title).replace(MARK_START, "<mark>").replace(MARK_END, "</mark>")
    return mark_safe(html)  # noqa: S308 escaped above; only our own two tags are put in


def names_in_brief(names: list[str]) -> str:
    """Returns the first three names, and how many there are besides."""
    others = len(names) - SHOWN_CREATORS
    shown = "; ".join(names[:SHOWN_CREATORS])
    if others <= 0:
        return shown
    return f"{shown} and {others} other{'s' if others > 1 else ''}"


def _names(document: dict[str, Any], key: str) -> list[str]:
    # JSON-LD 1.1 §4.3: one value may stand without its list.
    value = document.get(key, [])
    return [agent["name"] for agent in (value if isinstance(value, list) else [value])]
