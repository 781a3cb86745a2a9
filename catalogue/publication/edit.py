"""What has to follow when a data manager edits or deletes rows by hand."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from catalogue import audit
from catalogue.models import Dataset, Investigation
from catalogue.policy.embargo import ReleaseState
from catalogue.publication.publish import Act
from catalogue.publication.schedule import refresh
from catalogue.publication.upkeep import rewrite_records


def edit_investigation(investigation_id: int, changes: dict[str, Any], *, act: Act) -> None:
    """Writes the columns that were edited, and what follows from them for the public records.

    The row is read again under its lock, so that a release or a withdrawal that happened since the
    form was opened stands. An open investigation whose release date is moved to a later day, or
    taken away, is under embargo again: its release will be an event of its own.
    """
    with transaction.atomic():
        investigation = Investigation.objects.locked().get(pk=investigation_id)
        before = _release_of(investigation)
        for name, value in changes.items():
            setattr(investigation, name, value)
        day = investigation.release_date
        if investigation.state is ReleaseState.OPEN and (day is None or day > act.today):
            investigation.release_state = ReleaseState.UNDER_EMBARGO
            investigation.released_at = None
        investigation.save(update_fields=[*changes, "release_state", "released_at", "modified_at"])
        after = _release_of(investigation)
        if after != before:
            audit.note("edit", investigation, actor=act.actor, before=before, after=after)
        rewrite_records(investigation, now=act.now)


def _release_of(investigation: Investigation) -> dict[str, str]:
    return {
        "release_state": investigation.release_state,
        "release_date": str(investigation.release_date or ""),
    }


def delete_datasets(datasets: QuerySet[Dataset], *, act: Act) -> None:
    """Deletes datasets with their files' rows, and recounts what they were part of.

    Raises:
        ProtectedError: one of them was chosen into a publication.
    """
    with transaction.atomic():
        rows = list(datasets)
        for row in rows:
            audit.note("delete", row, actor=act.actor, reason=act.reason)
        datasets.delete()
        refresh({row.investigation_id for row in rows}, now=act.now)
