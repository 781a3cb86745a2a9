"""From rows to the public Record: the only place that joins them for publication."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import cast

from django.conf import settings
from django.db.models import Count, Max, Q, QuerySet, Sum

from catalogue.models import (
    DataPublication,
    Dataset,
    Investigation,
    PublicationAgent,
    PublicationKind,
    Sample,
    Technique,
)
from catalogue.models.dataset import public
from catalogue.models.investigation import released
from catalogue.policy.disclosure import Milestones, next_disclosure, shown_fields
from catalogue.policy.embargo import IN_EMBARGO, Audience, EmbargoTerms
from catalogue.policy.publication import redacted, tombstone
from catalogue.publication.doi import oai_identifier
from catalogue.record import (
    Agent,
    Contributor,
    ContributorType,
    FundingReference,
    InstrumentRef,
    Organisation,
    Record,
    RelatedIdentifier,
    SampleRef,
    TechniqueTerm,
)
from catalogue.vocabulary.licences import licence_of


def published_datasets(publication: DataPublication) -> QuerySet[Dataset]:
    """Returns the datasets a DOI stands for, closed ones included: filter before showing any.

    A chosen dataset that has left the investigation since is no part of it: another policy says
    what may be told of it.
    """
    if publication.imported_document and publication.kind == PublicationKind.SELECTION:
        # Another catalogue's documents share datasets, each of which has one home here.
        return Dataset.objects.filter(publications=publication)
    if publication.kind == PublicationKind.CONCEPT:
        return published_datasets(described_by(publication))
    datasets = Dataset.objects.filter(investigation_id=publication.investigation_id)
    if publication.kind == PublicationKind.EXPERIMENT:
        return datasets
    return datasets.filter(publications=publication)


def is_open(publication: DataPublication, *, today: date) -> bool:
    """Tells whether all the data of a DOI are open to their audience on that day."""
    if publication.withdrawn_at is not None:
        return False
    if publication.kind == PublicationKind.EXPERIMENT:
        investigation = Investigation.objects.filter(pk=publication.investigation_id)
        return investigation.filter(released(today)).exists()
    chosen = published_datasets(publication)
    return chosen.exists() and not chosen.exclude(public(today)).exists()


def public_record(publication: DataPublication, *, today: date) -> Record:
    """Returns all that may be said in public about a DOI on a day; a fixed number of queries."""
    record = record_of(publication)
    if publication.withdrawn_at is not None and publication.was_open:
        return tombstone(record)
    investigation = publication.investigation
    if is_open(publication, today=today):
        is_for_all = investigation.audience == Audience.EVERYONE
        return record if is_for_all else replace(record, access="registered")
    shown = shown_fields(*_disclosure(investigation), today=today)
    opens = investigation.release_date if investigation.state in IN_EMBARGO else None
    closed = redacted(record, shown, opens=opens)
    return tombstone(closed) if publication.withdrawn_at else closed


def says_more_on(publication: DataPublication, *, today: date) -> date | None:
    """Returns the day from which on more may be said of a DOI whose data are closed."""
    return next_disclosure(*_disclosure(publication.investigation), today=today)


def _disclosure(investigation: Investigation) -> tuple[EmbargoTerms | None, Milestones]:
    proposal = investigation.proposal
    policy = proposal.embargo_policy
    milestones = Milestones(accepted=proposal.accepted_on, ended=investigation.end)
    return policy.terms if policy else None, milestones


def record_of(publication: DataPublication) -> Record:
    """Returns the whole record of a DOI, as it will read once the data are open."""
    if publication.kind == PublicationKind.CONCEPT:
        return _concept_record(publication)
    investigation = publication.investigation
    proposal = investigation.proposal
    facility = proposal.facility
    contents = _contents(publication)
    creators, contributors = agents_of(publication)
    if publication.imported_document and not creators:
        # DataCite and OpenAIRE take no record without a creator.
        creators = (Agent(facility.publisher_name, is_organisation=True),)
    return Record(
        doi=publication.doi,
        oai_identifier=oai_identifier(publication.doi, domain=settings.OAI_DOMAIN),
        title=publication.title,
        creators=creators,
        contributors=contributors,
        publisher=Organisation(facility.publisher_name, facility.ror),
        publication_year=publication.published_on.year,
        facility_slug=facility.slug,
        facility_name=facility.name,
        access="open",
        licence=licence_of(publication.licence),
        published=publication.published_on,
        modified=publication.modified_at,
        is_test_doi=publication.is_test_doi,
        abstract=publication.abstract,
        keywords=tuple(proposal.keywords),
        discipline=facility.discipline,
        techniques=_techniques(publication),
        instrument=_instrument(investigation),
        proposal_code=proposal.code,
        samples=_samples(publication),
        collected_from=investigation.start,
        collected_to=investigation.end,
        available=_available(publication),
        size_bytes=contents.size_bytes,
        file_count=contents.file_count,
        dataset_count=contents.dataset_count,
        imported_document=publication.imported_document,
        related=(*_versions(publication), *related_of(publication)),
        funding=funding_of(publication),
        version=str(publication.version) if publication.concept_id else "",
        run_numbers=_run_numbers(publication),
        withdrawn=publication.withdrawn_at.date() if publication.withdrawn_at else None,
        withdrawal_reason=publication.withdrawal_reason,
    )


def _concept_record(concept: DataPublication) -> Record:
    """Returns what is said of all versions: what is said of the newest, under the concept's DOI."""
    newest = described_by(concept)
    return replace(
        record_of(newest),
        doi=concept.doi,
        oai_identifier=oai_identifier(concept.doi, domain=settings.OAI_DOMAIN),
        is_test_doi=concept.is_test_doi,
        published=concept.published_on,
        publication_year=concept.published_on.year,
        modified=concept.modified_at,
        related=(*_versions(concept), *related_of(newest)),
        version="",
        withdrawn=concept.withdrawn_at.date() if concept.withdrawn_at else None,
        withdrawal_reason=concept.withdrawal_reason,
    )


