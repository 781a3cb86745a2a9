"""Search over the published records; the address holds all of its state."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from catalogue.models import PublishedRecord
from catalogue.portal.browse import label_of_set, label_of_technique
from catalogue.portal.cards import cards_of
from catalogue.portal.paging import page_links, page_number, page_of
from catalogue.portal.selections import (
    measured_with,
    record_with_doi,
    records_for_cards,
    records_found,
)
from catalogue.vocabulary.doi import read_doi

PAGE_SIZE = 20
# Counting stops here: who finds more than this reads "more than 1,000" and narrows the search.
COUNTED = 1000
LONGEST_TEXT = 300


@dataclass(frozen=True, slots=True)
class Search:
    """What an address asks for.

    text: words, '' for all records; in_set: an OAI set, '' for any; technique: a PaNET code, '' for
    any, which finds open data only; only_open: leave out what is still closed.
    """

    text: str
    in_set: str
    technique: str
    only_open: bool

    @classmethod
    def parse(cls, query: QueryDict) -> Self:
        """Returns the search of an address; what PostgreSQL cannot store (NUL) cannot be found."""
        return cls(
            text=" ".join(query.get("q", "").replace("\0", " ").split())[:LONGEST_TEXT],
            in_set=query.get("set", "").replace("\0", ""),
            technique=query.get("technique", "").replace("\0", ""),
            only_open=query.get("access", "") == "open",
        )

    @property
    def doi(self) -> str:
        return read_doi(self.text)


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    wanted = Search.parse(request.GET)
    if wanted.doi and (record := record_with_doi(wanted.doi)):
        return redirect("portal:landing", doi=record.publication.doi)
    found = matching(wanted, today=today)
    page = page_of(found, page_number(request.GET), size=PAGE_SIZE)
    context = {
        "search": wanted,
        "set_label": label_of_set(wanted.in_set) if wanted.in_set else "",
        "technique_label": label_of_technique(wanted.technique) if wanted.technique else "",
        "page": page,
        "cards": cards_of(page.rows, today=today),
        "found": count_in_words(found, page.rows),
        **page_links(request.GET, page),
    }
    return render(request, "portal/search.html", context)


def matching(wanted: Search, *, today: date) -> QuerySet[PublishedRecord]:
    """Returns the live records a search is for: best first, or newest first without words."""
    records = records_found(wanted.text) if wanted.text else records_for_cards()
    records = records.newest()
    if wanted.in_set:
        records = records.filter(publication__oai_item__memberships__set__spec=wanted.in_set)
    if wanted.technique:
        records = records.filter(measured_with(wanted.technique, today=today))
    if wanted.only_open:
        records = records.filter(is_open=True)
    return records


def count_in_words(found: QuerySet[Any], shown: object) -> str:
    if not shown:
        return "Nothing"
    count = found.order_by().values("pk")[: COUNTED + 1].count()
    if count > COUNTED:
        return f"More than {COUNTED:,} records"
    return f"{count:,} record{'' if count == 1 else 's'}"
