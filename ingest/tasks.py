"""Ingest in the background; safe to run twice, because an unchanged file changes nothing."""

from celery import shared_task
from django.utils import timezone

from ingest.retry import retry
from ingest.validation.tasks import validate_in_background as validate_in_background


@shared_task
def retry_runs(run_ids: list[int]) -> int:
    """Reads the files of earlier runs again; returns how many are stored now."""
    return retry(run_ids, now=timezone.now())
