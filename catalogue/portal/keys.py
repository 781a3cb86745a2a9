"""What becomes of a link that lets people in: its token leaves the address at once."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from catalogue.access.grants import grant_with_token
from catalogue.access.reads import note_key
from catalogue.models import AccessGrant
from catalogue.portal.links import followed_grants, forget, remember

NOT_HERE = (
    "This link does not let anybody in: it was not copied whole, it has ended, or it was taken"
    " back. Ask whoever gave it to you."
)


@never_cache
@require_safe
def key(request: HttpRequest, token: str) -> HttpResponse:
    """Follows a link: a cookie stands for its token from here on."""
    grant = grant_with_token(token, today=timezone.localdate())
    if grant is None:
        raise Http404(NOT_HERE)
    note_key(grant)
    response = _to_target(grant)
    remember(response, followed_grants(request) | {grant.pk})
    # The address holds the token: no page that is opened from here may be told of it.
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response


def _to_target(grant: AccessGrant) -> HttpResponse:
    if grant.dataset is not None:
        return redirect("portal:dataset", grant.dataset.uid)
    return redirect("portal:investigation", grant.investigation_id)


@never_cache
@require_POST
def forget_keys(request: HttpRequest) -> HttpResponse:
    """Forgets every link that was followed, for those at a shared computer."""
    response = redirect("portal:home")
    forget(response)
    return response
