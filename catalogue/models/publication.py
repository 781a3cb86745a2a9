"""What has been given a DOI, and what is said of it."""

from enum import StrEnum
from typing import Self, get_args

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from catalogue.models.base import Timestamped, choices_of, one_of
from catalogue.models.dataset import Dataset
from catalogue.models.investigation import Investigation, joins
from catalogue.record import ContributorType
from catalogue.vocabulary.licences import SPDX_CHOICES


class PublicationKind(StrEnum):
    """A whole experiment, datasets somebody chose from it, or all versions of such a choice."""

    EXPERIMENT = "experiment"
    SELECTION = "selection"
    CONCEPT = "concept"


class DoiState(StrEnum):
    """DataCite's states, and the one before: a name of ours that DataCite has not heard of yet."""

    RESERVED = "reserved"
    DRAFT = "draft"
    REGISTERED = "registered"
    FINDABLE = "findable"


class PublicationState(StrEnum):
    """Where a publication stands, in a word for people: DataCite's states, and what comes after."""

    RESERVED = "reserved"
    DRAFT = "draft"
    REGISTERED = "registered"
    FINDABLE = "findable"
    AMENDED = "amended"
    WITHDRAWN = "withdrawn"


class DataPublicationQuerySet(models.QuerySet["DataPublication"]):
    def live(self) -> Self:
        """Returns what has been published and not withdrawn since: what has a public record."""
        return self.filter(is_reserved=False, withdrawn_at=None)

    def reserved(self) -> Self:
        """Returns the DOIs that are set aside, and not on their way out."""
        return self.filter(is_reserved=True, discarded_at=None)

    def with_investigation(self) -> Self:
        """Joins what a public record needs of the rows around a DOI."""
        return self.select_related(*joins("investigation__"))

    def with_doi(self, doi: str) -> Self:
        """Returns the one of a DOI, in any spelling of its case."""
        if "\x00" in doi:  # which PostgreSQL has no text for
            return self.none()
        return self.alias(lower_doi=Lower("doi")).filter(lower_doi=doi.lower())


