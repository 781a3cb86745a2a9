"""Search over the records of other catalogues that were harvested, each marked with its origin."""

from dataclasses import dataclass

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from catalogue.models import HarvestedRecord
from catalogue.portal.cards import names_in_brief
from catalogue.portal.explanation import Badge, public_badge
from catalogue.portal.paging import page_links, page_number, page_of
from catalogue.portal.search import PAGE_SIZE, Search, count_in_words


@dataclass(frozen=True, slots=True)
class HarvestedCard:
    """A harvested record in brief; badge None where its rights do not tell of access."""

    title: str
    url: str
    creators: str
    publisher: str
    days: str
    doi: str
    origin: str
    badge: Badge | None


@require_safe
def harvested(request: HttpRequest) -> HttpResponse:
    wanted = Search.parse(request.GET)
    found = harvested_found(wanted)
    page = page_of(found, page_number(request.GET), size=PAGE_SIZE)
    context = {
        "search": wanted,
        "page": page,
        "cards": [card_of(record) for record in page.rows],
        "found": count_in_words(found, page.rows),
        **page_links(request.GET, page),
    }
    return render(request, "portal/harvested.html", context)


def harvested_found(wanted: Search) -> QuerySet[HarvestedRecord]:
    """Returns the harvested records a search is for: best first, or newest first without words."""
    records = (
        HarvestedRecord.objects.shown()
        .select_related("origin")
        .defer("metadata", "about", "description", "search_vector")
    )
    if wanted.only_open:
        records = records.filter(is_open=True)
    if wanted.doi:
        return records.filter(doi=wanted.doi.lower()).order_by("-harvested_at", "-pk")
    if not wanted.text:
        return records.order_by("-harvested_at", "-pk")
    query = SearchQuery(wanted.text, search_type="websearch", config="english")
    rank = SearchRank(F("search_vector"), query)
    return records.filter(search_vector=query).annotate(rank=rank).order_by("-rank", "-pk")


def card_of(record: HarvestedRecord) -> HarvestedCard:
    names = [name for name in record.creators.split("; ") if name]
    access = {True: public_badge("open", None), False: public_badge("restricted", None)}
    return HarvestedCard(
        title=record.title,
        url=record.url,
        creators=names_in_brief(names),
        publisher=record.publisher,
        days=record.dates or str(record.year or ""),
        doi=record.doi,
        origin=record.origin.name,
        badge=None if record.is_open is None else access[record.is_open],
    )
