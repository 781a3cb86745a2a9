"""The ledger: every change of a release state, chained by hashes, for ever."""

from django.db import models

from catalogue.models.base import choices_of
from catalogue.policy.embargo import ReleaseState
from catalogue.policy.events import Action, ActorRole


class ReleaseEvent(models.Model):
    """One line of the ledger: who did what, as whom, why, under which policy, before and after.

    The database refuses to update, delete or truncate lines (triggers `release_event_…`), and each
    carries the SHA-256 of its contents and of the line before (`policy.chain`). Lines outlast what
    they speak of: they name investigation and actor without a constraint that would change them.
    """

    number = models.BigIntegerField(primary_key=True, help_text="Consecutive, from 1.")
    at = models.DateTimeField()
    investigation = models.ForeignKey(
        "catalogue.Investigation",
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="release_events",
    )
    label = models.CharField(max_length=100, help_text="Proposal and visit, as they were called.")
    action = models.CharField(max_length=30, choices=choices_of(Action))
    actor_id = models.BigIntegerField(null=True, help_text="The log-in, if there was one.")
    actor_name = models.CharField(max_length=200, blank=True, default="")
    actor_role = models.CharField(max_length=30, choices=choices_of(ActorRole))
    reason = models.TextField(blank=True, default="")
    policy = models.CharField(max_length=200, blank=True, default="")
    state_before = models.CharField(max_length=30, choices=choices_of(ReleaseState))
    state_after = models.CharField(max_length=30, choices=choices_of(ReleaseState))
    opens_before = models.DateField(null=True)
    opens_after = models.DateField(null=True)
    details = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["previous_hash"], name="release_event_follows_one_other"
            ),
            models.CheckConstraint(
                condition=models.Q(number__gte=1), name="release_event_counts_from_one"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.get_action_display()} {self.label}"