class DataPublication(Timestamped):
    """One DOI (ICAT DataPublication)."""

    investigation = models.ForeignKey(
        Investigation, on_delete=models.PROTECT, related_name="publications"
    )
    kind = models.CharField(max_length=20, choices=choices_of(PublicationKind))
    datasets = models.ManyToManyField(
        Dataset, through="PublicationItem", related_name="publications", blank=True
    )
    doi = models.CharField(max_length=200, verbose_name="DOI")
    doi_state = models.CharField(
        max_length=20, choices=choices_of(DoiState), default=DoiState.RESERVED
    )
    doi_stamp = models.CharField(
        max_length=40,
        blank=True,
        default="",
        help_text="When DataCite says it last changed the DOI; any later: not our doing.",
    )
    reconciled_at = models.DateTimeField(
        null=True, blank=True, help_text="When DataCite was last seen to hold this DOI."
    )
    is_reserved = models.BooleanField(
        default=False,
        help_text="A name set aside for data to come: at most a draft at DataCite, nothing public.",
    )
    discarded_at = models.DateTimeField(
        null=True, blank=True, help_text="A reserved DOI that goes once DataCite has let it go."
    )
    is_test_doi = models.BooleanField(default=False, help_text="Does not resolve at doi.org.")
    title = models.CharField(max_length=500)
    abstract = models.TextField(blank=True, default="")
    licence = models.CharField(max_length=30, choices=SPDX_CHOICES)
    published_on = models.DateField()
    imported_document = models.JSONField(
        default=dict,
        blank=True,
        editable=False,
        help_text="What a catalogue it was moved from said of it that the columns cannot hold.",
    )
    concept = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="versions",
        help_text="The DOI of all versions; empty where there is only one.",
    )
    version = models.PositiveSmallIntegerField(default=1)
    amended_at = models.DateTimeField(
        null=True, blank=True, help_text="When somebody last changed what is said of it."
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    was_open = models.BooleanField(
        default=False, help_text="Its data were open to everyone when it was withdrawn."
    )
    withdrawal_reason = models.TextField(blank=True, default="")

    objects = DataPublicationQuerySet.as_manager()

    class Meta:
        ordering = ["-published_on", "-pk"]
        constraints = [
            # DOIs are case-insensitive (DOI Handbook §2.4).
            models.UniqueConstraint(Lower("doi"), name="publication_doi_is_unique"),
            models.UniqueConstraint(
                fields=["investigation"],
                condition=Q(kind="experiment"),
                name="investigation_has_one_experiment_publication",
            ),
            one_of("kind", PublicationKind, name="publication_kind_is_known"),
            one_of("doi_state", DoiState, name="publication_doi_state_is_known"),
            models.UniqueConstraint(
                fields=["concept", "version"], name="publication_version_is_unique_in_concept"
            ),
            models.CheckConstraint(
                condition=Q(is_reserved=False)
                | Q(doi_state__in=["reserved", "draft"], withdrawn_at=None, concept=None),
                name="reserved_publication_is_not_public",
            ),
            models.CheckConstraint(
                condition=Q(is_reserved=True) | Q(discarded_at=None),
                name="only_a_reserved_publication_is_discarded",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | ~Q(withdrawal_reason=""),
                name="withdrawn_publication_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.doi

    @property
    def state(self) -> PublicationState:
        if self.withdrawn_at is not None:
            return PublicationState.WITHDRAWN
        if self.amended_at is not None:
            return PublicationState.AMENDED
        return PublicationState(self.doi_state)


class PublicationItem(models.Model):
    """A dataset somebody chose into a publication, at its place."""

    publication = models.ForeignKey(DataPublication, on_delete=models.CASCADE, related_name="items")
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="+")
    order = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["order", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["publication", "dataset"], name="publication_item_is_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.publication_id}: {self.dataset_id}"


class PublicationAgent(models.Model):
    """A creator or contributor as named when the DOI was minted; later edits do not show."""

    publication = models.ForeignKey(
        DataPublication, on_delete=models.CASCADE, related_name="agents"
    )
    order = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(max_length=200)
    given_name = models.CharField(max_length=100, blank=True, default="")
    family_name = models.CharField(max_length=100, blank=True, default="")
    orcid = models.CharField(max_length=19, blank=True, default="", verbose_name="ORCID")
    is_organisation = models.BooleanField(default=False)
    affiliation = models.CharField(max_length=300, blank=True, default="")
    affiliation_ror = models.URLField(blank=True, default="", verbose_name="affiliation ROR")
    further_affiliations = models.JSONField(
        default=list, blank=True, help_text="Those after the first: objects of name and ror."
    )
    imported_id = models.CharField(
        max_length=200,
        blank=True,
        default="",
        editable=False,
        help_text="What the catalogue it was moved from calls this person.",
    )
    imported_role = models.CharField(max_length=100, blank=True, default="", editable=False)
    researcher_id = models.CharField(max_length=100, blank=True, default="")
    contributor_type = models.CharField(
        max_length=30,
        blank=True,
        default="",
        choices=[(kind, kind) for kind in get_args(ContributorType)],
        help_text="Empty for creators (DataCite property 7.a).",
    )

    class Meta:
        ordering = ["order", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="publication_agent_has_a_name")
        ]

    def __str__(self) -> str:
        return self.name


class RelatedIdentifier(models.Model):
    """A paper, a program, other data that a publication is related to (DataCite property 12)."""

    publication = models.ForeignKey(
        DataPublication, on_delete=models.CASCADE, related_name="related_identifiers"
    )
    order = models.PositiveSmallIntegerField(default=0)
    relation_type = models.CharField(max_length=40, help_text="e.g. IsSupplementTo, Cites")
    identifier = models.CharField(max_length=500, blank=True, default="")
    identifier_type = models.CharField(max_length=20, blank=True, default="", help_text="e.g. DOI")
    resource_type = models.CharField(max_length=40, blank=True, default="")
    title = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        ordering = ["order", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(identifier="", title=""), name="related_identifier_names_something"
            )
        ]

    def __str__(self) -> str:
        return f"{self.relation_type} {self.identifier or self.title}"


class FundingReference(models.Model):
    """Who paid for a publication's data (DataCite property 19)."""

    publication = models.ForeignKey(
        DataPublication, on_delete=models.CASCADE, related_name="funding"
    )
    order = models.PositiveSmallIntegerField(default=0)
    funder_name = models.CharField(max_length=300)
    funder_identifier = models.CharField(
        max_length=200, blank=True, default="", help_text="ROR or Crossref funder id, as URL."
    )
    award_number = models.CharField(max_length=100, blank=True, default="")
    award_title = models.CharField(max_length=500, blank=True, default="")
    award_uri = models.URLField(blank=True, default="", verbose_name="award URI")

    class Meta:
        ordering = ["order", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(funder_name=""), name="funding_reference_names_the_funder"
            )
        ]

    def __str__(self) -> str:
        return f"{self.funder_name} {self.award_number}".strip()
