"""Signed links in mails: each says who may do what by it, and ends by itself."""

from typing import Any

from django.conf import settings
from django.core import signing
from django.urls import reverse


class LinkError(Exception):
    """A link that is not one of ours, or not any more; the text says which."""


def signed_link(view: str, values: list[Any], *, salt: str) -> str:
    """Returns the whole address of a view whose one argument holds the values."""
    return settings.BASE_URL + reverse(view, args=[signing.dumps(values, salt=salt)])


def read_token(token: str, *, salt: str, valid_s: int) -> list[Any]:
    """Returns the values that a link was made with.

    Raises:
        LinkError: it has expired, or was not made here.
    """
    try:
        values: list[Any] = signing.loads(token, salt=salt, max_age=valid_s)
    except signing.SignatureExpired as error:
        raise LinkError("This link has expired. Log in to act on your data.") from error
    except signing.BadSignature as error:
        raise LinkError("This link is not complete. Copy all of it from the mail.") from error
    return values
