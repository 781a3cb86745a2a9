"""Embargo policies, as data."""

from datetime import date
from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from catalogue.models.base import Timestamped, choices_of, one_of
from catalogue.models.facility import Facility
from catalogue.policy.embargo import (
    Anchor,
    Audience,
    EarlyReleaseBy,
    EmbargoTerms,
    ExtensionApprover,
    MetadataField,
    MetadataVisibility,
    Moment,
)
from catalogue.policy.retention import Retention
from catalogue.vocabulary.licences import SPDX_CHOICES

LONGEST_EMBARGO_MONTHS = 600


def usual_reminders() -> list[int]:
    return [180, 90, 30, 7]


def validate_field_moments(value: Any) -> None:
    """Refuses a field or a moment that does not exist, naming those that do."""
    if not isinstance(value, dict):
        raise ValidationError('Write an object, e.g. {"abstract": "end_of_experiment"}.')
    for name, moment in value.items():
        if name not in set(MetadataField):
            raise ValidationError(f"“{name}” is no field; there are {', '.join(MetadataField)}.")
        if moment not in set(Moment):
            raise ValidationError(f"{name}: “{moment}” is none of {', '.join(Moment)}.")


class EmbargoPolicyQuerySet(models.QuerySet["EmbargoPolicy"]):
    def in_force(self, day: date) -> Self:
        """Returns the versions that have come into force by a day, the newest first."""
        begun = self.filter(Q(effective_from=None) | Q(effective_from__lte=day))
        return begun.order_by(F("effective_from").desc(nulls_last=True), "-pk")


