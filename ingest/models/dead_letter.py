"""What could not be done after several tries, and waits for a person."""

from enum import StrEnum

from django.db import models
from django.db.models.functions import Now

from catalogue.models import Facility
from catalogue.models.base import choices_of, one_of


class LetterState(StrEnum):
    """Waits for a person, who has sent it again, or has quarantined its files."""

    WAITING = "waiting"
    REPLAYED = "replayed"
    DISCARDED = "discarded"


class DeadLetter(models.Model):
    """A message that no worker could deal with: the files it carried, and why."""

    key = models.CharField(
        max_length=64, unique=True, help_text="The same for the same files of the same job."
    )
    message_id = models.CharField(
        max_length=200, blank=True, default="", help_text="The last message that died."
    )
    queue = models.CharField(max_length=255, blank=True, default="")
    facility = models.ForeignKey(
        Facility, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    proposal_code = models.CharField(max_length=60, blank=True, default="")
    paths = models.JSONField(default=list, blank=True, help_text="The files it carried.")
    body = models.TextField(
        blank=True, default="", help_text="What it carried, where that is no list of files."
    )
    reason = models.TextField(help_text="Why no worker could deal with it.")
    deaths = models.PositiveIntegerField(default=1, help_text="How often it has come to this.")
    first_died_at = models.DateTimeField(db_default=Now())
    died_at = models.DateTimeField()
    state = models.CharField(
        max_length=20, choices=choices_of(LetterState), default=LetterState.WAITING.value
    )

    class Meta:
        ordering = ["-died_at", "-pk"]
        indexes = [models.Index(fields=["-died_at", "-id"], name="dead_letter_newest_first")]
        constraints = [
            one_of("state", LetterState, name="dead_letter_state_is_known"),
            models.CheckConstraint(condition=~models.Q(reason=""), name="dead_letter_has_a_reason"),
        ]

    def __str__(self) -> str:
        if not self.paths:
            return self.body[:60] or "an empty message"
        more = f" and {len(self.paths) - 1} more" if len(self.paths) > 1 else ""
        return f"{self.paths[0]}{more}"
