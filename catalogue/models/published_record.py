"""The finished public record of a DOI."""

from typing import Self

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Exists, OuterRef, Q

from catalogue.models.publication import DataPublication, PublicationKind


class PublishedRecordQuerySet(models.QuerySet["PublishedRecord"]):
    def live(self) -> Self:
        """Returns the records that have not been withdrawn."""
        return self.filter(is_deleted=False)

    def newest(self) -> Self:
        """Returns those that lists show: of several versions the newest, and no concept."""
        newer = DataPublication.objects.filter(
            concept=OuterRef("publication__concept"),
            version__gt=OuterRef("publication__version"),
            withdrawn_at=None,
        )
        no_concept = ~Q(publication__kind=PublicationKind.CONCEPT)
        return self.filter(no_concept & (Q(publication__concept=None) | ~Exists(newer)))


class PublishedRecord(models.Model):
    """The finished public documents of one DOI. Everything in it may be read by anyone.

    Written in the transaction that publishes, releases, amends or withdraws, and only there; a
    withdrawn record keeps none of its documents. What harvesters read is in `models.oai`.
    """

    publication = models.OneToOneField(
        DataPublication, on_delete=models.PROTECT, related_name="record"
    )
    datestamp = models.DateTimeField(
        help_text="Last change of the public record, whole seconds, UTC."
    )
    is_deleted = models.BooleanField(default=False)
    is_open = models.BooleanField(
        default=False, help_text="Its data are open to their audience: all is told of them."
    )
    says_more_on = models.DateField(
        null=True,
        help_text="The day on which the policy lets more be said before the data are open.",
    )
    title = models.CharField(max_length=500, blank=True, default="")
    search_document = models.JSONField(default=dict)
    json_ld = models.JSONField(default=dict)
    search_vector = SearchVectorField(null=True)

    objects = PublishedRecordQuerySet.as_manager()

    class Meta:
        ordering = ["datestamp", "pk"]
        indexes = [
            models.Index(fields=["datestamp", "id"], name="record_datestamp"),
            models.Index(
                fields=["-datestamp", "-id"],
                condition=Q(is_deleted=False, is_open=True),
                name="record_newest_open",
            ),
            models.Index(
                fields=["says_more_on"],
                condition=Q(says_more_on__isnull=False),
                name="record_says_more",
            ),
            GinIndex(fields=["search_vector"], name="record_search_vector"),
            GinIndex(fields=["title"], opclasses=["gin_trgm_ops"], name="record_title_trigrams"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_deleted=False)
                | Q(title="", json_ld={}, search_document={}, is_open=False),
                name="deleted_record_has_no_documents",
            ),
        ]

    def __str__(self) -> str:
        return f"public record of {self.publication_id}"
