"""Where the rows of each class come from: all starts at what an anonymous visitor may see."""

from collections.abc import Callable
from datetime import date
from functools import lru_cache, wraps
from typing import Any

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, NullIf

from catalogue.models import (
    Affiliation,
    Datafile,
    Dataset,
    DatasetParameter,
    Instrument,
    Investigation,
    InvestigationParameter,
    InvestigationUser,
    PublicationAgent,
    PublicationItem,
    PublicationKind,
    PublishedRecord,
    Sample,
    Technique,
)
from catalogue.models.dataset import public
from catalogue.models.investigation import released
from catalogue.policy.visibility import ANONYMOUS, Level
from catalogue.vocabulary.roles import Role

Rows = QuerySet[Any]

# What an agent of a DOI is called as a member; other contributors are no people of the experiment.
_CONTRIBUTOR_ROLES = {"DataCollector": Role.LOCAL_CONTACT, "ContactPerson": Role.LOCAL_CONTACT}


def once_a_day(rows: Callable[[date], Rows]) -> Callable[[date], Rows]:
    """Keeps the rows of a day, not yet read: to put them together takes as long as to read them."""
    kept = lru_cache(maxsize=2)(rows)

    @wraps(rows)
    def fresh(today: date) -> Rows:
        # A copy: what one caller reads stays with it.
        return kept(today).all()

    return fresh


# What is told of a dataset and what its relations hang on; the rest is wide and not read.
TOLD = (
    *("uid", "pid", "name", "title", "start", "created_at", "size_bytes"),
    *("investigation_id", "instrument_id", "sample_id"),
)


@once_a_day
def datasets(today: date) -> Rows:
    """Returns those of which everyone may read; their files may need a log-in (`files`)."""
    return described_datasets(today).only(*TOLD).order_by("pk")


@once_a_day
def described_datasets(today: date) -> Rows:
    return Dataset.objects.visible_to(ANONYMOUS, today=today, level=Level.METADATA)


@once_a_day
def documents(today: date) -> Rows:
    """Returns the live records whose data are open today, whatever they said before."""
    items = PublicationItem.objects.filter(publication=OuterRef("publication"))
    # Joined, not looked up in a set of what is open: the planner, not knowing how many documents
    # need the set, counts it anew for each.
    is_experiment = Q(publication__kind=PublicationKind.EXPERIMENT.value)
    whole = is_experiment & released(today, "publication__investigation__")
    chosen = (
        Q(publication__kind=PublicationKind.SELECTION.value)
        & Exists(items)
        & ~Exists(items.exclude(public(today, "dataset__")))
    )
    return (
        PublishedRecord.objects.live()
        .filter(whole | chosen, is_open=True, publication__withdrawn_at__isnull=True)
        .select_related("publication")
        .only(
            *("title", "search_document"),
            *(f"publication__{name}" for name in ("doi", "kind", "investigation")),
        )
        .order_by("pk")
    )


@once_a_day
def instruments(today: date) -> Rows:
    """Returns the facility's own; one that only a file has named waits for its data to be open."""
    shown = datasets(today).filter(instrument=OuterRef("pk"))
    return (
        Instrument.objects.filter(Q(is_placeholder=False) | Exists(shown))
        .select_related("facility")
        .order_by("pid", "pk")
    )


@once_a_day
def files(today: date) -> Rows:
    seen = Dataset.objects.visible_to(ANONYMOUS, today=today)
    return Datafile.objects.filter(dataset__in=seen).order_by("pk")


@once_a_day
def dataset_parameters(_today: date) -> Rows:
    return DatasetParameter.objects.select_related("type").order_by("pk")


@once_a_day
def document_parameters(today: date) -> Rows:
    """Returns those of open investigations: a selection from a closed one tells no more of it."""
    return (
        InvestigationParameter.objects.filter(investigation__in=open_investigations(today))
        .select_related("type")
        .order_by("pk")
    )


@once_a_day
def samples(_today: date) -> Rows:
    return Sample.objects.order_by("pk")


@once_a_day
def techniques(_today: date) -> Rows:
    return Technique.objects.select_related("panet_term").order_by("code")


@once_a_day
def members(_today: date) -> Rows:
    """Returns the people a DOI names, each with `role`: the first they had in the experiment.

    Who was moved here from another catalogue has the role that one gave, or none.
    """
    agents = PublicationAgent.objects.filter(contributor_type__in=["", *_CONTRIBUTOR_ROLES])
    roles = InvestigationUser.objects.filter(
        investigation__publications=OuterRef("publication"),
        person__full_name=OuterRef("name"),
    ).order_by("order", "pk")
    named = [
        When(contributor_type=kind, then=Value(role.value))
        for kind, role in _CONTRIBUTOR_ROLES.items()
    ]
    imported = When(~Q(imported_id=""), then=NullIf(F("imported_role"), Value("")))
    first = Coalesce(Subquery(roles.values("role")[:1]), Value(Role.MEMBER.value))
    return agents.annotate(role=Case(imported, *named, default=first)).order_by("order", "pk")


@once_a_day
def affiliations(_today: date) -> Rows:
    """Returns the agents that name one, with `address`, `city` and `country` as known of it."""
    known = Affiliation.objects.filter(
        name=OuterRef("affiliation"), ror=OuterRef("affiliation_ror")
    )
    return (
        PublicationAgent.objects.exclude(affiliation="")
        .annotate(**{name: Subquery(known.values(name)) for name in ("address", "city", "country")})
        .order_by("pk")
    )


@once_a_day
def agents(_today: date) -> Rows:
    return PublicationAgent.objects.order_by("pk")


@once_a_day
def open_investigations(today: date) -> Rows:
    return Investigation.objects.visible_to(ANONYMOUS, today=today, level=Level.METADATA)
