"""Signed links of reminders: each for one person, one investigation and one action, for a while."""

from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.urls import reverse

from catalogue.policy.events import Action

# Until the reminder after this one has come; what it may do is judged anew whenever it is used.
VALID_S = 100 * 24 * 3600
SALT = "catalogue.release-link"
BY_LINK = (Action.REQUEST_EXTENSION, Action.REQUEST_EARLY_RELEASE, Action.OBJECT)


@dataclass(frozen=True, slots=True)
class ReleaseLink:
    person_id: int
    investigation_id: int
    action: Action


class LinkError(Exception):
    """A link that is not one of ours, or not any more; the text says which."""


def link_to(action: Action, *, person_id: int, investigation_id: int) -> str:
    """Returns the whole address of a link that lets one person do one thing."""
    token = signing.dumps([person_id, investigation_id, action.value], salt=SALT)
    return settings.BASE_URL + reverse("portal:release_link", args=[token])


def read_link(token: str) -> ReleaseLink:
    """Returns what a link is for.

    Raises:
        LinkError: it has expired, or was not made here.
    """
    try:
        person_id, investigation_id, action = signing.loads(token, salt=SALT, max_age=VALID_S)
    except signing.SignatureExpired as error:
        raise LinkError("This link has expired. Log in to act on your data.") from error
    except signing.BadSignature as error:
        raise LinkError("This link is not complete. Copy all of it from the mail.") from error
    return ReleaseLink(person_id, investigation_id, Action(action))
