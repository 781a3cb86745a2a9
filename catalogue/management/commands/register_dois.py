"""`manage.py register_dois`: sends every DOI the registrar is behind on."""

from typing import Any

from django.core.management.base import BaseCommand

from catalogue.tasks import register_dois


class Command(BaseCommand):
    help = "Registers every DOI that DataCite does not hold as the catalogue does."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{register_dois()} sent")
