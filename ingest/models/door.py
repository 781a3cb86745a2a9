"""Who may hand in files over HTTP, and which of their requests have been answered already."""

from datetime import date

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from catalogue.models import Facility, Instrument
from ingest.door.paths import is_plain


def validate_folder(folder: str) -> None:
    if not is_plain(folder) or folder == "/":
        raise ValidationError(
            f"{folder!r} is not a folder's whole path; write e.g. /data/loq, without '..' or a "
            f"slash at the end."
        )


class BeamlineToken(models.Model):
    """One control computer's key to the door, bound to one instrument; kept as a hash only."""

    name = models.CharField(max_length=100, help_text="The control computer that holds it.")
    instrument = models.ForeignKey(
        Instrument,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Every file handed in with the token is of this instrument and its facility.",
    )
    folders = ArrayField(
        models.CharField(max_length=1000, validators=[validate_folder]),
        default=list,
        blank=True,
        help_text="Folders whose files may be named by path, one a line; none: uploads only.",
    )
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the token.")
    prefix = models.CharField(max_length=16, help_text="The token's first characters.")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(db_default=Now())
    last_used_at = models.DateTimeField(
        null=True, blank=True, help_text="To the minute; empty: never."
    )
    expires_on = models.DateField(
        null=True, blank=True, help_text="The last day on which it is good; empty: for ever."
    )
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(digest__regex=r"^[0-9a-f]{64}$"), name="beamline_token_is_hashed"
            )
        ]

    # The token itself: known to the row that has just been made, and to no other.
    text = ""

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def facility(self) -> Facility:
        return self.instrument.facility

    def is_good(self, *, today: date) -> bool:
        """Tells whether it opens the door today."""
        return self.revoked_at is None and (self.expires_on is None or today <= self.expires_on)


class IdempotentRequest(models.Model):
    """A request with an Idempotency-Key: under way while `status` is empty, answered after it."""

    token = models.ForeignKey(BeamlineToken, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(
        max_length=64, help_text="SHA-256 of what was asked: another request may not use the key."
    )
    started_at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True, blank=True, help_text="HTTP status.")
    answer = models.TextField(
        blank=True, default="", help_text="JSON, as it was sent: jsonb would sort its names."
    )

    class Meta:
        indexes = [models.Index(fields=["started_at"], name="idempotent_request_age")]
        constraints = [
            models.UniqueConstraint(
                fields=["token", "key"], name="idempotent_request_is_one_of_its_key"
            )
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.status or 'under way'}"
