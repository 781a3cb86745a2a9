"""Puts an investigation back to planned, where it was taken for one that had begun."""

from django.db import transaction

from catalogue.models import Investigation
from catalogue.policy.events import Action, ActorRole, Event
from catalogue.publication.act import Act
from catalogue.publication.schedule import is_under_way
from catalogue.publication.transition import RefusedError, carry_out
from catalogue.publication.upkeep import rewrite_records


def plan(investigation_id: int, *, act: Act) -> None:
    """Makes an investigation a planned one; it begins by itself on its first day or with data.

    Raises:
        RefusedError: it has begun, or has a request to decide, a hold, or an end behind it.
    """
    with transaction.atomic():
        investigation = Investigation.objects.locked().get(pk=investigation_id)
        if is_under_way(investigation, today=act.today):
            raise RefusedError(investigation, "It has begun: its first day has come, or its data.")
        carry_out(investigation, Event(Action.PLAN, ActorRole.DATA_MANAGER, act.reason), act=act)
        rewrite_records(investigation, now=act.now)
