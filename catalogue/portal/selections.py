"""The rows that pages show. What is not a published record comes through `visible_to`."""

from datetime import date

from django.contrib.postgres.search import SearchHeadline, SearchQuery, SearchRank
from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet
from django.db.models.functions import Lower

from catalogue.models import (
    AccessGrant,
    Datafile,
    DataPublication,
    Dataset,
    InstrumentScientist,
    Investigation,
    InvestigationUser,
    PublicationItem,
    PublicationKind,
    PublishedRecord,
    TechniqueClosure,
)
from catalogue.models.investigation import joins
from catalogue.models.published_record import PublishedRecordQuerySet
from catalogue.policy.embargo import Audience
from catalogue.policy.visibility import ANONYMOUS, Facts, Level, Viewer
from catalogue.portal.cards import MARK_END, MARK_START

# In a list of datasets; all files of one dataset are on its own page.
FILES_SHOWN_PER_DATASET = 20


def records_for_cards() -> PublishedRecordQuerySet:
    """Returns the live records, newest first, without the documents no card shows."""
    return (
        PublishedRecord.objects.live()
        .select_related("publication__investigation")
        .defer("search_document", "search_vector")
        .order_by("-datestamp", "-pk")
    )


def records_found(text: str) -> PublishedRecordQuerySet:
    """Returns the live records that match words as people type them, best first.

    Quotes, `or` and `-` mean what they mean elsewhere (PostgreSQL websearch_to_tsquery).
    """
    wanted = SearchQuery(text, search_type="websearch", config="catalogue")
    headline = SearchHeadline(
        "title",
        wanted,
        config="catalogue",
        start_sel=MARK_START,
        stop_sel=MARK_END,
        highlight_all=True,
    )
    return (
        records_for_cards()
        .filter(search_vector=wanted)
        .annotate(rank=SearchRank(F("search_vector"), wanted), headline=headline)
        .order_by("-rank", "-datestamp", "-pk")
    )


def measured_with(technique: str, *, today: date) -> Q:
    """Returns the records of open datasets made with a technique or one below it in PaNET.

    Only open ones, because a policy may hide the technique of closed data.
    """
    within = TechniqueClosure.objects.filter(ancestor__code=technique).values("descendant")
    made = Dataset.objects.visible_to(ANONYMOUS, today=today, level=Level.METADATA).filter(
        pk__in=Dataset.techniques.through.objects.filter(technique__in=within).values("dataset")
    )
    whole = Q(
        publication__kind=PublicationKind.EXPERIMENT,
        publication__investigation__in=made.values("investigation"),
    )
    items = PublicationItem.objects.filter(dataset__in=made.values("pk"))
    return Q(is_open=True) & (whole | Q(publication__in=items.values("publication")))


def record_with_doi(doi: str) -> PublishedRecord | None:
    """Returns the published record of a DOI in any spelling of its case, withdrawn ones too."""
    if "\x00" in doi:  # which PostgreSQL has no text for
        return None
    return (
        PublishedRecord.objects.select_related(*joins("publication__investigation__"))
        .alias(lower_doi=Lower("publication__doi"))
        .filter(lower_doi=doi.lower())
        .first()
    )


def records_about(dataset: Dataset) -> QuerySet[PublishedRecord]:
    """Returns the live records of the DOIs that hold a dataset, its whole experiment's first."""
    whole = Q(
        publication__kind=PublicationKind.EXPERIMENT,
        publication__investigation=dataset.investigation_id,
    )
    chosen = Q(publication__in=DataPublication.objects.filter(datasets=dataset))
    return records_for_cards().filter(whole | chosen).order_by("publication__kind", "pk")


def datasets_with_files(datasets: QuerySet[Dataset]) -> QuerySet[Dataset]:
    """Returns datasets in the order they were taken, each with its first files."""
    files = Datafile.objects.order_by("name", "pk")[:FILES_SHOWN_PER_DATASET]
    return (
        datasets.select_related("sample", "instrument")
        .prefetch_related(Prefetch("files", queryset=files, to_attr="first_files"))
        .order_by(F("start").asc(nulls_last=True), "pk")
    )


def facts_of(investigation: Investigation, *, dataset: Dataset | None = None) -> Facts:
    """Returns what decides on an investigation, or on a dataset of it; see `with_facts`."""
    scientists = investigation.instrument.scientists.all() if investigation.instrument else ()
    grants = [*investigation.grants.all(), *(dataset.grants.all() if dataset else ())]
    return Facts(
        state=investigation.state,
        release_date=investigation.release_date,
        member_ids=frozenset(member.person_id for member in investigation.members.all()),
        released_early_on=dataset.released_early_on if dataset else None,
        scientists=tuple(row.appointment for row in scientists),
        grants=tuple(grant.facts for grant in grants),
        audience=Audience(investigation.audience),
    )


def with_facts(prefix: str = "") -> list[Prefetch[str]]:
    """Returns what to prefetch, from an investigation on, for `facts_of` and what is said of it."""
    members = InvestigationUser.objects.select_related("person", "affiliation")
    scientists = InstrumentScientist.objects.select_related("person").order_by("pk")
    return [
        Prefetch(f"{prefix}members", queryset=members.order_by("order", "pk")),
        Prefetch(f"{prefix}instrument__scientists", queryset=scientists),
        Prefetch(f"{prefix}grants", queryset=_grants()),
    ]


def _grants() -> QuerySet[AccessGrant]:
    return AccessGrant.objects.select_related("granted_by").prefetch_related("group__people")


def investigations_to_show(viewer: Viewer, *, today: date) -> QuerySet[Investigation]:
    """Returns what a viewer may read about, with all that lists and pages say beside datasets."""
    visible = Investigation.objects.visible_to(viewer, today=today, level=Level.METADATA)
    return (
        telling_parts(visible, today=today)
        .select_related(*joins())
        .prefetch_related(
            *with_facts(), Prefetch("publications", queryset=_published(), to_attr="published")
        )
    )


def telling_parts(rows: QuerySet[Investigation], *, today: date) -> QuerySet[Investigation]:
    """Returns rows that tell, as `has_open_datasets`, whether some of their data opened early."""
    opened = Dataset.objects.filter(investigation=OuterRef("pk"), released_early_on__lte=today)
    return rows.annotate(has_open_datasets=Exists(opened))


def datasets_to_show(viewer: Viewer, *, today: date) -> QuerySet[Dataset]:
    """Returns what a viewer may read about, with everything its page says but the files."""
    return (
        _datasets(viewer, today=today, level=Level.METADATA)
        .select_related("instrument__facility", "sample")
        .prefetch_related("techniques", "parameters__type", "sample__parameters__type")
    )


def datasets_read(viewer: Viewer, *, today: date) -> QuerySet[Dataset]:
    """Returns the datasets whose files a viewer may have, with what decides on each."""
    return _datasets(viewer, today=today, level=Level.READ)


def _datasets(viewer: Viewer, *, today: date, level: Level) -> QuerySet[Dataset]:
    visible = Dataset.objects.visible_to(viewer, today=today, level=level)
    return visible.select_related(*joins("investigation__")).prefetch_related(
        Prefetch("grants", queryset=_grants()), *with_facts("investigation__")
    )


def _published() -> QuerySet[DataPublication]:
    return DataPublication.objects.filter(record__is_deleted=False).order_by("kind", "pk")
