"""`manage.py send_mails`: for cron, where there is no Celery beat."""

from typing import Any

from django.core.management.base import BaseCommand

from catalogue.tasks import send_mails


class Command(BaseCommand):
    help = "Sends the mails that wait. Run it every minute; what fails waits for the next time."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{send_mails()} sent.")
