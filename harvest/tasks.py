"""The tasks of harvest: take ids, call, return an id; safe to run twice."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from harvest.federation.trial import check_providers
from harvest.models import HarvestSource
from harvest.oaipmh.harvester.harvest import Options, harvest
from harvest.oaipmh.harvester.locks import BusyError
from harvest.oaipmh.harvester.schedule import due_sources
from harvest.oaipmh.harvester.settling import settle, unsettled_sources

# A broker takes a message for lost that is not acknowledged within half an hour.
LONGEST = timedelta(minutes=20)
# Without a broker somebody waits for the page that began it; `manage.py harvest` does the rest.
SOON = timedelta(seconds=20)


@shared_task
def check_federation() -> list[str]:
    """Asks each provider of federated search how it is; returns the keys of those that failed."""
    return check_providers()


@shared_task
def harvest_due() -> int:
    """Sends every source whose time has come, or whose choice is unfinished, to a worker."""
    for source_id in unsettled_sources():
        settle_source.delay(source_id)
    due = due_sources(now=timezone.now())
    for source_id in due:
        harvest_source.delay(source_id)
    return len(due)


@shared_task
def settle_source(source_id: int) -> int:
    """Exposes a source's records again, or no longer, or deletes them with it, as was chosen."""
    source = HarvestSource.objects.filter(pk=source_id).first()
    if source is not None:
        try:
            settle(source, longest=SOON if settings.CELERY_TASK_ALWAYS_EAGER else LONGEST)
        except BusyError:
            return source_id
    return source_id


@shared_task
def harvest_source(source_id: int, is_full: bool = False) -> int:
    """Harvests a source, or leaves it to the run that is doing so."""
    source = HarvestSource.objects.filter(pk=source_id).first()
    if source is not None:
        try:
            harvest(source, Options(is_full=is_full, longest=LONGEST))
        except BusyError:
            return source_id
    return source_id
