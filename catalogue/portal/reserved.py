"""DOIs that are reserved for a team: their carts, published or discarded by any of it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalogue.models import DataPublication, InvestigationUser
from catalogue.models.publication import DataPublicationQuerySet
from catalogue.portal.held_cart import HeldCart, cart_context, cart_of, publish_steps
from catalogue.portal.publication_steps import NOT_YOURS, act_for, role_of
from catalogue.portal.viewer import viewer_of
from catalogue.publication.publish import CannotPublishError
from catalogue.publication.registrar import configured_registrar
from catalogue.publication.reserve import discard, reserve
from catalogue.vocabulary.roles import Role


def reserved_for(request: HttpRequest) -> DataPublicationQuerySet:
    """Returns the reserved DOIs of somebody's experiments; data managers see all."""
    viewer = viewer_of(request)
    rows = DataPublication.objects.reserved().select_related("investigation__proposal", "cart")
    if not viewer.is_data_manager:
        own = InvestigationUser.objects.filter(person=viewer.person_id or 0)
        own = own.exclude(role=Role.LOCAL_CONTACT)
        rows = rows.filter(investigation__in=own.values("investigation"))
    return rows.order_by("-pk")


@login_required
@require_POST
def reserve_doi(request: HttpRequest) -> HttpResponse:
    """Sets a DOI aside for what is in one's cart, which is the team's from then on."""
    cart = cart_of(request)
    chosen = cart.chosen()
    if not chosen or role_of(request, chosen[0].investigation) is None:
        messages.error(request, "Put datasets of your own experiment into the cart first.")
        return redirect("portal:cart")
    try:
        with transaction.atomic():
            publication = reserve(
                chosen,
                act=act_for(request, "Reserved from the cart."),
                registrar=configured_registrar(),
                title=cart.title,
            )
            cart.row.reserved = publication
            cart.row.user = None
            cart.row.save(update_fields=["reserved", "user"])
    except CannotPublishError as error:
        messages.error(request, str(error))
        return redirect("portal:cart")
    return redirect("portal:reserved", doi=publication.doi)


@never_cache
@login_required
@require_safe
def reserved(request: HttpRequest, doi: str) -> HttpResponse:
    context = cart_context(_held(request, doi))
    context |= {"waiting": cart_of(request).row.datasets.count()}
    return render(request, "portal/reserved.html", context)


@login_required
@require_POST
def add_to_reserved(request: HttpRequest, doi: str) -> HttpResponse:
    """Moves what is in one's own cart over, as far as it is of the same investigation."""
    held, mine = _held(request, doi), cart_of(request)
    reserved_row = held.row.reserved
    same = [
        dataset
        for dataset in mine.chosen()
        if reserved_row and dataset.investigation_id == reserved_row.investigation_id
    ]
    held.row.datasets.add(*same)
    mine.row.datasets.remove(*same)
    messages.info(request, f"{len(same)} added; others are not of the same investigation.")
    return redirect(held.address)


@login_required
@require_POST
def take_out_of_reserved(request: HttpRequest, doi: str) -> HttpResponse:
    held = _held(request, doi)
    held.take_out(request.POST.getlist("dataset"))
    return redirect(held.address)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def publish_reserved(request: HttpRequest, doi: str) -> HttpResponse:
    return publish_steps(_held(request, doi))


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def discard_reserved(request: HttpRequest, doi: str) -> HttpResponse:
    """Asks, and lets a reserved DOI go."""
    publication = _reserved(request, doi)
    if request.method == "POST":
        try:
            discard(publication.pk, act=act_for(request, "Discarded by its people."))
        except CannotPublishError as error:
            messages.error(request, str(error))
        else:
            messages.info(request, f"{publication.doi} is discarded.")
        return redirect("portal:cart")
    return render(request, "portal/discard.html", {"publication": publication})


def _reserved(request: HttpRequest, doi: str) -> DataPublication:
    publication = reserved_for(request).with_doi(doi).first()
    if publication is None:
        raise Http404(f"{NOT_YOURS} {doi}.")
    return publication


def _held(request: HttpRequest, doi: str) -> HeldCart:
    return HeldCart(request, _reserved(request, doi).cart)
