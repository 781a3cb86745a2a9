"""The search APIs that federated search asks."""

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q

from catalogue.models.base import Timestamped


class FederationProvider(Timestamped):
    """A search API of the PaNOSC protocol, and how it has been doing.

    Its health lies in its row: whoever reads whom to ask knows it without another query.
    """

    name = models.CharField(max_length=100, help_text="What data managers call it.")
    slug = models.SlugField(
        max_length=40,
        unique=True,
        verbose_name="key",
        validators=[
            RegexValidator(r"^[a-z][a-z0-9_-]*\Z", "Begin with a small letter; no capitals.")
        ],
        help_text="Its name in the status of an answer, e.g. ess.",
    )
    facility = models.CharField(max_length=200, help_text="What people who search read.")
    base_url = models.CharField(
        max_length=300,
        unique=True,
        blank=True,
        verbose_name="address",
        help_text="Address of its search API up to the class, e.g. https://search.example.org/api "
        "for https://search.example.org/api/Datasets. Empty: this catalogue.",
    )
    is_enabled = models.BooleanField(default=True, help_text="Whether it is asked.")
    timeout_s = models.FloatField(
        default=5,
        verbose_name="time",
        validators=[MinValueValidator(0.1), MaxValueValidator(30)],
        help_text="Seconds it is given at most; the deadline of all may be sooner.",
    )
    weight = models.FloatField(
        default=1,
        validators=[MinValueValidator(0.1), MaxValueValidator(10)],
        help_text="What the odds of its items are multiplied with in a ranked list.",
    )
    is_comparable = models.BooleanField(
        default=False,
        verbose_name="scores are comparable",
        help_text="Whether it ranks as this catalogue does: its scores are then taken as they are.",
    )
    failures = models.PositiveIntegerField(
        default=0, editable=False, help_text="In a row, up to now."
    )
    retry_at = models.DateTimeField(
        null=True, editable=False, help_text="When it is tried again; empty: it is asked."
    )
    answered_at = models.DateTimeField(null=True, editable=False)
    failed_at = models.DateTimeField(null=True, editable=False)
    latency_ms = models.PositiveIntegerField(
        null=True, editable=False, help_text="Of the answer that was written down last."
    )
    error = models.CharField(max_length=300, default="", editable=False)

    class Meta:
        verbose_name = "provider of federated search"
        verbose_name_plural = "providers of federated search"
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(timeout_s__gt=0) & Q(timeout_s__lte=30),
                name="federationprovider_time_is_bounded",
            ),
            models.CheckConstraint(
                condition=Q(weight__gt=0), name="federationprovider_weight_is_positive"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_own(self) -> bool:
        return self.base_url == ""
