"""Mail to people: stored with what it tells of, sent after the commit, tried again until it is."""

import logging
from datetime import datetime

from celery import shared_task
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F
from django.template.loader import render_to_string
from django.utils import timezone

from catalogue.models import Mail

logger = logging.getLogger(__name__)
MOST_TRIES = 50


def post(to: str, subject: str, template: str, **context: object) -> Mail:
    """Stores a mail, which goes out once the transaction is committed.

    template: a file of templates/mail/, in plain text. A subject is one line, whatever stands in
    the titles that it quotes.
    """
    body = render_to_string(f"mail/{template}.txt", context)
    mail = Mail.objects.create(to=to, subject=" ".join(subject.split())[:250], body=body)
    transaction.on_commit(lambda: send_mail.delay(mail.pk))
    return mail


@shared_task(soft_time_limit=60)
def send_mail(mail_id: int) -> bool:
    """Sends one mail, unless it has gone already; what fails waits for `send_waiting`."""
    return _send(mail_id, timezone.now())


def send_waiting(*, now: datetime) -> int:
    """Sends every mail that waits, each in its own transaction; returns how many went out."""
    waiting = Mail.objects.filter(sent_at=None, tries__lt=MOST_TRIES).order_by("created_at", "pk")
    return sum(_send(pk, now) for pk in list(waiting.values_list("pk", flat=True)))


def _send(pk: int, now: datetime) -> bool:
    with transaction.atomic():
        # Locked, so that no two workers send it; one killed right after sending sends it again.
        mail = Mail.objects.select_for_update(skip_locked=True).filter(pk=pk, sent_at=None).first()
        if mail is None:
            return False
        try:
            EmailMessage(mail.subject, mail.body, to=[mail.to]).send()
        except (OSError, ValueError) as error:  # smtplib's errors are OSErrors
            logger.error("mail %s could not be sent: %s", pk, type(error).__name__)
            Mail.objects.filter(pk=pk).update(tries=F("tries") + 1, problem=str(error)[:500])
            return False
        # A body can hold the link that opens data: it is kept no longer than it has to be.
        Mail.objects.filter(pk=pk).update(tries=F("tries") + 1, sent_at=now, problem="", body="")
        return True
