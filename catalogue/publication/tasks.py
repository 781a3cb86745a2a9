"""DOIs after the commit; safe to run at any time and twice."""

from celery import shared_task
from django.utils import timezone

from catalogue.publication.registrar import configured_registrar
from catalogue.publication.registration import send


@shared_task(soft_time_limit=180)
def register_doi(publication_id: int) -> int:
    """Sends one DOI if the outbox holds it; what fails stays there, and the sweep tries again."""
    send(publication_id, registrar=configured_registrar(), now=timezone.now())
    return publication_id
