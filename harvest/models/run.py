"""What each harvest came to."""

from enum import StrEnum

from django.db import models

from catalogue.models.base import choices_of, one_of
from harvest.models.source import HarvestSource
from harvest.oaipmh.harvester.defects import Defect


class RunState(StrEnum):
    """How a run ended; all but a finished one leave their place for the next to go on from."""

    RUNNING = "running"
    FINISHED = "finished"
    PAUSED = "paused"
    POSTPONED = "postponed"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


class HarvestRun(models.Model):
    """One run over a source: what came, and what was wrong with it."""

    source = models.ForeignKey(HarvestSource, on_delete=models.CASCADE, related_name="runs")
    state = models.CharField(max_length=20, choices=choices_of(RunState), default=RunState.RUNNING)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    is_resumed = models.BooleanField(
        default=False, verbose_name="resumed", help_text="It went on where another run had stopped."
    )
    since = models.CharField(
        max_length=30, blank=True, default="", help_text="Changed since then; empty for everything."
    )
    pages = models.PositiveIntegerField(default=0)
    listed = models.PositiveIntegerField(default=0, help_text="Records in the answers.")
    new = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    deleted = models.PositiveIntegerField(default=0)
    left_out = models.PositiveIntegerField(default=0, help_text="Records that could not be used.")
    error = models.TextField(blank=True, default="")

    class Meta:
        ordering = ["-started_at", "-pk"]
        indexes = [models.Index(fields=["source", "-started_at"], name="harvest_run_latest")]
        constraints = [one_of("state", RunState, name="harvest_run_state_is_known")]

    def __str__(self) -> str:
        return f"{self.source} on {self.started_at:%Y-%m-%d %H:%M}"

    def numbers(self) -> dict[str, int]:
        """Returns what became of the records that were listed, in words."""
        names = ("new", "changed", "unchanged", "deleted", "left_out")
        return {name.replace("_", " "): getattr(self, name) for name in names}


class HarvestWarning(models.Model):
    """A defect that a run met and lived with: what, how often, and where at first."""

    run = models.ForeignKey(HarvestRun, on_delete=models.CASCADE, related_name="warnings")
    defect = models.CharField(max_length=30, choices=choices_of(Defect))
    times = models.PositiveIntegerField(default=0)
    examples = models.JSONField(
        default=list, help_text="The first ones: page of the run, identifier, message."
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["run", "defect"], name="harvest_warning_is_unique"),
            one_of("defect", Defect, name="harvest_warning_defect_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.get_defect_display()}, {self.times} time{'' if self.times == 1 else 's'}"
