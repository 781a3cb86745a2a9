"""What somebody has put aside to publish under one DOI."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from catalogue.models.dataset import Dataset
from catalogue.models.publication import DataPublication


class Cart(models.Model):
    """A choice, and what has been entered of it so far; a browser keeps none of it.

    It is one person's until a DOI is reserved for it, and from then on the team's.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="cart",
    )
    reserved = models.OneToOneField(
        DataPublication,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="cart",
        help_text="The DOI that has been set aside for it.",
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

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=True) ^ Q(reserved__isnull=True),
                name="cart_is_a_persons_or_a_dois",
            )
        ]

    def __str__(self) -> str:
        return f"cart of {self.user or self.reserved}"
