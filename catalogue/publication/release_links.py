"""Signed links of reminders: each for one person, one investigation and one action, once."""

from dataclasses import dataclass

from catalogue.models import Investigation, RequestKind
from catalogue.policy.events import Action
from catalogue.signed_links import LinkError, read_token, signed_link

# Until the reminder after this one has come; what it may do is judged anew whenever it is used.
VALID_S = 100 * 24 * 3600
SALT = "catalogue.release-link"
# What a link may do, and the requests that it is about.
BY_LINK = {
    Action.REQUEST_EXTENSION: RequestKind.EXTENSION,
    Action.REQUEST_EARLY_RELEASE: RequestKind.EARLY_RELEASE,
    Action.OBJECT: RequestKind.EARLY_RELEASE,
}


@dataclass(frozen=True, slots=True)
class ReleaseLink:
    """asked: how many requests of its kind had been made when the link was."""

    person_id: int
    investigation_id: int
    action: Action
    asked: int

    def check(self, investigation: Investigation) -> None:
        """Lets a link through once; the caller has the lock, so that two at once are one.

        Raises:
            LinkError: it has been used, or its question has been asked by somebody else.
        """
        if requests_made(investigation, self.action) != self.asked:
            raise LinkError(
                "This has been asked for since the mail was sent. The next mail brings a new link."
            )


def link_to(action: Action, investigation: Investigation, *, person_id: int) -> str:
    """Returns the whole address of a link that lets one person do one thing."""
    asked = requests_made(investigation, action)
    values = [person_id, investigation.pk, action.value, asked]
    return signed_link("portal:release_link", values, salt=SALT)


def requests_made(investigation: Investigation, action: Action) -> int:
    """Returns how many requests there have been of the kind that an action is about.

    A link that has been used finds more than it was made with: whoever gets hold of an old mail can
    do nothing again.
    """
    return investigation.release_requests.filter(kind=BY_LINK[action]).count()


def read_link(token: str) -> ReleaseLink:
    """Returns what a link is for.

    Raises:
        LinkError: it has expired, or was not made here.
    """
    person_id, investigation_id, action, asked = read_token(token, salt=SALT, valid_s=VALID_S)
    return ReleaseLink(person_id, investigation_id, Action(action), asked)
