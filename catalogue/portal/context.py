"""What every page knows about the site."""

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, str]:
    return {
        "repository_name": settings.REPOSITORY_NAME,
        "admin_email": settings.ADMIN_EMAIL,
        "base_url": settings.BASE_URL,
    }
