"""Who is looking, from a request."""

from django.http import HttpRequest

from catalogue.models import Person
from catalogue.policy.visibility import ANONYMOUS, Viewer


def viewer_of(request: HttpRequest) -> Viewer:
    """Returns the viewer behind a request; staff are the facility's data managers."""
    user = request.user
    if not user.is_authenticated or not user.is_active:
        return ANONYMOUS
    person_id = Person.objects.filter(user=user).values_list("pk", flat=True).first()
    return Viewer(person_id=person_id, is_data_manager=user.is_staff)
