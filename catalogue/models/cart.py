"""What somebody has put aside to publish under one DOI."""

from django.conf import settings
from django.db import models

from catalogue.models.dataset import Dataset
from catalogue.models.publication import DataPublication


class Cart(models.Model):
    """One person's choice, and what they have entered of it so far; a browser keeps none of it."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="cart"
    )
    datasets = models.ManyToManyField(Dataset, related_name="+")
    succeeds = models.ForeignKey(
        DataPublication,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="The publication of which this becomes the next version.",
    )
    entered = models.JSONField(default=dict, help_text="The form as it was last left.")

    def __str__(self) -> str:
        return f"cart of {self.user}"
