"""Where a principal investigator or data manager lets others in, and takes it back."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalogue.access.grants import address_of, make_link, revoke, share_with, share_with_group
from catalogue.models import (
    AccessGrant,
    AccessRequest,
    DataRead,
    Dataset,
    Investigation,
    RequestState,
    UserGroup,
)
from catalogue.policy.rights import Right
from catalogue.policy.visibility import Viewer
from catalogue.portal.access import access_of, rights_in
from catalogue.portal.explanation import long_day
from catalogue.portal.paging import page_links, page_number, page_of
from catalogue.portal.selections import datasets_to_show, investigations_to_show
from catalogue.portal.sharing_forms import LinkForm, ShareForm
from catalogue.portal.viewer import viewer_of

NOT_HERE = "There is nothing here that you may share."
READS_A_PAGE = 100


@dataclass(frozen=True, slots=True)
class Shared:
    """What is shared: an investigation, or one dataset of it; `page` is where it is read about."""

    investigation: Investigation
    dataset: Dataset | None
    page: str

    @property
    def target(self) -> Investigation | Dataset:
        return self.dataset or self.investigation


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def investigation_access(request: HttpRequest, pk: int) -> HttpResponse:
    return _access_page(request, investigation_shared(request, pk, Right.SHARE))


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def dataset_access(request: HttpRequest, uid: UUID) -> HttpResponse:
    viewer, today = viewer_of(request), timezone.localdate()
    dataset = datasets_to_show(viewer, today=today).filter(uid=uid).first()
    if dataset is None:
        raise Http404(NOT_HERE)
    _demand(Right.SHARE, dataset.investigation, viewer)
    page = reverse("portal:dataset", args=[uid])
    return _access_page(request, Shared(dataset.investigation, dataset, page))


def investigation_shared(request: HttpRequest, pk: int, right: Right) -> Shared:
    """Returns an investigation with which somebody has a right.

    Raises:
        Http404: there is none that they see. PermissionDenied: they see it, and no more.
    """
    viewer, today = viewer_of(request), timezone.localdate()
    investigation = investigations_to_show(viewer, today=today).filter(pk=pk).first()
    if investigation is None:
        raise Http404(NOT_HERE)
    _demand(right, investigation, viewer)
    return Shared(investigation, None, reverse("portal:investigation", args=[pk]))


def _demand(right: Right, investigation: Investigation, viewer: Viewer) -> None:
    if right not in rights_in(investigation, viewer):
        raise PermissionDenied


def _access_page(request: HttpRequest, shared: Shared) -> HttpResponse:
    today = timezone.localdate()
    wanted = request.POST.get("form", "")
    share = ShareForm(
        request.POST if wanted == "share" else None,
        today=today,
        groups=groups_offered(viewer_of(request)),
    )
    link = LinkForm(request.POST if wanted == "link" else None, today=today, prefix="link")
    if share.is_valid():
        _share(request, shared, share)
        return redirect(request.path)
    if link.is_valid():
        return _show_link(request, shared, link)
    return render(request, "portal/sharing.html", _context(request, shared, share, link))


def _context(
    request: HttpRequest, shared: Shared, share: ShareForm, link: LinkForm
) -> dict[str, Any]:
    access = access_of(
        viewer_of(request), shared.investigation, dataset=shared.dataset, today=timezone.localdate()
    )
    requests = AccessRequest.objects.filter(investigation=shared.investigation)
    return {
        "shared": shared,
        "access": access,
        "share_form": share,
        "link_form": link,
        "requests": open_requests(requests),
    }


def _share(request: HttpRequest, shared: Shared, form: ShareForm) -> None:
    found, actor = form.cleaned_data, signed_in_user(request)
    terms = form.terms(found["reason"])
    if found.get("group"):
        grant = share_with_group(found["group"], shared.target, terms, actor=actor)
    else:
        grant = share_with(found["grantee"], shared.target, terms, actor=actor)
    told = (
        "A mail with a link is on its way."
        if "@" in grant.grantee
        else "They see it in their list once they have logged in."
    )
    messages.success(request, f"Shared with {grant.to} until {long_day(grant.last_day)}. {told}")


def _show_link(request: HttpRequest, shared: Shared, form: LinkForm) -> HttpResponse:
    """Answers with the link itself, this once: what is kept is its hash."""
    grant = make_link(
        shared.target,
        form.terms(form.cleaned_data["reason"]),
        is_double_blind=form.cleaned_data["is_double_blind"],
        actor=signed_in_user(request),
    )
    context = {"shared": shared, "grant": grant, "address": address_of(grant)}
    return render(request, "portal/link_made.html", context)


def signed_in_user(request: HttpRequest) -> User:
    """Returns who acts, on pages that ask for a log-in."""
    return request.user  # type: ignore[return-value]


def groups_offered(viewer: Viewer) -> QuerySet[UserGroup]:
    """Returns one's own groups: names of others would tell who works with whom."""
    if viewer.is_data_manager:
        return UserGroup.objects.all()
    return UserGroup.objects.filter(people=viewer.person_id or 0)


def open_requests(requests: QuerySet[AccessRequest]) -> QuerySet[AccessRequest]:
    return requests.filter(state=RequestState.OPEN).select_related("investigation__proposal")


@never_cache
@login_required
@require_POST
def revoke_grant(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes access back; what one may not take back answers as what is not there."""
    grant = AccessGrant.objects.select_related("dataset").filter(pk=pk).first()
    if grant is None:
        raise Http404(NOT_HERE)
    try:
        investigation_shared(request, grant.whole_id, Right.SHARE)
    except PermissionDenied as error:
        raise Http404(NOT_HERE) from error
    revoke(pk, actor=signed_in_user(request), now=timezone.now())
    messages.success(request, f"Taken back from {grant.to}: it lets nobody in from now on.")
    if grant.dataset:
        return redirect("portal:dataset_access", grant.dataset.uid)
    return redirect("portal:investigation_access", grant.whole_id)


@never_cache
@login_required
@require_safe
def who_looked(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows who has looked at closed data without having taken part, newest first."""
    shared = investigation_shared(request, pk, Right.AUDIT)
    looks = DataRead.objects.filter(investigation_id=pk).order_by("-at", "-pk")
    page = page_of(looks, page_number(request.GET), size=READS_A_PAGE)
    grants = AccessGrant.objects.in_bulk([row.grant_id for row in page.rows if row.grant_id])
    context = {
        "shared": shared,
        "looks": [{"read": row, "grant": grants.get(row.grant_id)} for row in page.rows],
        "page": page,
        **page_links(request.GET, page),
    }
    return render(request, "portal/who_looked.html", context)
