"""`manage.py send_reminders`: mails people what of theirs opens soon; for cron, or by hand."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from catalogue.publication.reminders import send_reminders


class Command(BaseCommand):
    help = "Reminds people of releases, one digest each. Run again, it mails nothing twice."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{send_reminders(now=timezone.now())} reminded")
