"""Investigations: one's own, all of them for data managers, and the page of each."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from django.contrib.auth.decorators import login_required
from django.db.models import F, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from catalogue.access.reads import note_read
from catalogue.models import (
    AccessRequest,
    DataPublication,
    Dataset,
    Investigation,
    InvestigationUser,
)
from catalogue.models.investigation import own
from catalogue.policy.embargo import ReleaseState
from catalogue.policy.retention import kept
from catalogue.policy.rights import RIGHTS, Right
from catalogue.policy.visibility import Level, Viewer, reasons
from catalogue.portal.access import access_of, investigation_badge
from catalogue.portal.explanation import how_long_kept, why_listed
from catalogue.portal.paging import page_links, page_number, page_of
from catalogue.portal.parameters import parameter_rows
from catalogue.portal.reserved import reserved_for
from catalogue.portal.selections import datasets_with_files, facts_of, investigations_to_show
from catalogue.portal.sharing import open_requests
from catalogue.portal.viewer import viewer_of
from catalogue.publication.people import role_on

DATASETS_A_PAGE = 100
INVESTIGATIONS_A_PAGE = 50
SHARED_DATASETS_SHOWN = 100
REQUESTS_SHOWN = 20
LONGEST_TEXT = 100
NOT_HERE = "There is no such investigation here, or you may not see it."


@never_cache
@require_safe
def investigation(request: HttpRequest, pk: int) -> HttpResponse:
    today = timezone.localdate()
    viewer = viewer_of(request)
    visible = investigations_to_show(viewer, today=today)
    shown = visible.prefetch_related("parameters__type").filter(pk=pk).first()
    if shown is None:
        raise Http404(NOT_HERE)
    access = access_of(viewer, shown, today=today)
    note_read(request, shown, access.reasons, f"investigation {shown}")
    datasets = Dataset.objects.visible_to(viewer, today=today, level=Level.METADATA)
    page = page_of(
        datasets_with_files(datasets.filter(investigation=shown)).prefetch_related("techniques"),
        page_number(request.GET),
        size=DATASETS_A_PAGE,
    )
    context = {
        "investigation": shown,
        "access": access,
        "may_act": role_on(
            shown, person_id=viewer.person_id, is_data_manager=viewer.is_data_manager
        ),
        "policy": shown.proposal.embargo_policy,
        "kept": _kept(shown, today=today),
        "parameters": parameter_rows(shown.parameters.all()),
        "may_publish": _may_publish(viewer, shown),
        "reserved": _reserved(request, shown),
        "page": page,
        **page_links(request.GET, page),
    }
    return render(request, "portal/investigation.html", context)


def _kept(shown: Investigation, *, today: date) -> str:
    """Returns how long its data are kept; '' where no policy says, or nothing has been measured."""
    policy, measured = shown.proposal.embargo_policy, shown.last_data_on or shown.end
    if policy is None or measured is None:
        return ""
    return how_long_kept(kept(policy.retention, measured=measured), today=today)


def _reserved(request: HttpRequest, shown: Investigation) -> list[DataPublication]:
    """Returns its reserved DOIs, for those who may publish under them."""
    if not request.user.is_authenticated:
        return []
    return list(reserved_for(request).filter(investigation=shown))


def _may_publish(viewer: Viewer, shown: Investigation) -> bool:
    """Tells whether a viewer may put its datasets into a cart, as `cart.publishable` does."""
    team = {member.person_id for member in shown.members.all()}
    return viewer.is_data_manager or viewer.person_id in team


@dataclass(frozen=True, slots=True)
class Filter:
    """What somebody looks for: part of a proposal's code or a title, and a state ('' for any)."""

    text: str
    state: str

    @classmethod
    def parse(cls, query: QueryDict) -> Self:
        state = query.get("state", "")
        return cls(
            text=query.get("q", "").replace("\0", "").strip()[:LONGEST_TEXT],
            state=state if state in set(ReleaseState) else "",
        )

    @property
    def condition(self) -> Q:
        named = Q(title__icontains=self.text) | Q(proposal__code__icontains=self.text)
        in_state = Q(release_state=self.state) if self.state else Q()
        return (named if self.text else Q()) & in_state


@never_cache
@login_required
@require_safe
def my_investigations(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    viewer = viewer_of(request)
    wanted = Filter.parse(request.GET)
    rows = mine(viewer, today=today).filter(wanted.condition)
    page = page_of(rows, page_number(request.GET), size=INVESTIGATIONS_A_PAGE)
    context = {
        "lines": [line_of(row, viewer, today=today) for row in page.rows],
        "requests": requests_to_decide(viewer)[:REQUESTS_SHOWN],
        "shared_datasets": shared_datasets(viewer, today=today),
        "filter": wanted,
        "states": Investigation._meta.get_field("release_state").choices,
        "viewer": viewer,
        "page": page,
        **page_links(request.GET, page),
    }
    return render(request, "portal/my_investigations.html", context)


def requests_to_decide(viewer: Viewer) -> QuerySet[AccessRequest]:
    """Returns what others ask of a principal investigator, or of any for data managers."""
    requests = open_requests(AccessRequest.objects.order_by("created_at", "pk"))
    if viewer.is_data_manager:
        return requests
    roles = [role for role, rights in RIGHTS.items() if Right.SHARE in rights]
    mine = InvestigationUser.objects.filter(person=viewer.person_id or 0, role__in=roles)
    return requests.filter(investigation__in=mine.values("investigation"))


def shared_datasets(viewer: Viewer, *, today: date) -> list[Dataset]:
    """Returns datasets that were shared with somebody by themselves, the newest first."""
    if viewer.is_data_manager:
        return []
    alone = Dataset.objects.granted_alone(viewer, today=today)
    return list(alone.order_by("-pk")[:SHARED_DATASETS_SHOWN])


def mine(viewer: Viewer, *, today: date) -> QuerySet[Investigation]:
    """Returns what is somebody's own: as a member, by their instrument or a grant; newest first.

    For data managers, all of them.
    """
    rows = investigations_to_show(viewer, today=today)
    if not viewer.is_data_manager:
        rows = rows.filter(own(viewer, today=today))
    return rows.order_by(F("start").desc(nulls_last=True), "-pk")


def line_of(row: Investigation, viewer: Viewer, *, today: date) -> dict[str, Any]:
    """Returns a line of the list: an investigation with its badge, and why it is there."""
    facts = facts_of(row)
    found = reasons(viewer, facts, today=today, level=Level.METADATA)
    return {
        "investigation": row,
        "badge": investigation_badge(row, facts, today=today),
        "because": why_listed(found),
    }
