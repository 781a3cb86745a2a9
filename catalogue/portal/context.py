"""What every page knows about the site."""

from django.conf import settings
from django.http import HttpRequest

from catalogue.portal.links import COOKIE


def site(request: HttpRequest) -> dict[str, object]:
    return {
        "repository_name": settings.REPOSITORY_NAME,
        "admin_email": settings.ADMIN_EMAIL,
        "base_url": settings.BASE_URL,
        "has_followed_links": COOKIE in request.COOKIES,
    }
