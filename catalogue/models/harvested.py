"""Public records of other catalogues, as they were harvested."""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower

from catalogue.models.base import Timestamped
from catalogue.models.published_record import PublishedRecord


class Origin(Timestamped):
    """Another catalogue whose public records are held here beside our own."""

    name = models.CharField(
        max_length=200, unique=True, help_text="As the portal names it, e.g. ILL Data Portal."
    )
    base_url = models.URLField(
        max_length=500,
        verbose_name="base URL",
        help_text="Address of its OAI-PMH endpoint, without “?verb=…” (OAI-PMH 2.0 §3.1.1).",
    )
    is_shown = models.BooleanField(
        default=True, verbose_name="shown", help_text="Its records are found in the portal."
    )
    is_reexposed = models.BooleanField(
        default=False,
        verbose_name="re-exposed",
        help_text="Whoever harvests this catalogue gets its records too, each with its provenance, "
        "in a set of their own (origin:HOST). Ask its makers first; a harvester of both has them "
        "twice. When you untick this, harvesters are told that they are deleted.",
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class HarvestedRecordQuerySet(models.QuerySet["HarvestedRecord"]):
    def shown(self) -> Self:
        """Returns what the portal finds."""
        return self.usable().filter(origin__is_shown=True)

    def usable(self) -> Self:
        """Returns the live records with a title; one that we publish ourselves is ours."""
        ours = PublishedRecord.objects.alias(lower_doi=Lower("publication__doi"))
        return self.filter(
            ~Q(title=""),
            ~Q(doi__gt="") | ~Exists(ours.filter(lower_doi=OuterRef("doi"))),
            is_deleted=False,
        )


class HarvestedRecord(models.Model):
    """A record of another catalogue: its metadata as they came, and what was understood of them.

    A deleted one keeps identifier, datestamps and sets, and nothing it said (OAI-PMH 2.0 §2.5.1).
    """

    origin = models.ForeignKey(Origin, on_delete=models.CASCADE, related_name="records")
    identifier = models.CharField(max_length=500, help_text="OAI identifier at its origin.")
    metadata_prefix = models.CharField(max_length=100)
    source_datestamp = models.CharField(
        max_length=40, blank=True, default="", help_text="As the origin wrote it."
    )
    sets = ArrayField(models.CharField(max_length=500), default=list, blank=True)
    is_deleted = models.BooleanField(default=False)
    metadata = models.TextField(blank=True, default="", help_text="The finished XML, unchanged.")
    about = models.TextField(
        blank=True, default="", help_text="Its provenance container, where it came with one."
    )
    digest = models.CharField(max_length=32, help_text="Of all that came; tells changes.")
    harvested_at = models.DateTimeField(help_text="When what is stored last changed.")
    seen_at = models.DateTimeField(help_text="Start of the harvest that last listed it.")

    title = models.TextField(blank=True, default="")
    creators = models.TextField(blank=True, default="", help_text="Names, parted by semicolons.")
    publisher = models.TextField(blank=True, default="")
    description = models.TextField(blank=True, default="")
    subjects = models.TextField(blank=True, default="")
    techniques = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    doi = models.CharField(
        max_length=300, blank=True, default="", verbose_name="DOI", help_text="In lower case."
    )
    url = models.TextField(blank=True, default="", help_text="Where a person reads more.")
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    resource_type = models.CharField(
        max_length=40, blank=True, default="", help_text="DataCite's resourceTypeGeneral."
    )
    dates = models.CharField(max_length=100, blank=True, default="")
    rights = models.TextField(blank=True, default="")
    is_open = models.BooleanField(null=True, help_text="None where its rights do not say.")
    search_vector = models.GeneratedField(
        expression=SearchVector("title", weight="A", config="catalogue")
        + SearchVector("creators", "subjects", "doi", "publisher", weight="B", config="catalogue")
        + SearchVector("description", weight="C", config="catalogue"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = HarvestedRecordQuerySet.as_manager()

    class Meta:
        ordering = ["-harvested_at", "-pk"]
        indexes = [
            models.Index(fields=["-harvested_at", "-id"], name="harvested_newest"),
            models.Index(fields=["origin", "-harvested_at", "-id"], name="harvested_of_origin"),
            models.Index(fields=["year", "-harvested_at", "-id"], name="harvested_of_year"),
            models.Index(
                fields=["resource_type", "-harvested_at", "-id"], name="harvested_of_type"
            ),
            models.Index(fields=["doi"], condition=~Q(doi=""), name="harvested_doi"),
            GinIndex(fields=["search_vector"], name="harvested_search_vector"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["origin", "identifier"], name="harvested_record_is_unique"
            ),
            models.CheckConstraint(
                condition=Q(is_deleted=False) | Q(metadata="", about="", title=""),
                name="deleted_harvested_record_says_nothing",
            ),
        ]

    def __str__(self) -> str:
        return self.identifier
