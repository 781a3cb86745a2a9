"""The cart: datasets put aside by a person, described by a form, and published under one DOI."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalogue.models import Cart, DataPublication, Dataset, Investigation, InvestigationUser
from catalogue.models.dataset import public
from catalogue.policy.events import ActorRole
from catalogue.portal.publication_forms import PublicationForms
from catalogue.portal.publication_steps import (
    act_for,
    confirm_page,
    own_publication,
    rehearse,
    role_of,
    today,
)
from catalogue.portal.viewer import viewer_of
from catalogue.publication.details import details_of, proposed
from catalogue.publication.publish import CannotPublishError, publish_selection
from catalogue.publication.registrar import configured_registrar
from catalogue.publication.transition import RefusedError
from catalogue.vocabulary.roles import Role


def publishable(request: HttpRequest) -> QuerySet[Dataset]:
    """Returns what somebody may publish: data of their own experiments; data managers, all."""
    viewer = viewer_of(request)
    if viewer.is_data_manager:
        return Dataset.objects.all()
    own = InvestigationUser.objects.filter(person=viewer.person_id or 0)
    return Dataset.objects.filter(investigation__in=own.values("investigation"))


@never_cache
@login_required
@require_safe
def cart(request: HttpRequest) -> HttpResponse:
    chosen = _chosen(request)
    context = {
        "datasets": chosen,
        "several": len({row.investigation_id for row in chosen}) > 1,
        "succeeds": _succeeded(request),
    }
    return render(request, "portal/cart.html", context)


@login_required
@require_POST
def put_in_cart(request: HttpRequest) -> HttpResponse:
    """Puts in what was ticked; what somebody may not publish is passed over like what is not."""
    wanted = [uid for text in request.POST.getlist("dataset") if (uid := _uid(text))]
    found = list(publishable(request).filter(uid__in=wanted))
    _cart_of(request).datasets.add(*found)
    messages.info(request, f"{len(found)} put into the cart." if found else "Nothing was ticked.")
    return redirect("portal:cart")


@login_required
@require_POST
def take_out_of_cart(request: HttpRequest) -> HttpResponse:
    wanted = [uid for text in request.POST.getlist("dataset") if (uid := _uid(text))]
    held = _cart_of(request).datasets
    held.remove(*held.filter(uid__in=wanted))
    return redirect("portal:cart")


@login_required
@require_POST
def next_version(request: HttpRequest, doi: str) -> HttpResponse:
    """Puts the datasets of a publication into an empty cart, for its next version."""
    publication = own_publication(request, doi)
    held = _cart_of(request)
    if held.datasets.exists() or held.succeeds_id:
        messages.error(request, "Your cart is in use: publish what is in it, or take it out.")
        return redirect("portal:cart")
    held.succeeds = publication
    held.entered = {}
    held.save()
    held.datasets.set(publication.datasets.all())
    return redirect("portal:cart")


@login_required
@require_POST
def no_version(request: HttpRequest) -> HttpResponse:
    """Makes of the next version of something a publication by itself."""
    held = _cart_of(request)
    held.succeeds = None
    held.entered = {}
    held.save()
    return redirect("portal:cart")


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def publish_cart(request: HttpRequest) -> HttpResponse:
    """Asks, shows what will be public, and publishes: three steps of one address."""
    chosen = _chosen(request)
    if len({row.investigation_id for row in chosen}) != 1:
        return redirect("portal:cart")
    previous = _succeeded(request)
    forms = PublicationForms(
        _entered(request),
        said=details_of(previous) if previous else proposed(chosen[0].investigation),
        asks_release=_has_closed(chosen),
    )
    step = request.POST.get("step", "")
    if step not in ("confirm", "publish") or not forms.is_valid():
        return _form_page(request, forms, chosen)
    try:
        if step == "publish":
            return _publish(request, forms, chosen)
        record = rehearse(lambda: _make(request, forms, chosen))
    except (CannotPublishError, RefusedError) as error:
        return _form_page(request, forms, chosen, problem=str(error))
    return confirm_page(
        request,
        record,
        template="portal/cart_confirm.html",
        datasets=chosen,
        opens=forms.opens,
        succeeds=previous,
    )


def _form_page(
    request: HttpRequest, forms: PublicationForms, chosen: list[Dataset], *, problem: str = ""
) -> HttpResponse:
    context = {
        "forms": forms,
        "datasets": chosen,
        "problem": problem,
        "succeeds": _succeeded(request),
    }
    return render(request, "portal/cart_form.html", context)


def _publish(request: HttpRequest, forms: PublicationForms, chosen: list[Dataset]) -> HttpResponse:
    with transaction.atomic():
        publication = _make(request, forms, chosen)
        Cart.objects.filter(user=request.user.pk).delete()
    return redirect("portal:landing", doi=publication.doi)


def _make(request: HttpRequest, forms: PublicationForms, chosen: list[Dataset]) -> DataPublication:
    return publish_selection(
        chosen,
        act=act_for(request, "Published from the cart."),
        registrar=configured_registrar(),
        details=forms.details,
        release_early=forms.opens,
        role=_role(request, chosen[0].investigation),
        previous=_succeeded(request),
    )


def _role(request: HttpRequest, investigation: Investigation) -> ActorRole:
    viewer = viewer_of(request)
    leads = investigation.members.filter(
        person=viewer.person_id or 0, role=Role.PRINCIPAL_INVESTIGATOR
    )
    if leads.exists():
        return ActorRole.PRINCIPAL_INVESTIGATOR
    return ActorRole.DATA_MANAGER if viewer.is_data_manager else ActorRole.MEMBER


def _cart_of(request: HttpRequest) -> Cart:
    return Cart.objects.get_or_create(user=request.user)[0]  # type: ignore[misc]


def _succeeded(request: HttpRequest) -> DataPublication | None:
    """Returns what the cart becomes the next version of, where the viewer may still say so."""
    previous = _cart_of(request).succeeds
    if previous is None or role_of(request, previous.investigation) is None:
        return None
    return previous


def _chosen(request: HttpRequest) -> list[Dataset]:
    """Returns what is in the cart and may still be published by whoever it belongs to."""
    mine = publishable(request).filter(pk__in=_cart_of(request).datasets.values("pk"))
    joined = mine.select_related("investigation__proposal__embargo_policy", "sample")
    return list(joined.order_by("investigation", "start", "pk"))


def _has_closed(chosen: list[Dataset]) -> bool:
    rows = Dataset.objects.filter(pk__in=[row.pk for row in chosen])
    return rows.exclude(public(today())).exists()


def _entered(request: HttpRequest) -> QueryDict | None:
    """Returns what was entered: now, or when the form was last left; it is kept either way."""
    held = _cart_of(request)
    if request.method == "POST":
        held.entered = {key: values for key, values in request.POST.lists() if key != "step"}
        held.entered.pop("csrfmiddlewaretoken", None)
        held.save(update_fields=["entered"])
        return request.POST
    if not held.entered:
        return None
    kept = QueryDict(mutable=True)
    for key, values in held.entered.items():
        kept.setlist(key, values)
    return kept


def _uid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
