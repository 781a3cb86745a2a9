"""Long lists in pages: by number, or from the last row seen where a list has no end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from django.db.models import Q, QuerySet
from django.http import Http404, QueryDict

# A deep OFFSET costs the database as much as all the rows before it, and tells a person little.
DEEPEST_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a list: the `number`th page, whose first row is the `first` of all, from 1."""

    rows: Sequence[Any]
    number: int
    first: int
    has_next: bool

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1


def page_of(rows: QuerySet[Any], number: int, *, size: int) -> Page:
    """Returns one page; reads a row more than it shows instead of counting the whole list."""
    start = (number - 1) * size
    found = list(rows[start : start + size + 1])
    return Page(
        found[:size], number, start + 1, has_next=len(found) > size and number < DEEPEST_PAGE
    )


def page_number(query: QueryDict) -> int:
    """Returns the page an address asks for, 1 where it asks for none.

    Raises:
        Http404: it is not a number from 1 to DEEPEST_PAGE.
    """
    text = query.get("page", "1")
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text[:9]) <= DEEPEST_PAGE:
        raise Http404(f"There is no page “{text[:40]}”: write a number from 1 to {DEEPEST_PAGE}.")
    return int(text)


def address_of_page(query: QueryDict, **changes: str | int) -> str:
    """Returns the query string of the same view with some arguments changed."""
    changed = query.copy()
    for name, value in changes.items():
        changed[name] = str(value)
    return f"?{changed.urlencode()}"


def page_links(query: QueryDict, page: Page) -> dict[str, str]:
    """Returns the addresses of the pages before and after, '' at either end."""
    return {
        "previous": address_of_page(query, page=page.number - 1) if page.number > 1 else "",
        "next": address_of_page(query, page=page.number + 1) if page.has_next else "",
    }


@dataclass(frozen=True, slots=True)
class Place:
    """A row of the list of records, newest first: its datestamp and, among equals, its key."""

    datestamp: datetime
    pk: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Returns the place an address names.

        Raises:
            Http404: it is none that `str` of a place gives.
        """
        stamp, _, key = text.partition("~")
        try:
            place = cls(datetime.fromisoformat(stamp), int(key))
        except ValueError:
            place = None
        # Records are stamped in UTC; other offsets reach days that no clock here shows.
        if place is None or place.datestamp.tzinfo != UTC or not 0 <= place.pk < 2**63:
            raise Http404(f"“{text[:60]}” is no place in this list: start again.")
        return place

    def __str__(self) -> str:
        return f"{self.datestamp.isoformat()}~{self.pk}"

    @property
    def rows_after(self) -> Q:
        """The rows that follow this one, as a condition that walks the index (datestamp, id)."""
        return Q(datestamp__lt=self.datestamp) | Q(datestamp=self.datestamp, pk__lt=self.pk)
