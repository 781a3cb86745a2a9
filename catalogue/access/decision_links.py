"""Signed links to decide a request for access without a log-in: for one person and one request."""

from dataclasses import dataclass

from catalogue.models import AccessRequest, Investigation
from catalogue.policy.rights import RIGHTS, Right
from catalogue.signed_links import read_token, signed_link

# Whoever asked has gone elsewhere by then; a log-in still decides.
VALID_S = 60 * 24 * 3600
SALT = "catalogue.access-request-link"
DECIDING_ROLES = [role for role, rights in RIGHTS.items() if Right.SHARE in rights]


@dataclass(frozen=True, slots=True)
class DecisionLink:
    person_id: int
    request_id: int


def decision_link(request: AccessRequest, *, person_id: int) -> str:
    """Returns the whole address of a link by which one person decides one request."""
    return signed_link("portal:decision_link", [person_id, request.pk], salt=SALT)


def read_decision_link(token: str) -> DecisionLink:
    """Returns whom a link is for, and which request.

    Raises:
        LinkError: it has expired, or was not made here.
    """
    return DecisionLink(*read_token(token, salt=SALT, valid_s=VALID_S))


def may_decide_by_link(investigation: Investigation, *, person_id: int) -> bool:
    """Tells whether somebody who is not logged in may let others see an investigation, now."""
    leads = investigation.members.filter(person=person_id, role__in=DECIDING_ROLES)
    return investigation.is_team_settled and leads.exists()
