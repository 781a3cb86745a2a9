"""What people have asked for: extensions and early releases, and what became of it."""

from enum import StrEnum

from django.conf import settings
from django.db import models
from django.db.models import Q

from catalogue.models.base import choices_of, one_of
from catalogue.models.person import Person
from catalogue.policy.events import ActorRole


class RequestKind(StrEnum):
    EXTENSION = "extension"
    EARLY_RELEASE = "early_release"


class ReleaseRequestState(StrEnum):
    """*Lapsed*: something else came first, e.g. a withdrawal, or the release date itself."""

    PENDING = "pending"
    GRANTED = "granted"
    REJECTED = "rejected"
    OBJECTED = "objected"
    CANCELLED = "cancelled"
    LAPSED = "lapsed"


class ReleaseRequest(models.Model):
    """One request; an investigation has at most one that is not decided."""

    investigation = models.ForeignKey(
        "catalogue.Investigation", on_delete=models.CASCADE, related_name="release_requests"
    )
    kind = models.CharField(max_length=20, choices=choices_of(RequestKind))
    months = models.PositiveSmallIntegerField(default=0, help_text="Of an extension.")
    takes_effect_on = models.DateField(
        null=True, help_text="The day an early release happens, unless somebody objects before."
    )
    reason = models.TextField(blank=True, default="")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    asked_by_person = models.ForeignKey(
        Person, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    asked_by_name = models.CharField(max_length=200, blank=True, default="")
    asked_as = models.CharField(max_length=30, choices=choices_of(ActorRole))
    asked_at = models.DateTimeField()
    state = models.CharField(
        max_length=20, choices=choices_of(ReleaseRequestState), default=ReleaseRequestState.PENDING
    )
    decided_by_name = models.CharField(max_length=200, blank=True, default="")
    decided_at = models.DateTimeField(null=True)
    comment = models.TextField(blank=True, default="")

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            one_of("kind", RequestKind, name="release_request_kind_is_known"),
            one_of("state", ReleaseRequestState, name="release_request_state_is_known"),
            models.UniqueConstraint(
                fields=["investigation"],
                condition=Q(state="pending"),
                name="release_request_is_the_only_pending_one",
            ),
            models.CheckConstraint(
                condition=Q(kind="extension", months__gte=1)
                | Q(kind="early_release", takes_effect_on__isnull=False),
                name="release_request_says_what_it_asks",
            ),
            models.CheckConstraint(
                condition=Q(state="pending", decided_at__isnull=True)
                | (~Q(state="pending") & Q(decided_at__isnull=False)),
                name="release_request_is_decided_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.investigation}"
