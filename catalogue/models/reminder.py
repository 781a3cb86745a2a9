"""What people have been reminded of, so that nothing is mailed twice."""

from enum import StrEnum

from django.db import models
from django.db.models.functions import Now

from catalogue.models.base import choices_of, one_of
from catalogue.models.person import Person


class ReminderKind(StrEnum):
    OPENS = "opens"
    OBJECTION = "objection"


class Reminder(models.Model):
    """One line of a mail to one person; a release date that moves is reminded of anew.

    It is written in one transaction with its `Mail`, which is sent until it has gone.
    """

    investigation = models.ForeignKey(
        "catalogue.Investigation", on_delete=models.CASCADE, related_name="reminders"
    )
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="reminders")
    kind = models.CharField(max_length=20, choices=choices_of(ReminderKind))
    day = models.DateField(help_text="The day the data open.")
    offset_days = models.PositiveSmallIntegerField(
        default=0, help_text="The policy’s number of days before."
    )
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            one_of("kind", ReminderKind, name="reminder_kind_is_known"),
            models.UniqueConstraint(
                fields=["investigation", "person", "kind", "day", "offset_days"],
                name="reminder_is_sent_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.investigation}, {self.day}"
