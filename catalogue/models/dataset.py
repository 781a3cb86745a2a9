"""Datasets, their files, and what they were made from."""

import uuid
from datetime import date
from enum import StrEnum
from typing import Self

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.functions import Coalesce, Now, NullIf

from catalogue.models.base import Described, Timestamped, choices_of, one_of
from catalogue.models.facility import Instrument, Technique
from catalogue.models.investigation import (
    Investigation,
    Sample,
    addressed,
    granted,
    grants_of,
    inside,
    open_to_guests,
    released,
)
from catalogue.policy.embargo import IN_EMBARGO
from catalogue.policy.visibility import Level, Viewer


class DatasetKind(StrEnum):
    RAW = "raw"
    REDUCED = "reduced"
    ANALYSED = "analysed"
    SIMULATED = "simulated"
    CALIBRATION = "calibration"


def public(today: date, prefix: str = "") -> Q:
    """Returns the SQL form of `policy.visibility.is_released` for a dataset."""
    early = Q(
        **{
            f"{prefix}investigation__release_state__in": sorted(IN_EMBARGO),
            f"{prefix}released_early_on__lte": today,
        }
    )
    return released(today, f"{prefix}investigation__") | early


class DatasetQuerySet(models.QuerySet["Dataset"]):
    def visible_to(self, viewer: Viewer, *, today: date, level: Level = Level.READ) -> Self:
        """Returns what `policy.visibility.may_see` allows: the one door for anything shown."""
        if viewer.is_data_manager:
            return self
        whole = "investigation__"
        return self.filter(
            public(today) & addressed(viewer, level=level, prefix=whole)
            | inside(viewer, today=today, prefix=whole)
            | granted(viewer, today=today, level=level, prefix=whole)
            | self._granted_alone(viewer, today, level)
        )

    def granted_alone(self, viewer: Viewer, *, today: date) -> Self:
        """Returns the datasets that grants let a viewer see by themselves."""
        return self.filter(self._granted_alone(viewer, today, Level.METADATA))

    @staticmethod
    def _granted_alone(viewer: Viewer, today: date, level: Level) -> Q:
        if not viewer.may_hold_grants:
            return Q(pk__in=[])
        grants = grants_of(viewer, today=today, level=level)
        return Q(Exists(grants.filter(dataset=OuterRef("pk")))) & open_to_guests("investigation__")

    def due(self, *, today: date) -> Self:
        """Returns those that open by themselves, whose own day has come while the rest waits."""
        return self.filter(
            release_date__lte=today,
            released_early_on=None,
            investigation__release_state__in=sorted(IN_EMBARGO),
        )


def parameter_key(name: str, place: str = "") -> str:
    """Returns the key under which `sources` says that a person wants no such value of the file.

    place: its HDF5 path; '' means all values of that name.
    """
    return f"parameter {name} {place}".rstrip()


def shown_title() -> Coalesce:
    """Returns what a dataset is called: its title, or its name where it has none."""
    return Coalesce(NullIf("title", Value("")), "name", output_field=models.TextField())