def described_by(publication: DataPublication) -> DataPublication:
    """Returns the publication whose words and data stand for a DOI: of a concept, the newest.

    One that has been withdrawn only where all have been.
    """
    if publication.kind != PublicationKind.CONCEPT:
        return publication
    described = newest_version(publication) or publication.versions.order_by("-version")[0]
    described.investigation = publication.investigation
    return described


def newest_version(concept: DataPublication) -> DataPublication | None:
    """Returns the newest version that has not been withdrawn."""
    return concept.versions.filter(withdrawn_at=None).order_by("-version").first()


# More of them are a list for the landing page, not for a citation's metadata.
MOST_RUN_NUMBERS = 50


def _run_numbers(publication: DataPublication) -> tuple[str, ...]:
    """Returns the facility's numbers of chosen datasets; a whole experiment has its proposal's."""
    if publication.kind == PublicationKind.EXPERIMENT:
        return ()
    numbers = published_datasets(publication).exclude(run_number="").order_by("pk")
    found = tuple(numbers.values_list("run_number", flat=True)[: MOST_RUN_NUMBERS + 1])
    return found if len(found) <= MOST_RUN_NUMBERS else ()


def _versions(publication: DataPublication) -> Iterator[RelatedIdentifier]:
    """Yields the other versions of a choice (DataCite 4.6 §Versioning), and what stands for all."""
    if publication.kind == PublicationKind.CONCEPT:
        for doi in publication.versions.order_by("version").values_list("doi", flat=True):
            yield RelatedIdentifier(doi, "DOI", "HasVersion", "Dataset")
    if publication.concept is None:
        return
    yield RelatedIdentifier(publication.concept.doi, "DOI", "IsVersionOf", "Dataset")
    beside = dict(publication.concept.versions.values_list("version", "doi"))
    for step, relation in ((-1, "IsNewVersionOf"), (1, "IsPreviousVersionOf")):
        if other := beside.get(publication.version + step):
            yield RelatedIdentifier(other, "DOI", relation, "Dataset")


def related_of(publication: DataPublication) -> tuple[RelatedIdentifier, ...]:
    return tuple(
        RelatedIdentifier(
            row.identifier, row.identifier_type, row.relation_type, row.resource_type, row.title
        )
        for row in publication.related_identifiers.all()
    )


def funding_of(publication: DataPublication) -> tuple[FundingReference, ...]:
    return tuple(
        FundingReference(
            row.funder_name,
            row.funder_identifier,
            row.award_number,
            row.award_title,
            row.award_uri,
        )
        for row in publication.funding.all()
    )


@dataclass(frozen=True, slots=True)
class _Contents:
    dataset_count: int
    file_count: int
    size_bytes: int


def _contents(publication: DataPublication) -> _Contents:
    if publication.kind == PublicationKind.EXPERIMENT:
        kept = publication.investigation
        return _Contents(kept.dataset_count, kept.file_count, kept.size_bytes)
    sums = publication.datasets.aggregate(
        datasets=Count("pk"), files=Sum("file_count"), size=Sum("size_bytes")
    )
    return _Contents(sums["datasets"], sums["files"] or 0, sums["size"] or 0)


def _available(publication: DataPublication) -> date | None:
    """Returns the day the last of the data opened or will open."""
    release_date = publication.investigation.release_date
    if publication.kind == PublicationKind.EXPERIMENT:
        return release_date
    if publication.datasets.filter(released_early_on=None).exists():
        return release_date
    last: date | None = publication.datasets.aggregate(last=Max("released_early_on"))["last"]
    return last


def agents_of(
    publication: DataPublication,
) -> tuple[tuple[Agent, ...], tuple[Contributor, ...]]:
    rows = list(publication.agents.all())
    creators = tuple(_agent(row) for row in rows if not row.contributor_type)
    contributors = tuple(
        Contributor(_agent(row), cast(ContributorType, row.contributor_type))
        for row in rows
        if row.contributor_type
    )
    return creators, contributors


def _agent(row: PublicationAgent) -> Agent:
    first = Organisation(row.affiliation, row.affiliation_ror)
    further = (Organisation(**place) for place in row.further_affiliations)
    return Agent(
        name=row.name,
        given_name=row.given_name,
        family_name=row.family_name,
        orcid=row.orcid,
        affiliations=tuple(place for place in (first, *further) if place.name),
        is_organisation=row.is_organisation,
    )


def _techniques(publication: DataPublication) -> tuple[TechniqueTerm, ...]:
    used = Dataset.techniques.through.objects.filter(
        dataset__in=published_datasets(publication).values("pk")
    )
    tags = Technique.objects.filter(pk__in=used.values("technique"))
    # A facility's own technique is told by the PaNET term that it is.
    meant = Q(pid="", pk__in=tags.values("pk")) | Q(pk__in=tags.values("panet_term"))
    rows = Technique.objects.filter(meant).order_by("code")
    return tuple(TechniqueTerm(row.code, row.label, row.iri) for row in rows)


def _samples(publication: DataPublication) -> tuple[SampleRef, ...]:
    datasets = published_datasets(publication).order_by()
    used = Q(pk__in=datasets.values("sample")) | Q(further_datasets__in=datasets.values("pk"))
    rows = Sample.objects.filter(used).distinct().order_by("name")
    return tuple(SampleRef(row.name, row.formula, row.description) for row in rows)


def _instrument(investigation: Investigation) -> InstrumentRef | None:
    row = investigation.instrument
    return InstrumentRef(row.name, row.slug, row.pid) if row else None
