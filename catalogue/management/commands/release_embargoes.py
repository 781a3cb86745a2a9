"""`manage.py release_embargoes`: does what the day asks of investigations; for cron, or by hand."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from catalogue.publication.sweeps import release_due


class Command(BaseCommand):
    help = (
        "Opens every investigation whose embargo has ended, begins the planned ones whose day has "
        "come, and says what a policy lets be said from today on. Run again, it changes nothing."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        sweep = release_due(now=timezone.now())
        self.stdout.write(
            f"{sweep.released} released, {sweep.released_datasets} datasets by themselves, "
            f"{sweep.begun} begun, of {sweep.said_more} more is said"
        )
        if sweep.failed:
            raise CommandError(
                f"{len(sweep.failed)} could not be released and stay closed: "
                f"{', '.join(sweep.failed)}. The log says why."
            )
