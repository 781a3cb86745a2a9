"""Validation in the background; safe to run twice."""

from celery import shared_task
from django.utils import timezone

from catalogue.models import Datafile
from ingest.validation.reports import not_yet_validated, validate_datafiles


@shared_task(ignore_result=True)
def validate_in_background(datafile_ids: list[int], again: bool = False) -> int:
    """Validates files against the NeXus definitions and returns how many it did.

    What has a report and has not changed since is passed over, unless `again`.
    """
    files = Datafile.objects.filter(pk__in=datafile_ids)
    wanted = files if again else not_yet_validated(files)
    ids = list(wanted.order_by("pk").values_list("pk", flat=True))
    return sum(1 for _ in validate_datafiles(ids, now=timezone.now()))
