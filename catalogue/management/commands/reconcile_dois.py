"""`manage.py reconcile_dois`: compares what DataCite holds with what the catalogue says."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from catalogue.publication.datacite import RegistrarError
from catalogue.publication.reconcile import reconcile
from catalogue.publication.registrar import configured_registrar


class Command(BaseCommand):
    help = (
        "Pages through the DOIs that DataCite holds of the repository, reports what differs from "
        "the catalogue, and puts it into the outbox to be sent again."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = reconcile(registrar=configured_registrar(), now=timezone.now())
        except RegistrarError as error:
            raise CommandError(f"{error}. Nothing else was changed; try again later.") from error
        for difference in report.sent_again:
            self.stdout.write(f"sent again: {difference}")
        for difference in report.unknown:
            self.stdout.write(f"left alone: {difference}")
        self.stdout.write(
            f"{report.agree} agree, {len(report.sent_again)} sent again, "
            f"{len(report.unknown)} unknown here"
        )
