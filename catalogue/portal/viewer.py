"""Who is looking, from a request."""

from django.http import HttpRequest

from catalogue.models import Person
from catalogue.policy.visibility import Viewer
from catalogue.portal.links import followed_grants


def viewer_of(request: HttpRequest) -> Viewer:
    """Returns the viewer behind a request; staff are the facility's data managers.

    Accounts are made by data managers, who answer for the e-mail address of each.
    """
    user = request.user
    grant_ids = followed_grants(request)
    if not user.is_authenticated or not user.is_active:
        return Viewer(grant_ids=grant_ids)
    person = Person.objects.filter(user=user).values_list("pk", "orcid").first()
    person_id, orcid = person or (None, None)
    names = {name.lower() for name in (orcid, user.email) if name}
    return Viewer(person_id, user.is_staff, frozenset(names), grant_ids, is_registered=True)
