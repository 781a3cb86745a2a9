"""The release of an investigation: where it stands, what one may do about it, what has happened."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from catalogue.models import Investigation, InvestigationUser, Person
from catalogue.models.investigation import joins
from catalogue.policy.embargo import Audience, ReleaseState
from catalogue.policy.events import Action, ActorRole, Case, Event
from catalogue.policy.machine import standing, words
from catalogue.policy.offers import BY_PEOPLE, offers
from catalogue.policy.visibility import Facts
from catalogue.portal.access import investigation_badge
from catalogue.portal.investigations import NOT_HERE
from catalogue.portal.paging import page_links, page_number, page_of
from catalogue.portal.selections import investigations_to_show, telling_parts
from catalogue.portal.viewer import viewer_of
from catalogue.publication.act import Act
from catalogue.publication.people import hand_over, role_on
from catalogue.publication.release_links import read_link
from catalogue.publication.transition import (
    RefusedError,
    case_of,
    pending_request,
    pending_requests,
    transition,
)
from catalogue.signed_links import LinkError
from catalogue.vocabulary.roles import Role

LONGEST_REASON = 2000
RELEASES_A_PAGE = 50
DONE = {
    Action.REQUEST_EXTENSION: "The extension is asked for.",
    Action.APPROVE_EXTENSION: "The extension is granted.",
    Action.REJECT_EXTENSION: "The extension is rejected.",
    Action.REQUEST_EARLY_RELEASE: "The early release is on its way.",
    Action.OBJECT: "Your objection stops the early release.",
    Action.CANCEL: "The request is taken back.",
    Action.HOLD: "The release is held back.",
    Action.LIFT: "The hold is lifted.",
    Action.WAIVE: "The owner’s right is waived.",
    Action.HAND_OVER: "There is a new principal investigator.",
}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def release_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows the release to those who took part and to data managers; a POST acts on it."""
    viewer = viewer_of(request)
    shown = investigations_to_show(viewer, today=timezone.localdate()).filter(pk=pk).first()
    if shown is None:
        raise Http404(NOT_HERE)
    role = role_on(shown, person_id=viewer.person_id, is_data_manager=viewer.is_data_manager)
    if role is None:
        raise Http404(NOT_HERE)
    if request.method == "POST":
        act = Act(timezone.now(), request.user, _reason(request.POST))  # type: ignore[arg-type]
        messages.info(request, _act(shown, role, request.POST, act))
        return redirect("portal:release", pk=pk)
    return render(request, "portal/release.html", _context(shown, role))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def release_link(request: HttpRequest, token: str) -> HttpResponse:
    """A link of a reminder: asks before it acts, so that a mail scanner that follows it does not.

    It is good for one person and one action; what the person may still do is asked anew.
    """
    try:
        link = read_link(token)
    except LinkError as error:
        return render(request, "portal/release_link.html", {"problem": str(error)}, status=410)
    person = Person.objects.filter(pk=link.person_id).first()
    shown = Investigation.objects.filter(pk=link.investigation_id).first()
    role = shown and person and role_on(shown, person_id=person.pk, is_data_manager=False)
    if not shown or not person or not role:
        gone = "You are not one of the people of this experiment any more."
        return render(request, "portal/release_link.html", {"problem": gone}, status=410)
    told = ""
    try:
        with transaction.atomic():
            link.check(Investigation.objects.locked().get(pk=shown.pk))
            if request.method == "POST":
                act = Act(timezone.now(), reason=_reason(request.POST), person=person)
                told = _act(shown, role, request.POST.dict() | {"action": link.action.value}, act)
    except LinkError as error:
        return render(request, "portal/release_link.html", {"problem": str(error)}, status=410)
    shown.refresh_from_db()
    context = _context(shown, role)
    offered = [offer for offer in context["offers"] if offer.action is link.action]
    context |= {"person": person, "told": told, "offers": [] if told else offered}
    return render(request, "portal/release_link.html", context)


@never_cache
@login_required
@require_safe
def releases(request: HttpRequest) -> HttpResponse:
    """The cockpit of a principal investigator: what opens when, and what waits for an answer."""
    today, viewer = timezone.localdate(), viewer_of(request)
    led = InvestigationUser.objects.filter(
        person=viewer.person_id or 0, role=Role.PRINCIPAL_INVESTIGATOR
    )
    rows = (
        telling_parts(Investigation.objects.filter(pk__in=led.values("investigation")), today=today)
        .exclude(release_state=ReleaseState.OPEN)
        .select_related(*joins())
        .order_by(F("release_date").asc(nulls_last=True), "pk")
    )
    page = page_of(rows, page_number(request.GET), size=RELEASES_A_PAGE)
    requests = pending_requests(row.pk for row in page.rows)
    lines = [
        {"investigation": row, "badge": investigation_badge(row, _facts(row), today=today),
         "pending": requests.get(row.pk)}
        for row in page.rows
    ]  # fmt: skip
    context = {"lines": lines, "page": page, **page_links(request.GET, page)}
    return render(request, "portal/releases.html", context)


def _facts(row: Investigation) -> Facts:
    return Facts(
        row.state, row.release_date, member_ids=frozenset(), audience=Audience(row.audience)
    )


def _context(shown: Investigation, role: ActorRole) -> dict[str, Any]:
    today = timezone.localdate()
    request, policy = pending_request(shown), shown.proposal.embargo_policy
    case = case_of(shown, request)
    return {
        "investigation": shown,
        "policy": policy,
        "role": role.value.replace("_", " "),
        "state": words(_standing(shown, case, today)),
        "pending": request,
        "offers": list(offers(case, role, policy.terms if policy else None, today=today)),
        "successors": _successors(shown),
        "events": shown.release_events.all()[:200],
        "requests": shown.release_requests.exclude(state="pending")[:50],
    }


def _standing(shown: Investigation, case: Case, today: date) -> Any:
    opened = shown.datasets.filter(released_early_on__lte=today)
    return standing(case, has_open_datasets=opened.exists(), today=today)


def _successors(shown: Investigation) -> list[Person]:
    others = (Role.CO_INVESTIGATOR, Role.MEMBER)
    rows = shown.members.filter(role__in=others).select_related("person")
    return list({row.person_id: row.person for row in rows}.values())


def _reason(form: QueryDict | dict[str, str]) -> str:
    return form.get("reason", "").replace("\0", "").strip()[:LONGEST_REASON]


def _act(shown: Investigation, role: ActorRole, form: Any, act: Act) -> str:
    """Does what a form asks for; returns what to tell the person, also where it is refused."""
    wanted = form.get("action", "")
    if wanted not in set(BY_PEOPLE):
        return "Choose one of the actions."
    action = Action(wanted)
    try:
        if action is Action.HAND_OVER:
            hand_over(shown.pk, _number(form.get("successor", "")), act=act, role=role)
        else:
            months, day = _number(form.get("months", "")), _day(form.get("day", ""))
            transition(shown.pk, Event(action, role, act.reason, months, day), act=act)
    except RefusedError as refused:
        return f"Nothing has changed. {refused.reason}"
    return DONE[action]


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None
