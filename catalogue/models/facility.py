"""Facilities, their instruments, and the techniques of the PaNET ontology."""

import zoneinfo
from enum import StrEnum

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models

from catalogue.models.base import Timestamped, choices_of, one_of
from catalogue.policy.embargo import Moment
from catalogue.policy.proposals import UnknownProposals
from catalogue.vocabulary.disciplines import DISCIPLINES, USUAL
from catalogue.vocabulary.panet import IRI_PREFIX


def validate_time_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(
            f"{name!r} is not a time zone of the IANA database; write e.g. Europe/Paris."
        )


class FacilityKind(StrEnum):
    SYNCHROTRON = "synchrotron"
    NEUTRON = "neutron"
    FEL = "free_electron_laser"
    LASER = "laser"
    MUON = "muon"


class Facility(Timestamped):
    slug = models.SlugField(
        unique=True, help_text="Short name in addresses and OAI sets, for ever."
    )
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=30, choices=choices_of(FacilityKind))
    ror = models.URLField(
        blank=True, default="", verbose_name="ROR", help_text="e.g. https://ror.org/02550n020"
    )
    country = models.CharField(max_length=100, blank=True, default="")
    url = models.URLField(blank=True, default="")
    time_zone = models.CharField(
        max_length=60,
        default="UTC",
        validators=[validate_time_zone],
        help_text="IANA name; times without an offset in NeXus files are read in it.",
    )
    publisher_name = models.CharField(
        max_length=200, help_text="DataCite property 4, the publisher of the facility's data."
    )
    doi_prefix = models.CharField(
        max_length=30, default="10.5072", help_text="e.g. 10.5072 (DataCite's test prefix)"
    )
    contact_email = models.EmailField(blank=True, default="")
    discipline = models.CharField(
        max_length=100,
        blank=True,
        default=USUAL,
        choices=[(name, name) for name in DISCIPLINES],
        help_text="What B2FIND files its data under; empty for none. After a change, run "
        "`manage.py render_records`.",
    )
    default_embargo_policy = models.ForeignKey(
        "EmbargoPolicy",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="New proposals come under its version of the day they were accepted on. Without "
        "one, nothing is ever released.",
    )
    unknown_proposals = models.CharField(
        max_length=20,
        choices=[("", "As the site is set"), *choices_of(UnknownProposals)],
        blank=True,
        default="",
        help_text="Files whose proposal is not in the catalogue: store them under a placeholder "
        "for it, or keep them in quarantine until somebody has added it.",
    )

    automatic_doi = models.CharField(
        max_length=20,
        choices=[("", "Not by themselves: somebody publishes them"), *choices_of(Moment)],
        blank=True,
        default="",
        verbose_name="automatic DOIs",
        help_text="From when on each investigation gets a DOI by itself. Its page says no more "
        "than the policy allows; a DOI cannot be taken back.",
    )

    class Meta:
        verbose_name_plural = "facilities"
        ordering = ["name"]
        constraints = [
            one_of("kind", FacilityKind, name="facility_kind_is_known"),
            models.CheckConstraint(
                condition=models.Q(automatic_doi__in=["", *(moment.value for moment in Moment)]),
                name="facility_automatic_doi_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(unknown_proposals__in=["", *UnknownProposals]),
                name="facility_unknown_proposals_is_known",
            ),
            # The facility's slug heads its OAI sets, beside these.
            models.CheckConstraint(
                condition=~models.Q(slug__in=["openaire_data", "technique", "type"]),
                name="facility_slug_is_no_other_set",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Technique(models.Model):
    """A PaNET term, mirrored from `vocabulary/panet.json`, or a facility's own technique.

    A facility's own has a `pid`, and stands below the PaNET term that it says it is.
    """

    code = models.CharField(max_length=20, unique=True, help_text="e.g. PaNET01188")
    pid = models.CharField(
        max_length=300,
        blank=True,
        default="",
        verbose_name="PID",
        help_text="What a facility calls it; empty for PaNET's terms, which have their PURL.",
    )
    panet_term = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="facility_terms",
        help_text="The PaNET term that a facility's own technique is.",
    )
    label = models.CharField(max_length=200)
    alt_labels = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    parents = models.ManyToManyField("self", symmetrical=False, related_name="children", blank=True)

    class Meta:
        ordering = ["label", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["pid"], condition=~models.Q(pid=""), name="technique_pid_is_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label} ({self.code})"

    @property
    def iri(self) -> str:
        return self.pid or IRI_PREFIX + self.code


class TechniqueClosure(models.Model):
    """Every (ancestor, descendant) pair of the hierarchy, itself included at depth 0."""

    ancestor = models.ForeignKey(Technique, on_delete=models.CASCADE, related_name="below")
    descendant = models.ForeignKey(Technique, on_delete=models.CASCADE, related_name="above")
    depth = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ancestor", "descendant"], name="technique_closure_pair_is_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.ancestor_id} > {self.descendant_id} ({self.depth})"


class Instrument(Timestamped):
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="instruments")
    slug = models.SlugField(help_text="Short name in addresses and OAI sets, for ever.")
    name = models.CharField(max_length=200)
    long_name = models.CharField(max_length=300, blank=True, default="")
    pid = models.CharField(
        max_length=200,
        blank=True,
        default="",
        verbose_name="PID",
        help_text="PIDINST DOI or Handle of the instrument.",
    )
    url = models.URLField(blank=True, default="")
    techniques = models.ManyToManyField(Technique, blank=True, related_name="instruments")
    is_placeholder = models.BooleanField(
        default=False,
        help_text="Made by ingest from a file; public once its data are, or once confirmed.",
    )

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["facility", "slug"], name="instrument_slug_is_unique_in_facility"
            )
        ]

    def __str__(self) -> str:
        return self.name
