"""The words a dataset is found by, and items of other catalogues that are scored here."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from catalogue.models.dataset import Dataset


class DatasetWords(models.Model):
    """What a query finds a dataset by: only what the search API itself says of it.

    Written by triggers (migration `dataset_words`) in the statement that changes a dataset, its
    samples, techniques, parameters or instrument, so that no code can forget it. In a table of its
    own, so that a list of datasets does not read it and a change of it does not rewrite the row.
    """

    dataset = models.OneToOneField(
        Dataset, on_delete=models.CASCADE, primary_key=True, related_name="words"
    )
    search_vector = SearchVectorField()

    class Meta:
        indexes = [GinIndex(fields=["search_vector"], name="dataset_words")]

    def __str__(self) -> str:
        return f"words of dataset {self.dataset_id}"
