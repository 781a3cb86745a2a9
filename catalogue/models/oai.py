"""What harvesters read: items, their finished records, and the sets they are in (OAI-PMH 2.0 §2).

Everything here may be read by anyone. It is written by `catalogue.publication.oai_items` alone.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from catalogue.models.harvested import HarvestedRecord
from catalogue.models.publication import DataPublication


class OaiItem(models.Model):
    """What has an OAI identifier: a DOI of ours, or something harvested that is exposed again.

    A withdrawn item stays, deleted, in every format and set it had.
    """

    publication = models.OneToOneField(
        DataPublication,
        on_delete=models.PROTECT,
        related_name="oai_item",
        null=True,
        blank=True,
        help_text="Empty for what was harvested from elsewhere.",
    )
    harvested = models.OneToOneField(
        HarvestedRecord,
        on_delete=models.SET_NULL,
        related_name="oai_item",
        null=True,
        blank=True,
        help_text="The record of another catalogue that is exposed again.",
    )
    harvested_digest = models.CharField(
        max_length=32, blank=True, default="", help_text="Of that record as it is exposed."
    )
    identifier = models.CharField(max_length=300, unique=True)
    datestamp = models.DateTimeField(help_text="Last change in any format, whole seconds, UTC.")
    is_deleted = models.BooleanField(default=False)
    sets = ArrayField(
        models.CharField(max_length=300), default=list, help_text="The most specific setSpecs."
    )
    lost_prefixes = ArrayField(
        models.CharField(max_length=50),
        default=list,
        blank=True,
        help_text="Formats that it once had and has no longer: in these it is deleted.",
    )
    header = models.TextField(help_text="The finished header element.")

    class Meta:
        verbose_name = "OAI item"
        ordering = ["datestamp", "pk"]
        # `earliestDatestamp` and the next stamp are read from its two ends.
        indexes = [models.Index(fields=["datestamp", "id"], name="oai_item_datestamp")]

    def __str__(self) -> str:
        return self.identifier


class OaiRecord(models.Model):
    """An item in one format, as the finished `record` element that a list joins to others.

    A row a format, so that a new format needs no migration, and a page is one walk of one index.
    The item's datestamp is repeated for that walk.
    """

    # Its unique constraint finds the records of an item.
    item = models.ForeignKey(
        OaiItem, on_delete=models.CASCADE, related_name="records", db_index=False
    )
    prefix = models.CharField(max_length=50, help_text="metadataPrefix")
    datestamp = models.DateTimeField()
    xml = models.TextField()

    class Meta:
        verbose_name = "OAI record"
        indexes = [
            models.Index(fields=["prefix", "datestamp", "item"], name="oai_record_harvest"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["item", "prefix"], name="oai_record_is_unique")
        ]

    def __str__(self) -> str:
        return f"{self.item_id} as {self.prefix}"


class OaiSet(models.Model):
    """A set by its setSpec (OAI-PMH 2.0 §2.6); it is there once something has been in it."""

    spec = models.CharField(max_length=300, unique=True)

    class Meta:
        verbose_name = "OAI set"
        ordering = ["spec"]

    def __str__(self) -> str:
        return self.spec


class OaiMembership(models.Model):
    """An item in a set, and in each set above it, in harvest order.

    The item's datestamp is repeated here too, so that a harvest by set walks one index.
    """

    # The harvest's index begins with the set, the unique constraint with the item.
    set = models.ForeignKey(
        OaiSet, on_delete=models.CASCADE, related_name="memberships", db_index=False
    )
    item = models.ForeignKey(
        OaiItem, on_delete=models.CASCADE, related_name="memberships", db_index=False
    )
    datestamp = models.DateTimeField()

    class Meta:
        verbose_name = "OAI set membership"
        indexes = [
            models.Index(fields=["set", "datestamp", "item"], name="oai_membership_harvest"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["item", "set"], name="oai_membership_is_unique")
        ]

    def __str__(self) -> str:
        return f"{self.item_id} in {self.set_id}"