class EmbargoPolicy(Timestamped):
    """One version of a facility's data policy; proposals keep the one they were accepted under.

    A policy that a proposal was accepted under is immutable, in the database too (trigger
    `policy_in_use_is_frozen`): a change makes a new version.
    """

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="policies")
    name = models.CharField(max_length=100)
    version = models.CharField(max_length=20, default="1")
    effective_from = models.DateField(
        null=True,
        blank=True,
        help_text="Proposals accepted from this day on come under it, until the next version of "
        "its name; empty: from the beginning.",
    )
    duration_months = models.PositiveSmallIntegerField(default=36)
    anchor = models.CharField(
        max_length=30,
        choices=choices_of(Anchor),
        default=Anchor.END_OF_INVESTIGATION,
        help_text="The day the embargo is counted from. Data created: each dataset from its own.",
    )
    never_release = models.BooleanField(
        default=False, help_text="Proprietary beamtime: the data belong to the paying user."
    )
    max_extensions = models.PositiveSmallIntegerField(
        default=1, help_text="How many extensions an investigation may have; 0 for none."
    )
    extension_months = models.PositiveSmallIntegerField(
        default=12, help_text="The most that one extension gives."
    )
    max_total_months = models.PositiveSmallIntegerField(
        default=0, help_text="The longest embargo with its extensions; 0 for no limit."
    )
    extension_approver = models.CharField(
        max_length=30,
        choices=choices_of(ExtensionApprover),
        default=ExtensionApprover.DATA_MANAGER,
        help_text="Automatic: asking with a reason is enough (light touch).",
    )
    early_release_by = models.CharField(
        max_length=30,
        choices=choices_of(EarlyReleaseBy),
        default=EarlyReleaseBy.PRINCIPAL_INVESTIGATOR,
        help_text="Who may open data early. Data managers may, on the team’s behalf.",
    )
    objection_days = models.PositiveSmallIntegerField(
        default=14,
        help_text="How long the others of the team may object to an early release; 0 for not.",
    )
    metadata_visibility = models.CharField(
        max_length=20,
        choices=choices_of(MetadataVisibility),
        default=MetadataVisibility.MINIMAL,
        help_text="What the public sees during the embargo.",
    )
    field_moments = models.JSONField(
        default=dict,
        blank=True,
        validators=[validate_field_moments],
        help_text="Fields that are told from another moment on, e.g. "
        '{"abstract": "end_of_experiment"}. Moments: acceptance, end_of_experiment, with_data.',
    )
    audience = models.CharField(
        max_length=20,
        choices=choices_of(Audience),
        default=Audience.EVERYONE,
        help_text="Who gets the files once the data are open. Registered: whoever has logged in; "
        "what is said of the data everyone may read.",
    )
    licence = models.CharField(max_length=30, choices=SPDX_CHOICES, default="CC-BY-4.0")
    retention_years = models.PositiveSmallIntegerField(
        default=10, help_text="How long raw data are kept, at least."
    )
    reduced_retention_months = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text="How long data that the facility has reduced are kept, at least; empty: as raw.",
    )
    disk_days = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text="How long files stay on disk before the archive alone has them; empty: as long "
        "as they are kept.",
    )
    reminder_days = ArrayField(
        models.PositiveSmallIntegerField(),
        default=usual_reminders,
        blank=True,
        help_text="Days before the release on which the principal investigator is reminded.",
    )
    text_url = models.URLField(blank=True, default="", help_text="Where the policy can be read.")
    source = models.TextField(
        blank=True, default="", help_text="The words that these terms were read from, and where."
    )

    objects = EmbargoPolicyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "embargo policies"
        ordering = ["facility", "name", "version"]
        constraints = [
            models.UniqueConstraint(
                fields=["facility", "name", "version"], name="embargo_policy_version_is_unique"
            ),
            models.UniqueConstraint(
                fields=["facility", "name", "effective_from"],
                nulls_distinct=False,
                name="embargo_policy_version_has_a_day_of_its_own",
                violation_error_message="Another version of this policy comes into force on the "
                "same day: say from which day on this one holds.",
            ),
            one_of("anchor", Anchor, name="embargo_policy_anchor_is_known"),
            one_of("audience", Audience, name="embargo_policy_audience_is_known"),
            one_of(
                "metadata_visibility",
                MetadataVisibility,
                name="embargo_policy_metadata_visibility_is_known",
            ),
            one_of(
                "extension_approver",
                ExtensionApprover,
                name="embargo_policy_extension_approver_is_known",
            ),
            one_of(
                "early_release_by", EarlyReleaseBy, name="embargo_policy_early_release_by_is_known"
            ),
            models.CheckConstraint(
                condition=Q(duration_months__lte=LONGEST_EMBARGO_MONTHS),
                name="embargo_policy_lasts_fifty_years_at_most",
                violation_error_message="An embargo lasts 600 months (50 years) at most.",
            ),
            models.CheckConstraint(
                condition=Q(max_extensions=0) | Q(extension_months__gte=1),
                name="embargo_policy_extension_lasts_a_month",
                violation_error_message="An extension gives at least one month.",
            ),
            models.CheckConstraint(
                condition=Q(max_total_months=0) | Q(max_total_months__gte=F("duration_months")),
                name="embargo_policy_total_covers_its_duration",
                violation_error_message="The longest embargo is shorter than the embargo itself.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version} ({self.facility.slug})"

    @property
    def terms(self) -> EmbargoTerms:
        return EmbargoTerms(
            duration_months=self.duration_months,
            anchor=Anchor(self.anchor),
            never_release=self.never_release,
            metadata_visibility=MetadataVisibility(self.metadata_visibility),
            max_extensions=self.max_extensions,
            extension_months=self.extension_months,
            max_total_months=self.max_total_months,
            extension_approver=ExtensionApprover(self.extension_approver),
            early_release_by=EarlyReleaseBy(self.early_release_by),
            objection_days=self.objection_days,
            field_moments=tuple(
                (MetadataField(name), Moment(moment))
                for name, moment in sorted(self.field_moments.items())
            ),
        )

    @property
    def retention(self) -> Retention:
        return Retention(
            raw_years=self.retention_years,
            reduced_months=self.reduced_retention_months,
            disk_days=self.disk_days,
        )

    def version_on(self, day: date) -> "EmbargoPolicy | None":
        """Returns the version of its name that is in force on a day; None where none was yet."""
        versions = EmbargoPolicy.objects.filter(facility=self.facility_id, name=self.name)
        return versions.in_force(day).first()

    @property
    def is_in_use(self) -> bool:
        """Whether a proposal has come under this stored policy, which freezes it."""
        return self.proposals.exists()
