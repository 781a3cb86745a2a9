"""Links that open data, such as a reviewer's: followed once, then a cookie stands for the token."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

COOKIE = "catalogue_links"
# A working day; the link itself works until it ends or is taken back, and so does this.
KEPT_S = 8 * 3600
# A cookie is no place for a collection.
MOST = 20


def followed_grants(request: HttpRequest) -> frozenset[int]:
    """Returns the grants whose links this browser has followed of late; each is checked again."""
    text = request.get_signed_cookie(COOKIE, default="", max_age=KEPT_S)
    return frozenset(int(number) for number in (text or "").split(".") if number)


def remember(response: HttpResponse, grants: frozenset[int]) -> None:
    """Keeps which links were followed in a cookie that scripts cannot read, for a working day."""
    newest = sorted(grants)[-MOST:]
    response.set_signed_cookie(
        COOKIE,
        ".".join(str(number) for number in newest),
        max_age=KEPT_S,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        # Lax: a reader comes here from a mail or a journal's page.
        samesite="Lax",
    )


def forget(response: HttpResponse) -> None:
    response.delete_cookie(COOKIE, samesite="Lax")
