"""What the schedule runs: CELERY_BEAT_SCHEDULE, or cron with the commands of these names."""

from celery import shared_task
from django.utils import timezone

from catalogue.mail import send_waiting
from catalogue.models import DataPublication
from catalogue.publication.sweeps import release_due
from catalogue.publication.tasks import register_doi


@shared_task
def release_embargoes() -> int:
    """Opens everything whose day has come."""
    return release_due(now=timezone.now()).released


@shared_task
def register_dois() -> int:
    """Sends every DOI that the registrar is behind on."""
    behind = DataPublication.objects.filter(doi_synchronised=False).values_list("pk", flat=True)
    for publication_id in behind:
        register_doi.delay(publication_id)
    return len(behind)


@shared_task
def send_mails() -> int:
    """Sends every mail that waits."""
    return send_waiting(now=timezone.now())
