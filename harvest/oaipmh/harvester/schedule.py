"""Which sources are due, and what becomes of runs whose process is gone."""

from datetime import datetime

from django.db.models import Q

from harvest.models import HarvestRun, HarvestSource, RunState
from harvest.oaipmh.harvester.locks import is_running


def due_sources(*, now: datetime) -> list[int]:
    """Returns the keys of sources whose time has come, the longest overdue first.

    A source whose run was killed is due at once: it left its place.
    """
    killed = _interrupt_killed(now)
    due = HarvestSource.objects.filter(is_active=True).filter(
        Q(due_at__lte=now) | Q(due_at=None, interval_h__gt=0) | Q(pk__in=killed)
    )
    return list(due.order_by("due_at", "pk").values_list("pk", flat=True))


def _interrupt_killed(now: datetime) -> list[int]:
    """Notes on runs without a process that they were interrupted; returns their sources' keys."""
    running = HarvestRun.objects.filter(state=RunState.RUNNING).values_list("pk", "source_id")
    killed = [(pk, source_id) for pk, source_id in running if not is_running(source_id)]
    HarvestRun.objects.filter(pk__in=[pk for pk, _ in killed], state=RunState.RUNNING).update(
        state=RunState.INTERRUPTED, finished_at=now
    )
    return [source_id for _, source_id in killed]
