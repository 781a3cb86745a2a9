"""Writes down who did what to which row, when and why."""

from typing import Any

from django.contrib.auth.models import User
from django.db.models import Model

from catalogue.models import AuditEvent


def note(
    action: str,
    target: Model,
    *,
    actor: User | None,
    actor_name: str = "",
    reason: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> AuditEvent:
    """Stores one act in the transaction that does it.

    Without an actor and a name it is the catalogue itself; a name alone is of somebody who acted by
    a signed link.
    """
    return AuditEvent.objects.create(
        actor=actor,
        actor_name=actor.get_username() if actor else actor_name,
        action=action,
        target_type=target._meta.model_name or "",
        target_id=target.pk,
        target_label=str(target)[:300],
        reason=reason,
        before=before or {},
        after=after or {},
    )
