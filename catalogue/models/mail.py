"""Mails on their way out."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class Mail(models.Model):
    """One mail, written in the transaction that has a reason for it and sent after the commit."""

    to = models.EmailField()
    subject = models.CharField(max_length=250)
    body = models.TextField()
    created_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(
        max_length=500, blank=True, default="", help_text="Why the last try failed."
    )

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["created_at"], condition=Q(sent_at=None), name="mail_waiting")
        ]

    def __str__(self) -> str:
        return self.subject