class Dataset(Described, Timestamped):
    """What one NeXus file holds: data taken together, with one set of metadata."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    pid = models.CharField(
        max_length=300,
        blank=True,
        default="",
        verbose_name="PID",
        help_text="DOI or Handle given to it elsewhere; without one its uid serves as its pid.",
    )
    # An index below, or a unique key's, begins with it: so of all `db_index=False`.
    investigation = models.ForeignKey(
        Investigation, on_delete=models.PROTECT, db_index=False, related_name="datasets"
    )
    instrument = models.ForeignKey(
        Instrument,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="datasets",
    )
    sample = models.ForeignKey(
        Sample, on_delete=models.SET_NULL, null=True, blank=True, related_name="datasets"
    )
    further_samples = models.ManyToManyField(
        Sample,
        blank=True,
        related_name="further_datasets",
        help_text="What was measured beside the sample: a can, a reference.",
    )
    techniques = models.ManyToManyField(Technique, blank=True, related_name="datasets")
    name = models.CharField(max_length=300)
    title = models.CharField(max_length=1000, blank=True, default="")
    kind = models.CharField(max_length=20, choices=choices_of(DatasetKind), default=DatasetKind.RAW)
    description = models.TextField(blank=True, default="")
    definition = models.CharField(
        max_length=100,
        blank=True,
        default="",
        help_text="NeXus application definition, e.g. NXsas.",
    )
    run_number = models.CharField(max_length=100, blank=True, default="")
    program = models.CharField(
        max_length=200,
        blank=True,
        default="",
        help_text="What wrote or simulated the data, with its version.",
    )
    start = models.DateTimeField(null=True, blank=True)
    end = models.DateTimeField(null=True, blank=True)
    default_plot = models.CharField(
        max_length=500, blank=True, default="", help_text="HDF5 path of the data to plot first."
    )
    named_visit = models.CharField(
        max_length=500,
        blank=True,
        default="",
        editable=False,
        help_text="Proposal, visit and instrument as they were named when its file was last read.",
    )
    released_early_on = models.DateField(
        null=True,
        blank=True,
        help_text="Open from this day on, before the rest of its investigation.",
    )
    release_date = models.DateField(
        null=True,
        blank=True,
        editable=False,
        help_text="The day it opens by itself, where the policy counts from its own day.",
    )
    file_count = models.PositiveIntegerField(default=0, editable=False)
    size_bytes = models.PositiveBigIntegerField(
        null=True, blank=True, editable=False, help_text="Empty where it is not known."
    )

    objects = DatasetQuerySet.as_manager()

    class Meta:
        ordering = ["-start", "-pk"]
        indexes = [
            models.Index(fields=["instrument", "start"], name="dataset_instrument_start"),
            # Finds parts of titles, and words that are spelled nearly so.
            GinIndex(OpClass(shown_title(), name="gin_trgm_ops"), name="dataset_title_trigrams"),
            models.Index(
                fields=["release_date"],
                condition=Q(release_date__isnull=False, released_early_on__isnull=True),
                name="dataset_rolling_release",
            ),
            # All that decides who may see a dataset: to count them, nothing else of them is read.
            models.Index(
                fields=["id"],
                include=["investigation", "released_early_on"],
                name="dataset_visibility",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["investigation", "name"], name="dataset_name_is_unique_in_investigation"
            ),
            models.UniqueConstraint(
                fields=["pid"], condition=~Q(pid=""), name="dataset_pid_is_unique"
            ),
            models.CheckConstraint(
                condition=Q(end__isnull=True) | Q(start__isnull=True) | Q(end__gte=F("start")),
                name="dataset_ends_after_it_starts",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="dataset_has_a_name"),
            one_of("kind", DatasetKind, name="dataset_kind_is_known"),
        ]

    def __str__(self) -> str:
        return self.name


class Datafile(models.Model):
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="files")
    path = models.TextField(
        unique=True, help_text="Where it lies; shown to staff and members, never to the public."
    )
    public_path = models.CharField(
        max_length=1000,
        blank=True,
        default="",
        help_text="Where it lies as far as the public is told; empty: nothing.",
    )
    name = models.CharField(max_length=300)
    size_bytes = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="Empty where it is not known."
    )
    modified = models.DateTimeField(help_text="When the file was last written.")
    sha256 = models.CharField(max_length=64, blank=True, default="")
    first_seen_at = models.DateTimeField(db_default=Now(), editable=False)
    vanished_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When it was first missed at its path."
    )

    class Meta:
        ordering = ["name", "pk"]
        indexes = [models.Index(fields=["sha256"], name="datafile_sha256")]
        constraints = [
            models.CheckConstraint(
                condition=Q(sha256="") | Q(sha256__regex=r"^[0-9a-f]{64}$"),
                name="datafile_sha256_is_well_formed",
            )
        ]

    def __str__(self) -> str:
        return self.name


class DatasetInput(models.Model):
    """A file that a dataset was made from, as that one names it, and its dataset once it is known.

    Only a dataset of the same proposal is ever taken for it: to recognise a name of another one
    would tell what that one holds.
    """

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="inputs")
    name = models.CharField(max_length=500, help_text="As the file spells it, often a path.")
    file_name = models.CharField(max_length=300, editable=False, help_text="The name's last part.")
    made_from = models.ForeignKey(
        Dataset, on_delete=models.SET_NULL, null=True, blank=True, related_name="made_into"
    )
    source = models.CharField(max_length=500, help_text="HDF5 path of the name.")

    class Meta:
        ordering = ["name"]
        indexes = [
            models.Index(
                fields=["file_name"],
                condition=Q(made_from__isnull=True),
                name="datasetinput_unknown",
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["dataset", "name"], name="datasetinput_is_named_once"),
            models.CheckConstraint(
                condition=Q(made_from__isnull=True) | ~Q(made_from=F("dataset")),
                name="datasetinput_is_another_dataset",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name
