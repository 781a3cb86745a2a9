"""What every table shares."""

from collections.abc import Iterable
from enum import StrEnum

from django.db import models

# Where a value stands that no file says: a person entered it, and ingest leaves it alone.
BY_HAND = ""


class Timestamped(models.Model):
    """A row that knows when it was made and last changed."""

    created_at = models.DateTimeField(auto_now_add=True)
    modified_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True


class Described(models.Model):
    """A row whose values come from files or from people, and that knows which is which."""

    sources = models.JSONField(
        default=dict,
        blank=True,
        help_text="Where in the file each value stands: field to HDF5 path, empty where entered by "
        "hand.",
    )

    class Meta:
        abstract = True

    def is_by_hand(self, field: str) -> bool:
        """Tells whether a person entered this value, so that no file may change it any more."""
        return bool(self.sources.get(field) == BY_HAND)

    def values_by_hand(self) -> frozenset[str]:
        """Returns the names of the values that a person entered."""
        return frozenset(name for name, source in self.sources.items() if source == BY_HAND)


def choices_of(values: Iterable[StrEnum]) -> list[tuple[str, str]]:
    """Returns a pure enumeration as Django's choices: `under_embargo` reads 'Under embargo'."""
    return [(member.value, member.value.replace("_", " ").capitalize()) for member in values]


def one_of(field: str, values: Iterable[StrEnum], *, name: str) -> models.CheckConstraint:
    """Returns the constraint that holds a text column to an enumeration, in the database too."""
    allowed = models.Q(**{f"{field}__in": [member.value for member in values]})
    return models.CheckConstraint(condition=allowed, name=name)
