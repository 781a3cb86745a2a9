"""Amends what is said of a publication: its DOI and its data stay as they are."""

from dataclasses import asdict, fields
from typing import Any

from django.db import transaction

from catalogue import audit
from catalogue.models import DataPublication, Investigation
from catalogue.policy.publication import publication_problems
from catalogue.publication.act import Act
from catalogue.publication.details import Details, details_of, write_details
from catalogue.publication.publish import CannotPublishError, refuse_withdrawn
from catalogue.publication.upkeep import rewrite_records
from catalogue.queries import record_of


def amend(publication_id: int, details: Details, *, act: Act) -> DataPublication:
    """Writes what somebody has changed of a publication, and its public record anew.

    Where nothing differs, nothing is written. Harvesters and the registrar are told of what shows.

    Raises:
        CannotPublishError: it has been withdrawn, or lacks now what a DOI needs.
    """
    with transaction.atomic():
        investigation = Investigation.objects.locked().get(publications=publication_id)
        publication = DataPublication.objects.select_for_update().get(pk=publication_id)
        refuse_withdrawn(publication)
        before = details_of(publication)
        if before == details:
            return publication
        write_details(publication, details)
        publication.amended_at = act.now
        publication.save(update_fields=["amended_at", "modified_at"])
        # Data that have been published may be few by now; that is no matter of their description.
        problems = publication_problems(
            record_of(publication), investigation.state, needs_data=False
        )
        if problems:
            raise CannotPublishError(publication, problems)
        audit.note(
            "amend",
            publication,
            actor=act.actor,
            reason=act.reason,
            **_told(before, details),
        )
        rewrite_records(investigation, now=act.now)
    return publication


def changes(before: Details, after: Details) -> list[str]:
    """Returns the names of what differs, in the order of the form."""
    names = [field.name for field in fields(Details)]
    return [name for name in names if getattr(before, name) != getattr(after, name)]


def _told(before: Details, after: Details) -> dict[str, Any]:
    """Returns what differs, as the audit trail keeps it."""
    names = changes(before, after)
    return {
        "before": {name: asdict(before)[name] for name in names},
        "after": {name: asdict(after)[name] for name in names},
    }
