"""Keeps what is published of an investigation in step with its rows."""

from datetime import datetime

from django.db import transaction

from catalogue.models import DataPublication, Investigation
from catalogue.publication.outbox import put_in
from catalogue.publication.records import write_record
from catalogue.publication.tasks import register_doi


def rewrite_records(investigation: Investigation, *, now: datetime) -> None:
    """Brings every live record of an investigation up to date with what may now be said.

    Call it in the transaction that changes the investigation, last: the datestamp lock comes after
    every other. What the registrar holds is brought up to date after the commit.
    """
    for publication in investigation.publications.live():
        if write_record(publication, today=now.date()):
            tell_registrar(publication, now=now)


def tell_registrar(publication: DataPublication, *, now: datetime) -> None:
    """Puts a DOI into the outbox and sends it after the commit.

    A broker that is away must not undo the commit for its caller: the sweep sends what stays in the
    outbox.
    """
    DataPublication.objects.filter(pk=publication.pk).update(modified_at=now)
    put_in(publication, now=now)

    def send() -> None:
        register_doi.delay(publication.pk)

    transaction.on_commit(send, robust=True)
