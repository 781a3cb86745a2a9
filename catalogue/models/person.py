"""People and where they work."""

from django.conf import settings
from django.db import models

from catalogue.models.base import Timestamped


class Affiliation(models.Model):
    name = models.CharField(max_length=300)
    ror = models.URLField(blank=True, default="", verbose_name="ROR")
    address = models.CharField(max_length=300, blank=True, default="")
    city = models.CharField(max_length=100, blank=True, default="")
    country = models.CharField(max_length=100, blank=True, default="")

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["name", "ror"], name="affiliation_is_unique"),
        ]

    def __str__(self) -> str:
        return self.name


class Person(Timestamped):
    """Someone named on an investigation.

    A person is known by ORCID. A name alone never joins two rows, because membership gives access:
    people whom a file names without an ORCID stay separate until a data manager says otherwise.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="person",
        help_text="The log-in of this person.",
    )
    orcid = models.CharField(
        max_length=19,
        null=True,
        blank=True,
        unique=True,
        verbose_name="ORCID",
    )
    full_name = models.CharField(max_length=200)
    given_name = models.CharField(max_length=100, blank=True, default="")
    family_name = models.CharField(max_length=100, blank=True, default="")
    email = models.EmailField(blank=True, default="")

    class Meta:
        verbose_name_plural = "people"
        ordering = ["family_name", "full_name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(orcid__regex=r"^\d{4}-\d{4}-\d{4}-\d{3}[\dX]$"),
                name="person_orcid_is_well_formed",
            ),
            models.CheckConstraint(condition=~models.Q(full_name=""), name="person_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.full_name
