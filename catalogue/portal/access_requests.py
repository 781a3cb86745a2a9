"""Where outsiders ask for access to data under embargo, and where it is decided."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from catalogue.access.decision_links import may_decide_by_link, read_decision_link
from catalogue.access.requests import (
    AlreadyDecidedError,
    Asker,
    TooManyRequestsError,
    approve,
    ask,
    refuse,
)
from catalogue.models import AccessRequest, Person
from catalogue.policy.rights import Right
from catalogue.portal.selections import record_with_doi
from catalogue.portal.sharing import investigation_shared, signed_in_user
from catalogue.portal.sharing_forms import DecisionForm, RequestForm
from catalogue.publication.act import Act
from catalogue.queries import is_open
from catalogue.signed_links import LinkError

NOT_HERE = "There is no such request that you may decide."
GONE = "The request is gone, or you do not lead this experiment any more."


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def request_access(request: HttpRequest, doi: str) -> HttpResponse:
    """Takes a request for the data behind an embargoed landing page, and for nothing else.

    The answer is the same whether there is somebody to decide, whether they have an address, and
    whether this has been asked before.
    """
    row = record_with_doi(doi)
    if row is None:
        raise Http404(f"No data with the DOI {doi} have been published here.")
    publication = row.publication
    if row.is_deleted or is_open(publication, today=timezone.localdate()):
        return redirect("portal:landing", publication.doi)
    form = RequestForm(request.POST or None)
    context = {"doi": publication.doi, "title": row.title, "form": form}
    if not form.is_valid():
        return render(request, "portal/request_access.html", context)
    found = form.cleaned_data
    asker = Asker(found["name"], found["email"], found["affiliation"], _asked_from(request))
    try:
        ask(
            publication.investigation,
            publication.doi,
            asker,
            found["purpose"],
            now=timezone.now(),
        )
    except TooManyRequestsError:
        context["is_too_much"] = True
        return render(request, "portal/request_access.html", context, status=429)
    return render(request, "portal/request_sent.html", context)


def _asked_from(request: HttpRequest) -> str:
    """Returns a keyed hash of the network address: enough to count by, and no address."""
    address = request.META.get("REMOTE_ADDR", "")
    if settings.SECURE_PROXY_SSL_HEADER:
        # The proxy that is believed about TLS is believed about this: it adds the last one.
        address = request.META.get("HTTP_X_FORWARDED_FOR", address).split(",")[-1].strip()
    return salted_hmac("catalogue.access.requests", address, algorithm="sha256").hexdigest()


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def access_request(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows a request to those who may decide it, and takes the decision."""
    asked = AccessRequest.objects.filter(pk=pk).select_related("investigation__proposal").first()
    if asked is None:
        raise Http404(NOT_HERE)
    try:
        investigation_shared(request, asked.investigation_id, Right.SHARE)
    except (Http404, PermissionDenied) as error:
        raise Http404(NOT_HERE) from error
    form = DecisionForm(request.POST or None, today=timezone.localdate())
    if form.is_valid():
        act = Act(timezone.now(), signed_in_user(request))
        messages.info(request, _decide(asked, form, act))
        return redirect("portal:investigation_access", asked.investigation_id)
    return render(request, "portal/access_request.html", {"asked": asked, "form": form})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def decision_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """A link of the mail that tells of a request: shows it, and takes the decision.

    It is good for one person and one request; whether the person still leads is asked anew.
    """
    try:
        link = read_decision_link(token)
    except LinkError as error:
        return render(request, "portal/release_link.html", {"problem": str(error)}, status=410)
    requests = AccessRequest.objects.select_related("investigation__proposal")
    asked = requests.filter(pk=link.request_id).first()
    person = Person.objects.filter(pk=link.person_id).first()
    if (
        asked is None
        or person is None
        or not may_decide_by_link(asked.investigation, person_id=person.pk)
    ):
        return render(request, "portal/release_link.html", {"problem": GONE}, status=410)
    form = DecisionForm(request.POST or None, today=timezone.localdate())
    told = ""
    if form.is_valid():
        told = _decide(asked, form, Act(timezone.now(), person=person))
        asked = requests.get(pk=asked.pk)
    context = {"asked": asked, "form": form, "person": person, "told": told}
    return render(request, "portal/access_request.html", context)


def _decide(asked: AccessRequest, form: DecisionForm, act: Act) -> str:
    """Takes a decision; returns what to tell whoever took it."""
    answer = form.cleaned_data["answer"]
    try:
        if form.cleaned_data["decision"] == "approve":
            approve(asked.pk, form.terms(asked.purpose[:500]), answer=answer, act=act)
            return f"Approved: {asked.name} gets a mail with a link."
        refuse(asked.pk, answer=answer, act=act)
        return f"Refused: {asked.name} gets a mail."
    except AlreadyDecidedError as error:
        return str(error)
