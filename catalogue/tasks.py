"""What the schedule runs: CELERY_BEAT_SCHEDULE, or cron with the commands of these names."""

from celery import shared_task
from django.utils import timezone

from catalogue.mail import send_waiting
from catalogue.publication.automatic import publish_due as publish_all_due
from catalogue.publication.outbox import claim_due
from catalogue.publication.reconcile import reconcile
from catalogue.publication.registrar import configured_registrar
from catalogue.publication.reminders import send_reminders as remind
from catalogue.publication.sweeps import release_due
from catalogue.publication.tasks import register_doi


@shared_task
def release_embargoes() -> int:
    """Opens, begins and tells of everything whose day has come."""
    return release_due(now=timezone.now()).released


@shared_task
def publish_due() -> int:
    """Gives each investigation whose moment has come its DOI."""
    given = publish_all_due(now=timezone.now(), registrar=configured_registrar())
    return given.published


@shared_task
def register_dois() -> int:
    """Sends the DOIs in the outbox that are due."""
    due = claim_due(now=timezone.now())
    for publication_id in due:
        register_doi.delay(publication_id)
    return len(due)


@shared_task
def send_reminders() -> int:
    """Reminds people of what of theirs opens soon."""
    return remind(now=timezone.now())


@shared_task
def send_mails() -> int:
    """Sends every mail that waits."""
    return send_waiting(now=timezone.now())


@shared_task
def reconcile_dois() -> int:
    """Compares DataCite with the catalogue; returns how many DOIs are sent again."""
    report = reconcile(registrar=configured_registrar(), now=timezone.now())
    return len(report.sent_again)
