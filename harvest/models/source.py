"""An endpoint to harvest, how often, and how far its harvest has come."""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from catalogue.models import Origin

# OAI-PMH.xsd, metadataPrefixType and setSpecType.
_NAME = r"[A-Za-z0-9\-_.!~*'()]+"


class Interval(models.IntegerChoices):
    """How often a source is harvested, in hours."""

    BY_HAND = 0, "By hand only"
    HOURLY = 1, "Hourly"
    DAILY = 24, "Daily"
    WEEKLY = 168, "Weekly"


class HarvestSource(Origin):
    """An OAI-PMH endpoint that is harvested."""

    metadata_prefix = models.CharField(
        max_length=100,
        default="oai_datacite",
        validators=[RegexValidator(f"^{_NAME}$")],
        help_text="Prefer oai_datacite; every endpoint has oai_dc.",
    )
    set_spec = models.CharField(
        max_length=200,
        blank=True,
        default="",
        verbose_name="set",
        validators=[RegexValidator(f"^{_NAME}(:{_NAME})*$")],
        help_text="Only this set, e.g. openaire_data; empty for all records.",
    )
    interval_h = models.PositiveSmallIntegerField(
        choices=Interval, default=Interval.DAILY, verbose_name="schedule"
    )
    is_active = models.BooleanField(default=True, verbose_name="enabled")
    is_incremental = models.BooleanField(
        default=True,
        verbose_name="incremental",
        help_text="Ask for what has changed since; untick where its datestamps cannot be trusted.",
    )

    granularity = models.CharField(max_length=30, blank=True, default="", editable=False)
    deleted_record = models.CharField(max_length=30, blank=True, default="", editable=False)
    harvested_until = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="What changed before then has come."
    )
    due_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When the schedule harvests it next."
    )
    failures = models.PositiveSmallIntegerField(default=0, editable=False)
    is_unsettled = models.BooleanField(
        default=False, editable=False, help_text="What becomes of its records is being carried out."
    )
    is_leaving = models.BooleanField(
        default=False, editable=False, help_text="It is being deleted with all of its records."
    )
    window = models.JSONField(
        null=True, blank=True, editable=False, help_text="A harvest under way, and its token."
    )

    class Meta:
        verbose_name = "harvest source"
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(is_active=True), name="harvest_source_is_due"
            )
        ]
