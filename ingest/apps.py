from django.apps import AppConfig
from django.core.checks import register

from ingest.checks import check_unknown_proposals


class IngestConfig(AppConfig):
    name = "ingest"
    verbose_name = "Ingest"

    def ready(self) -> None:
        register(check_unknown_proposals)
