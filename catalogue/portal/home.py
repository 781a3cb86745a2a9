"""The first page: what this is, the newest open data, and ways into the rest."""

from dataclasses import dataclass
from datetime import date

from django.core.cache import cache
from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from catalogue.models import Investigation
from catalogue.policy.visibility import ANONYMOUS
from catalogue.portal.browse import BrowseLink, facility_links, technique_links
from catalogue.portal.cards import cards_of
from catalogue.portal.paging import Place, address_of_page
from catalogue.portal.selections import records_for_cards

PAGE_SIZE = 12
# The figures are sums over all that is open: a few minutes old is new enough for them.
FIGURES_KEPT_S = 300


@dataclass(frozen=True, slots=True)
class Figures:
    """How much is open to everyone."""

    investigations: int
    datasets: int
    files: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Overview:
    """What the first page says beside the newest data; the same for everyone."""

    figures: Figures
    facilities: list[BrowseLink]
    techniques: list[BrowseLink]


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    newest = records_for_cards().newest().filter(is_open=True)
    before = request.GET.get("before", "")
    if before:
        newest = newest.filter(Place.parse(before).rows_after)
    records = list(newest[: PAGE_SIZE + 1])
    shown = records[:PAGE_SIZE]
    more = ""
    if len(records) > PAGE_SIZE:
        place = Place(shown[-1].datestamp, shown[-1].pk)
        more = address_of_page(request.GET, before=str(place))
    context = {
        "cards": cards_of(shown, today=today),
        "more": more,
        "is_first_page": not before,
        "overview": cache.get_or_set(
            f"portal-overview-{today}", lambda: overview(today=today), FIGURES_KEPT_S
        ),
    }
    return render(request, "portal/home.html", context)


def overview(*, today: date) -> Overview:
    return Overview(open_figures(today=today), facility_links(), technique_links(today=today))


def open_figures(*, today: date) -> Figures:
    """Returns the sums of the counters that ingest keeps on each investigation."""
    open_now = Investigation.objects.visible_to(ANONYMOUS, today=today)
    sums = open_now.aggregate(
        investigations=Count("pk"),
        datasets=Sum("dataset_count", default=0),
        files=Sum("file_count", default=0),
        size_bytes=Sum("size_bytes", default=0),
    )
    return Figures(**sums)
