"""The folders that ingest follows."""

from django.db import models
from django.db.models import Q

from catalogue.models import Facility
from catalogue.models.base import Timestamped


class Inbox(Timestamped):
    """A folder whose files belong to one facility; what it holds is found by looking, by stat."""

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="inboxes")
    folder = models.CharField(
        max_length=1000,
        unique=True,
        help_text="Absolute path, the same on this machine and on those of the workers.",
    )
    proposal_code = models.CharField(
        max_length=60,
        blank=True,
        default="",
        verbose_name="proposal",
        help_text="The proposal that all its files belong to; empty where the files say it.",
    )
    is_active = models.BooleanField(default=True, help_text="Whether it is being followed.")
    looked_at = models.DateTimeField(null=True, blank=True, help_text="Empty: not yet.")
    files_seen = models.PositiveIntegerField(default=0, help_text="NeXus files at the last look.")
    files_sent = models.PositiveIntegerField(
        default=0, help_text="Of these, new or changed and sent to be read."
    )
    error = models.TextField(
        blank=True, default="", help_text="What was wrong at the last look; empty: nothing."
    )

    class Meta:
        verbose_name_plural = "inboxes"
        ordering = ["folder"]
        constraints = [
            models.CheckConstraint(
                condition=Q(folder__startswith="/"), name="inbox_folder_is_absolute"
            )
        ]

    def __str__(self) -> str:
        return self.folder
