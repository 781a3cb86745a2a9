"""Search over the records of other catalogues that were harvested, each marked with its origin."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import Exists, F, FloatField, OuterRef, Q
from django.db.models.functions import Cast
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from catalogue.models import HarvestedRecord, Origin
from catalogue.models.harvested import HarvestedRecordQuerySet
from catalogue.portal.cards import names_in_brief
from catalogue.portal.explanation import Badge, public_badge
from catalogue.portal.paging import address_of_page
from catalogue.portal.search import PAGE_SIZE, Search, count_in_words
from catalogue.vocabulary.resource_types import RESOURCE_TYPES


@dataclass(frozen=True, slots=True)
class Limits:
    """What a search is limited to: origin by key, year, type; None and '' for any."""

    origin: int | None
    year: int | None
    resource_type: str

    @classmethod
    def parse(cls, query: QueryDict) -> Self:
        kind = query.get("type", "")
        return cls(
            origin=_number(query.get("origin", "")),
            year=_number(query.get("year", "")),
            resource_type=kind if kind in RESOURCE_TYPES else "",
        )

    @property
    def condition(self) -> Q:
        wanted = {"origin": self.origin, "year": self.year, "resource_type": self.resource_type}
        return Q(**{name: value for name, value in wanted.items() if value})


def _number(text: str) -> int | None:
    """Returns what somebody typed as a number of at most nine digits, None for anything else."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


@dataclass(frozen=True, slots=True)
class HarvestedCard:
    """A harvested record in brief; badge None where its rights do not tell of access."""

    title: str
    url: str
    creators: str
    publisher: str
    days: str
    doi: str
    origins: tuple[str, ...]
    badge: Badge | None


@require_safe
def harvested(request: HttpRequest) -> HttpResponse:
    wanted, limits = Search.parse(request.GET), Limits.parse(request.GET)
    found = harvested_found(wanted, limits)
    place = request.GET.get("after", "")
    rows = list(_after(found, place)[: PAGE_SIZE + 1])
    shown = rows[:PAGE_SIZE]
    more = {"after": _place_of(shown[-1])} if rows[PAGE_SIZE:] else {}
    context = {
        "search": wanted,
        "limits": limits,
        "origins": Origin.objects.filter(is_shown=True).only("name"),
        "resource_types": RESOURCE_TYPES,
        "cards": cards_of(shown),
        "found": "" if place else count_in_words(found, shown),
        "first": _first_page(request.GET) if place else "",
        "next": address_of_page(request.GET, **more) if more else "",
    }
    return render(request, "portal/harvested.html", context)


def harvested_found(wanted: Search, limits: Limits) -> HarvestedRecordQuerySet:
    """Returns the harvested records a search is for, those of one DOI once.

    Each has its `place` in the list: how well it matches, or without words when it came.
    """
    records = HarvestedRecord.objects.shown().filter(limits.condition)
    if wanted.only_open:
        records = records.filter(is_open=True)
    if wanted.doi:
        records = records.filter(doi=wanted.doi.lower())
    elif wanted.text:
        query = SearchQuery(wanted.text, search_type="websearch", config="catalogue")
        records = records.filter(search_vector=query)
    others = records.filter(doi=OuterRef("doi"), pk__lt=OuterRef("pk"))
    records = records.filter(Q(doi="") | ~Exists(others)).select_related("origin")
    records = records.defer("metadata", "about", "description", "search_vector")
    if wanted.doi or not wanted.text:
        return records.annotate(place=F("harvested_at")).order_by("-harvested_at", "-pk")
    # In double precision, which a place in an address gives back as it was.
    rank = Cast(SearchRank(F("search_vector"), query), FloatField())
    return records.annotate(place=rank).order_by("-place", "-pk")


def _after(found: HarvestedRecordQuerySet, place: str) -> HarvestedRecordQuerySet:
    """Returns what follows a place in the list, all of it for ''.

    Raises:
        Http404: it is no place in this list.
    """
    if not place:
        return found
    written, _, key = place.partition("~")
    is_ranked = found.query.order_by[0] == "-place"
    try:
        value: Any = float(written) if is_ranked else datetime.fromisoformat(written)
        pk = int(key)
    except ValueError:
        value, pk = None, -1
    has_zone = is_ranked or (value is not None and value.tzinfo is not None)
    if value is None or not has_zone or not 0 <= pk < 2**63:
        raise Http404(f"“{place[:60]}” is no place in this list: start again.")
    # Stated twice, so that the walk of the index begins at the place.
    name = "place" if is_ranked else "harvested_at"
    behind = Q(**{f"{name}__lt": value}) | Q(**{name: value, "pk__lt": pk})
    return found.filter(behind, **{f"{name}__lte": value})


def _place_of(record: Any) -> str:
    place = record.place
    return f"{place.isoformat() if isinstance(place, datetime) else repr(place)}~{record.pk}"


def _first_page(query: QueryDict) -> str:
    first = query.copy()
    del first["after"]
    return f"?{first.urlencode()}"


def cards_of(records: Sequence[HarvestedRecord]) -> list[HarvestedCard]:
    """Returns the cards of a page, with every catalogue a DOI came from, in one query."""
    names: dict[str, list[str]] = defaultdict(list)
    dois = [record.doi for record in records if record.doi]
    same = HarvestedRecord.objects.shown().filter(doi__in=dois).order_by("pk")
    for doi, name in same.values_list("doi", "origin__name"):
        names[doi].append(name)
    return [_card_of(record, names[record.doi]) for record in records]


def _card_of(record: HarvestedRecord, origins: Sequence[str]) -> HarvestedCard:
    names = [name for name in record.creators.split("; ") if name]
    access = {True: public_badge("open", None), False: public_badge("restricted", None)}
    return HarvestedCard(
        title=record.title,
        url=record.url,
        creators=names_in_brief(names),
        publisher=record.publisher,
        days=record.dates or str(record.year or ""),
        doi=record.doi,
        origins=tuple(dict.fromkeys([record.origin.name, *origins])),
        badge=None if record.is_open is None else access[record.is_open],
    )
