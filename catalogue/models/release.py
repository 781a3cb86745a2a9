"""Embargo policies, as data."""

from django.db import models

from catalogue.models.base import Timestamped, choices_of, one_of
from catalogue.models.facility import Facility
from catalogue.policy.embargo import Anchor, EmbargoTerms, MetadataVisibility
from catalogue.vocabulary.licences import SPDX_CHOICES


class EmbargoPolicy(Timestamped):
    """One version of a facility's data policy; proposals keep the one they were accepted under."""

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="policies")
    name = models.CharField(max_length=100)
    version = models.CharField(max_length=20, default="1")
    duration_months = models.PositiveSmallIntegerField(default=36)
    anchor = models.CharField(
        max_length=30,
        choices=choices_of(Anchor),
        default=Anchor.END_OF_INVESTIGATION,
        help_text="The day the embargo is counted from.",
    )
    never_release = models.BooleanField(
        default=False, help_text="Proprietary beamtime: the data belong to the paying user."
    )
    metadata_visibility = models.CharField(
        max_length=20,
        choices=choices_of(MetadataVisibility),
        default=MetadataVisibility.MINIMAL,
        help_text="What the public sees during the embargo.",
    )
    licence = models.CharField(max_length=30, choices=SPDX_CHOICES, default="CC-BY-4.0")
    text_url = models.URLField(blank=True, default="", help_text="Where the policy can be read.")

    class Meta:
        verbose_name_plural = "embargo policies"
        ordering = ["facility", "name", "version"]
        constraints = [
            models.UniqueConstraint(
                fields=["facility", "name", "version"], name="embargo_policy_version_is_unique"
            ),
            one_of("anchor", Anchor, name="embargo_policy_anchor_is_known"),
            one_of(
                "metadata_visibility",
                MetadataVisibility,
                name="embargo_policy_metadata_visibility_is_known",
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
        )
