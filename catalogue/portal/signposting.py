"""FAIR Signposting (signposting.org/FAIR): a landing page's typed links, for machines, pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

from catalogue.record import Record

# Proxies refuse header sections of more than about 8 kB: the page itself lists all files.
MOST_ITEMS = 20


@dataclass(frozen=True, slots=True)
class Link:
    """One link of RFC 8288. `href` is absolute and percent-encoded; `media_type` may be ''."""

    href: str
    rel: str
    media_type: str = ""

    def __str__(self) -> str:
        kind = f'; type="{self.media_type}"' if self.media_type else ""
        return f'<{self.href}>; rel="{self.rel}"{kind}'


def landing_links(
    record: Record,
    *,
    page: str,
    described_by: Iterable[tuple[str, str]],
    items: Iterable[tuple[str, str]],
) -> list[Link]:
    """Returns the links of a landing page.

    page: its own absolute address; described_by, items: (absolute address, media type) of the
    record's other formats and of the files that everyone may have.
    """
    return [
        Link(cite_as(record, page=page), "cite-as"),
        Link("https://schema.org/Dataset", "type"),
        Link("https://schema.org/AboutPage", "type"),
        *(Link(f"https://orcid.org/{who.orcid}", "author") for who in record.creators if who.orcid),
        Link(record.licence.url, "license"),
        *(Link(href, "describedby", media_type) for href, media_type in described_by),
        *(Link(href, "item", media_type) for href, media_type in list(items)[:MOST_ITEMS]),
    ]


def cite_as(record: Record, *, page: str) -> str:
    """Returns the address to cite; a test DOI does not resolve, so then it is the page itself."""
    return page if record.is_test_doi else f"https://doi.org/{quote(record.doi)}"


def link_header(links: Iterable[Link]) -> str:
    return ", ".join(str(link) for link in links)
