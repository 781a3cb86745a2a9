"""The files that are under way: sent, being read, or waiting for another try."""

from django.db import models
from django.db.models.functions import Now

from catalogue.models import Facility


class PendingFile(models.Model):
    """A file whose outcome is awaited. This row is the truth; a message to a worker only carries.

    While the row is there, the watcher does not take the file for new; when `due_at` has come, it
    sends the file, again if need be. So no killed process and no lost message loses a file.
    """

    path = models.TextField(unique=True)
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+")
    proposal_code = models.CharField(max_length=60, blank=True, default="")
    due_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When it is sent, if nothing is heard; empty: a dead letter holds it.",
    )
    starts = models.PositiveSmallIntegerField(
        default=0, help_text="Tries that were begun and have not ended with an outcome."
    )
    deferrals = models.PositiveSmallIntegerField(
        default=0, help_text="How often it was found unfinished."
    )
    error = models.TextField(blank=True, default="", help_text="How the last try failed.")
    since = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["due_at", "pk"]
        indexes = [models.Index(fields=["due_at", "id"], name="pending_file_due")]

    def __str__(self) -> str:
        return self.path
