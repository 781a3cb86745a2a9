"""DOIs after the commit; safe to run at any time and twice."""

from celery import Task, shared_task
from django.utils import timezone

from catalogue.publication.datacite import RegistrarError
from catalogue.publication.registrar import configured_registrar
from catalogue.publication.registration import bring_up_to_date


@shared_task(bind=True, max_retries=5, soft_time_limit=180)
def register_doi(self: "Task[[int], int]", publication_id: int) -> int:
    """Registers one DOI; what cannot be reached now is retried here, then by the sweep."""
    today = timezone.now().date()
    try:
        bring_up_to_date(publication_id, registrar=configured_registrar(), today=today)
    except RegistrarError as error:
        # In process there is nobody to wait for: the sweep `register_dois` tries again.
        if error.may_succeed_later and not self.request.is_eager:
            raise self.retry(
                exc=error, countdown=error.retry_after_s or 2**self.request.retries
            ) from error
    return publication_id
