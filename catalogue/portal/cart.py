"""One's own cart: datasets put aside, to be described and published under one DOI."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalogue.portal.held_cart import cart_context, cart_of, publish_steps, publishable, uids
from catalogue.portal.publication_steps import own_publication
from catalogue.portal.reserved import reserved_for

# Data managers see those of everybody, the newest first; the others are in the admin.
RESERVED_SHOWN = 50


@never_cache
@login_required
@require_safe
def cart(request: HttpRequest) -> HttpResponse:
    context = {
        **cart_context(cart_of(request)),
        "all_reserved": reserved_for(request)[:RESERVED_SHOWN],
    }
    return render(request, "portal/cart.html", context)


@login_required
@require_POST
def put_in_cart(request: HttpRequest) -> HttpResponse:
    """Puts in what was ticked; what somebody may not publish is passed over like what is not."""
    wanted = uids(request.POST.getlist("dataset"))
    found = list(publishable(request).filter(uid__in=wanted))
    cart_of(request).row.datasets.add(*found)
    messages.info(request, f"{len(found)} put into the cart." if found else "Nothing was ticked.")
    return redirect("portal:cart")


@login_required
@require_POST
def take_out_of_cart(request: HttpRequest) -> HttpResponse:
    cart_of(request).take_out(request.POST.getlist("dataset"))
    return redirect("portal:cart")


@login_required
@require_POST
def next_version(request: HttpRequest, doi: str) -> HttpResponse:
    """Puts the datasets of a publication into an empty cart, for its next version."""
    publication = own_publication(request, doi)
    row = cart_of(request).row
    if row.datasets.exists() or row.succeeds_id:
        messages.error(request, "Your cart is in use: publish what is in it, or take it out.")
        return redirect("portal:cart")
    row.succeeds = publication
    row.entered = {}
    row.save()
    row.datasets.set(publication.datasets.all())
    return redirect("portal:cart")


@login_required
@require_POST
def no_version(request: HttpRequest) -> HttpResponse:
    """Makes of the next version of something a publication by itself."""
    row = cart_of(request).row
    row.succeeds = None
    row.entered = {}
    row.save()
    return redirect("portal:cart")


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def publish_cart(request: HttpRequest) -> HttpResponse:
    return publish_steps(cart_of(request))
