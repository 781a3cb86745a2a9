"""What is known of the quality of each file's metadata: readiness always, NeXus on request."""

from django.db import models
from django.db.models import F, Q

from catalogue.models import Datafile, Facility, Instrument
from catalogue.models.base import choices_of, one_of
from ingest.quality.readiness import FIELD, State
from ingest.validation.result import ValidationState


class QualityReport(models.Model):
    """How ready the metadata of one file are for the catalogue, as of its last ingest.

    Facility and instrument stand here besides, so that the league table reads this table alone.
    """

    run = models.OneToOneField(
        "ingest.IngestRun", on_delete=models.CASCADE, primary_key=True, related_name="quality"
    )
    facility = models.ForeignKey(Facility, on_delete=models.CASCADE, related_name="+")
    # The index by score begins with it.
    instrument = models.ForeignKey(
        Instrument,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
    )
    score = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="0 to 100; empty where the file could not be read."
    )
    states = models.JSONField(
        default=dict, blank=True, help_text="Field to present, placeholder, unparseable, missing."
    )
    places = models.JSONField(
        default=dict,
        blank=True,
        help_text="Field to path and finding, where it is not present for a reason.",
    )
    written_at = models.DateTimeField(help_text="When the file was last written.")

    class Meta:
        ordering = ["score", "-written_at", "pk"]
        indexes = [models.Index(fields=["instrument", "score"], name="quality_instrument_score")]
        constraints = [
            models.CheckConstraint(
                condition=Q(score__isnull=True) | Q(score__lte=100),
                name="quality_score_is_at_most_100",
            )
        ]

    def __str__(self) -> str:
        return "not readable" if self.score is None else f"{self.score} of 100"

    def rows(self) -> list[dict[str, str]]:
        """Returns what is known of each field: what is to be mended first, then by weight."""
        known = [(FIELD[name], state) for name, state in self.states.items() if name in FIELD]
        known.sort(key=lambda each: (each[1] == State.PRESENT, -each[0].weight))
        return [
            {
                "name": field.name,
                "label": field.label,
                "state": state,
                "path": self.places.get(field.name, {}).get("path", ""),
                "note": self.places.get(field.name, {}).get("note", ""),
                "write_at": field.path,
                "advice": field.advice,
                "wanted_by": field.wanted_by,
                "weight": str(field.weight),
            }
            for field, state in known
        ]


class ValidationReportQuerySet(models.QuerySet["ValidationReport"]):
    def fresh(self) -> "ValidationReportQuerySet":
        """Returns the reports on files that have not changed since."""
        return self.filter(size_bytes=F("datafile__size_bytes"), modified=F("datafile__modified"))


class ValidationReport(models.Model):
    """What the NeXus definitions make of one file, as of the moment it was asked."""

    datafile = models.OneToOneField(
        Datafile, on_delete=models.CASCADE, primary_key=True, related_name="validation"
    )
    state = models.CharField(max_length=30, choices=choices_of(ValidationState))
    code = models.CharField(
        max_length=50, blank=True, default="", help_text="Why it could not be validated."
    )
    reason = models.TextField(blank=True, default="", help_text="The same, as a sentence.")
    definition = models.CharField(
        max_length=100,
        blank=True,
        default="",
        help_text="The application definition applied; empty: the base classes alone.",
    )
    validator = models.CharField(
        max_length=100, blank=True, default="", help_text="Program and definitions, with versions."
    )
    errors = models.PositiveIntegerField(default=0)
    warnings = models.PositiveIntegerField(default=0)
    findings = models.JSONField(
        default=list, blank=True, help_text="The first of them, errors before warnings."
    )
    size_bytes = models.PositiveBigIntegerField()
    modified = models.DateTimeField(help_text="When the validated file had last been written.")
    validated_at = models.DateTimeField()

    objects = ValidationReportQuerySet.as_manager()

    class Meta:
        ordering = ["-validated_at", "pk"]
        constraints = [
            one_of("state", ValidationState, name="validation_state_is_known"),
            models.CheckConstraint(
                condition=Q(state=ValidationState.NOT_VALIDATED.value) & ~Q(reason="")
                | ~Q(state=ValidationState.NOT_VALIDATED.value) & Q(reason=""),
                name="validation_has_a_reason_where_it_failed",
            ),
        ]

    def __str__(self) -> str:
        return self.get_state_display()

    @property
    def is_stale(self) -> bool:
        """Tells whether the file has changed since it was validated."""
        file = self.datafile
        return (self.size_bytes, self.modified) != (file.size_bytes, file.modified)
