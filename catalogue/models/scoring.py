"""Items of other catalogues, which have given them here to be scored."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models


class ScoredItem(models.Model):
    """One item of the PaNOSC search scoring protocol: an id in a group, and fields of text."""

    item_id = models.CharField(max_length=300, unique=True)
    group = models.CharField(max_length=100, default="default")
    fields = models.JSONField(default=dict)
    search_vector = SearchVectorField()
    modified_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["group", "id"], name="scored_item_group"),
            GinIndex(fields=["search_vector"], name="scored_item_words"),
        ]

    def __str__(self) -> str:
        return self.item_id
