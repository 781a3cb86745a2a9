"""What every table shares."""

from collections.abc import Iterable
from enum import StrEnum

from django.db import models


class Timestamped(models.Model):
    """A row that knows when it was made and last changed."""

    created_at = models.DateTimeField(auto_now_add=True)
    modified_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True


def choices_of(values: Iterable[StrEnum]) -> list[tuple[str, str]]:
    """Returns a pure enumeration as Django's choices: `under_embargo` reads 'Under embargo'."""
    return [(member.value, member.value.replace("_", " ").capitalize()) for member in values]


def one_of(field: str, values: Iterable[StrEnum], *, name: str) -> models.CheckConstraint:
    """Returns the constraint that holds a text column to an enumeration, in the database too."""
    allowed = models.Q(**{f"{field}__in": [member.value for member in values]})
    return models.CheckConstraint(condition=allowed, name=name)
