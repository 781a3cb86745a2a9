"""Writes down who has looked at data that are not public and not their own."""

from django.http import HttpRequest

from catalogue.models import AccessGrant, DataRead, Investigation
from catalogue.policy.visibility import Reason, Way, recorded


def note_read(
    request: HttpRequest, investigation: Investigation, reasons: tuple[Reason, ...], what: str
) -> None:
    """Stores a look before it happens; a look that cannot be stored does not happen.

    ISIS data policy 3.6.4: staff may see data under embargo, and must keep them confidential.
    """
    reason = recorded(reasons)
    if reason is None:
        return
    user = request.user
    DataRead.objects.create(
        way=reason.way,
        user_id=user.pk,
        user_name=user.get_username(),
        grant_id=reason.grant_id,
        investigation_id=investigation.pk,
        what=what[:400],
    )


def note_key(grant: AccessGrant) -> None:
    """Stores that a link was followed."""
    way = Way.REVIEWER_LINK if grant.is_reviewer_link else Way.GRANT
    DataRead.objects.create(
        way=way, grant_id=grant.pk, investigation_id=grant.whole_id, what="the link itself"
    )
