"""What every publication by people goes through: described, shown as it will be, and done."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from catalogue.formats.citation import citation_text
from catalogue.models import DataPublication, Investigation
from catalogue.policy.events import ActorRole
from catalogue.portal.viewer import viewer_of
from catalogue.publication.act import Act
from catalogue.publication.people import role_on
from catalogue.queries import public_record
from catalogue.record import Record

NOT_YOURS = "There is no publication of yours with the DOI"


class _UndoneError(Exception):
    """Takes back a rehearsal; it carries what would have been public."""

    def __init__(self, record: Record) -> None:
        self.record = record


def rehearse(make: Callable[[], DataPublication]) -> Record:
    """Returns what would be public: the real thing is made, and taken back before its commit."""
    try:
        with transaction.atomic():
            raise _UndoneError(public_record(make(), today=today()))
    except _UndoneError as undone:
        return undone.record


def confirm_page(
    request: HttpRequest, record: Record, *, template: str, **context: Any
) -> HttpResponse:
    """Shows the record, and carries what was entered to the last step."""
    entered = [
        (name, value)
        for name, values in request.POST.lists()
        if name not in ("csrfmiddlewaretoken", "step")
        for value in values
    ]
    citation = citation_text(record)
    shown = {
        "record": record,
        "citation": citation,
        # Of a rehearsal that named it: the name is another one when it is done.
        "citation_without_doi": citation.rpartition(" ")[0],
        "entered": entered,
    }
    return render(request, template, shown | context)


def act_for(request: HttpRequest, reason: str) -> Act:
    return Act(now=timezone.now(), actor=request.user, reason=reason)  # type: ignore[arg-type]


def role_of(request: HttpRequest, investigation: Investigation) -> ActorRole | None:
    """Returns as whom somebody acts on an investigation; None for whoever took no part."""
    viewer = viewer_of(request)
    return role_on(
        investigation, person_id=viewer.person_id, is_data_manager=viewer.is_data_manager
    )


def own_publication(request: HttpRequest, doi: str) -> DataPublication:
    """Returns a publication of the viewer's own experiments; data managers have all.

    Raises:
        Http404: there is none, or it is somebody else's: an answer tells no difference.
    """
    rows = DataPublication.objects.with_investigation().filter(is_reserved=False)
    publication = rows.with_doi(doi).first()
    if publication is None or role_of(request, publication.investigation) is None:
        raise Http404(f"{NOT_YOURS} {doi}.")
    return publication


def today() -> date:
    return timezone.localdate()
