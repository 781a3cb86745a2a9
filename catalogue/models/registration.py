"""What the registrar of DOIs has yet to be told, and how fast it may be told."""

import uuid
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q

from catalogue.models.publication import DataPublication


class DoiUpdateQuerySet(models.QuerySet["DoiUpdate"]):
    def due(self, now: datetime) -> Self:
        """Returns what may be sent now: waited for long enough, and not refused for good."""
        return self.filter(is_refused=False, due_at__lte=now).order_by("due_at", "pk")


class DoiUpdate(models.Model):
    """The outbox: a row says that DataCite does not hold what the catalogue holds of a DOI.

    Written in the transaction that changes the publication, and deleted once the registrar has read
    back what was sent, unless the publication has changed again meanwhile (`revision`).
    """

    publication = models.OneToOneField(
        DataPublication, on_delete=models.CASCADE, primary_key=True, related_name="doi_update"
    )
    revision = models.UUIDField(default=uuid.uuid4, help_text="Another one with each change.")
    since = models.DateTimeField(help_text="When the first change was made that is not sent yet.")
    due_at = models.DateTimeField(help_text="Not tried before; later after each failure.")
    attempts = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True, default="", help_text="Why the last attempt failed.")
    is_refused = models.BooleanField(
        default=False,
        help_text="Trying again would fail again: somebody has to mend it and send it again.",
    )

    objects = DoiUpdateQuerySet.as_manager()

    class Meta:
        verbose_name = "DOI update"
        ordering = ["-is_refused", "due_at"]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(is_refused=False), name="doi_update_due")
        ]

    def __str__(self) -> str:
        return self.publication.doi


class RegistrarPace(models.Model):
    """The one row that all workers share: requests of this window, and a pause the registrar asked.

    DataCite counts requests by address in windows of five minutes, whichever worker sends them.
    """

    window_began_at = models.DateTimeField()
    requests = models.PositiveIntegerField(default=0)
    paused_until = models.DateTimeField()

    class Meta:
        verbose_name_plural = "registrar pace"
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="registrar_pace_is_one_row")]

    def __str__(self) -> str:
        return f"{self.requests} since {self.window_began_at}"
