"""What became of each file that ingest has met."""

from enum import StrEnum

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from catalogue.models import Datafile, Facility
from catalogue.models.base import choices_of, one_of
from ingest.report_models import QualityReport as QualityReport
from ingest.report_models import ValidationReport as ValidationReport


class Outcome(StrEnum):
    """Stored in the catalogue, kept out of it for a reason, or to be tried again later."""

    STORED = "stored"
    QUARANTINED = "quarantined"
    DEFERRED = "deferred"


class IngestRun(models.Model):
    """The last attempt at one path; a stored file is read again only when its stamp changes."""

    path = models.TextField(unique=True)
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+")
    proposal_code = models.CharField(
        max_length=60, blank=True, default="", help_text="The proposal that the job named, if any."
    )
    size_bytes = models.PositiveBigIntegerField()
    mtime_ns = models.BigIntegerField()
    sha256 = models.CharField(max_length=64, blank=True, default="")
    outcome = models.CharField(max_length=20, choices=choices_of(Outcome))
    problems = models.JSONField(
        default=list, blank=True, help_text="Findings: severity, code, message, HDF5 path."
    )
    code = models.CharField(
        max_length=50, blank=True, default="", help_text="Kind of reason, e.g. not_hdf5."
    )
    reason = models.TextField(blank=True, default="", help_text="Why it is not stored.")
    datafile = models.ForeignKey(
        Datafile, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    attempts = models.PositiveIntegerField(default=1)
    first_seen_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField()

    class Meta:
        ordering = ["-finished_at", "-pk"]
        indexes = [
            models.Index(
                fields=["-finished_at", "-id"],
                condition=~Q(outcome="stored"),
                name="ingest_run_not_stored",
            )
        ]
        constraints = [
            one_of("outcome", Outcome, name="ingest_run_outcome_is_known"),
            models.CheckConstraint(
                condition=Q(outcome="stored") | ~Q(reason=""),
                name="ingest_run_not_stored_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.path}: {self.outcome}"
