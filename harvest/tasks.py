"""The tasks of harvest: take ids, call, return an id; safe to run twice."""

from celery import shared_task

from harvest.federation.trial import check_providers


@shared_task
def check_federation() -> list[str]:
    """Asks each provider of federated search how it is; returns the keys of those that failed."""
    return check_providers()
