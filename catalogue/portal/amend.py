"""Amending a publication: its words, people, funding and relations; never its data or its DOI."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from catalogue.models import DataPublication, PublicationKind
from catalogue.portal.publication_forms import PublicationForms
from catalogue.portal.publication_steps import (
    act_for,
    confirm_page,
    own_publication,
    rehearse,
)
from catalogue.publication.amend import amend, changes
from catalogue.publication.details import details_of
from catalogue.publication.publish import CannotPublishError
from catalogue.queries import described_by

CHANGED_MEANWHILE = "Somebody has amended it since you opened this page: open it again."
WORDS = {
    "title": "the title",
    "abstract": "the abstract",
    "creators": "the creators",
    "funding": "the funding",
    "related": "what belongs to it",
}


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def amend_publication(request: HttpRequest, doi: str) -> HttpResponse:
    """Asks, shows what will be public, and amends: three steps of one address."""
    publication = own_publication(request, doi)
    if publication.kind == PublicationKind.CONCEPT:
        return redirect("portal:amend", doi=described_by(publication).doi)
    if publication.withdrawn_at is not None:
        messages.info(request, "It has been withdrawn: its page stays as it is.")
        return redirect("portal:landing", doi=publication.doi)
    said = details_of(publication)
    forms = PublicationForms(request.POST or None, said=said, keeps_licence=True)
    step = request.POST.get("step", "")
    if step not in ("confirm", "publish") or not forms.is_valid():
        return _form_page(request, publication, forms)
    if request.POST.get("seen") != _seen(publication):
        return _form_page(request, publication, forms, problem=CHANGED_MEANWHILE)
    changed = changes(said, forms.details)
    if not changed:
        return _form_page(request, publication, forms, problem="You have changed nothing.")

    def make() -> DataPublication:
        return amend(publication.pk, forms.details, act=act_for(request, "Amended by its people."))

    try:
        if step == "publish":
            messages.info(request, "It is amended.")
            return redirect("portal:landing", doi=make().doi)
        record = rehearse(make)
    except CannotPublishError as error:
        return _form_page(request, publication, forms, problem=str(error))
    return confirm_page(
        request,
        record,
        template="portal/amend_confirm.html",
        publication=publication,
        changed=[WORDS[name] for name in changed],
    )


def _form_page(
    request: HttpRequest,
    publication: DataPublication,
    forms: PublicationForms,
    *,
    problem: str = "",
) -> HttpResponse:
    context = {
        "forms": forms,
        "publication": publication,
        "seen": request.POST.get("seen", _seen(publication)),
        "problem": problem,
    }
    return render(request, "portal/amend_form.html", context)


def _seen(publication: DataPublication) -> str:
    """Returns what says whether somebody has amended it meanwhile."""
    return publication.amended_at.isoformat() if publication.amended_at else "never"
