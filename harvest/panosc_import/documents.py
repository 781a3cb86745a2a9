"""A document item as rows: proposal, investigation and team; then the publication, its record."""

from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from uuid import UUID

from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce, Lower

from catalogue import audit
from catalogue.models import (
    DataPublication,
    Dataset,
    DoiState,
    Facility,
    Investigation,
    Proposal,
    PublicationItem,
    PublicationKind,
)
from catalogue.policy.embargo import ReleaseState
from catalogue.publication.details import Part, write_agents
from catalogue.publication.doi import TEST_PREFIX
from catalogue.publication.records import write_record
from catalogue.record import Agent, Organisation
from catalogue.search.columns import canonical_uuid
from catalogue.vocabulary.roles import CREATOR_ROLES, role_from_text
from harvest.panosc_import.datasets import write_parameters
from harvest.panosc_import.items import DocumentItem, ItemError, MemberItem
from harvest.panosc_import.shared_rows import SharedRows
from harvest.panosc_import.team import write_team

# The proposal of what no document names, at each facility.
LOOSE = "imported"
# One investigation is as open as its document, the other holds the datasets that are not.
LIKE_DOCUMENT, OTHERWISE = 1, 2


@dataclass(frozen=True, slots=True)
class Openness:
    """Open since a day, or closed until one; closed without a day, until a person decides."""

    is_open: bool
    day: date | None

    def columns(self, now: datetime) -> dict[str, object]:
        state = ReleaseState.OPEN if self.is_open else ReleaseState.UNDER_EMBARGO
        return {
            "release_state": state.value,
            "release_date": self.day,
            "released_at": now if self.is_open else None,
        }


def openness(is_public: bool, opens: datetime | None, *, today: date) -> Openness:
    """Returns what is open here: what the source calls public and gives no later day.

    What is not public stays closed. A day that has passed without opening it says nothing, and must
    not let the next release open it.
    """
    day = opens.date() if opens else None
    if is_public and (day is None or day <= today):
        return Openness(True, day or today)
    return Openness(False, day if day and day > today else None)


def find_publication(pid: str) -> DataPublication | None:
    """Returns the publication that an import has made of a document.

    Raises:
        ItemError: the pid is a DOI that this catalogue has given.
    """
    row = (
        DataPublication.objects.with_investigation()
        .annotate(lower=Lower("doi"))
        .filter(lower=pid.lower())
        .first()
    )
    if row is not None and not row.imported_document:
        raise ItemError("is a publication that this catalogue has by itself; left as it is")
    return row


def home_of(
    document: DocumentItem | None, facility: Facility, *, is_public: bool, now: datetime
) -> Investigation:
    """Returns the investigation of a document, or of no document, that is as open as is asked."""
    like_document = is_public == (document.is_public if document else True)
    investigation = _investigation(document, facility, now) if document else None
    if investigation is not None and like_document:
        return investigation
    proposal = investigation.proposal if investigation else _loose_proposal(facility)
    row, _ = Investigation.objects.get_or_create(
        proposal=proposal,
        visit_number=LIKE_DOCUMENT if like_document else OTHERWISE,
        defaults={
            "title": proposal.title,
            **openness(is_public, None, today=now.date()).columns(now),
        },
    )
    return row


def _loose_proposal(facility: Facility) -> Proposal:
    row, _ = Proposal.objects.get_or_create(
        facility=facility, code=LOOSE, defaults={"title": "Datasets of no document"}
    )
    return row


def _investigation(document: DocumentItem, facility: Facility, now: datetime) -> Investigation:
    publication = find_publication(document.pid) or _new_publication(document, facility, now)
    return publication.investigation


def _new_publication(document: DocumentItem, facility: Facility, now: datetime) -> DataPublication:
    code = _code(document.pid)
    if Proposal.objects.filter(facility=facility, code=code).exists():
        raise ItemError(f"{facility.slug} has a proposal {code} already; left as it is")
    proposal = Proposal.objects.create(
        facility=facility,
        code=code,
        title=document.title,
        abstract=document.summary,
        keywords=list(document.keywords),
    )
    investigation = Investigation.objects.create(
        proposal=proposal,
        visit_number=LIKE_DOCUMENT,
        title=document.title,
        abstract=document.summary,
        **_days(document),
        **openness(document.is_public, document.opens, today=now.date()).columns(now),
    )
    publication = DataPublication.objects.create(
        investigation=investigation,
        kind=PublicationKind.EXPERIMENT,
        doi=document.pid,
        # It has been registered where it comes from, or is no DOI at all.
        doi_state=DoiState.FINDABLE,
        is_test_doi=not document.pid.startswith("10.") or document.pid.startswith(TEST_PREFIX),
        title=document.title,
        abstract=document.summary,
        licence=document.licence,
        published_on=_day(document.opens) or _day(document.ends) or now.date(),
        imported_document=_as_given(document),
    )
    audit.note("import", publication, actor=None)
    return publication


def _code(pid: str) -> str:
    """Returns a proposal's number for a pid; what is too long for one ends in its digest."""
    return pid if len(pid) <= 60 else f"{pid[:43]}-{sha256(pid.encode()).hexdigest()[:16]}"


def _days(document: DocumentItem) -> dict[str, date | None]:
    start, end = _day(document.starts), _day(document.ends)
    in_order = start is None or end is None or start <= end
    return {"start": start, "end": end} if in_order else {"start": end, "end": start}


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def _as_given(document: DocumentItem) -> dict[str, str]:
    texts = {"title": document.title, "summary": document.summary}
    return {"type": "publication", **document.as_given, **texts}


def publish_document(
    document: DocumentItem, facility: Facility, shared: SharedRows, *, now: datetime
) -> bool:
    """Writes all of a document but its datasets' own rows, and its public record if it is public.

    Returns whether it has one. What is not public has no record until it is released.
    """
    publication = find_publication(document.pid) or _new_publication(document, facility, now)
    investigation = publication.investigation
    _write_texts(publication, document)
    _write_agents(publication, document.members)
    write_team(investigation, document.members)
    write_parameters(
        investigation.parameters, "investigation", investigation, document.parameters, shared
    )
    _write_items(publication, document)
    settle(investigation)
    if investigation.state is not ReleaseState.OPEN or publication.withdrawn_at is not None:
        return False
    write_record(publication, today=now.date())
    return True


def _write_texts(publication: DataPublication, document: DocumentItem) -> None:
    """Writes what the source has changed since; what a person has changed here stays."""
    before, given = publication.imported_document, _as_given(document)
    for column, name in _TEXTS.items():
        if getattr(publication, column) == before.get(name, ""):
            setattr(publication, column, given.get(name, ""))
    publication.imported_document = given
    publication.save()


# A publication's own columns, by the fields of the Document they come from.
_TEXTS = {"title": "title", "abstract": "summary", "licence": "license"}


def _write_agents(publication: DataPublication, members: tuple[MemberItem, ...]) -> None:
    """Writes who is named; what somebody has amended here stays."""
    if publication.amended_at is None:
        write_agents(publication, [_part(member) for member in members])


def _part(member: MemberItem) -> Part:
    place = member.affiliation
    agent = Agent(
        member.full_name,
        given_name=member.first_name,
        family_name=member.last_name,
        orcid=member.orcid,
        affiliations=(Organisation(place.name),) if place else (),
    )
    is_creator = role_from_text(member.role) in CREATOR_ROLES
    return Part(
        agent,
        contributor_type="" if is_creator else "DataCollector",
        imported_id=member.id,
        imported_role=member.role,
        researcher_id=member.researcher_id,
    )


def _write_items(publication: DataPublication, document: DocumentItem) -> None:
    """Links the datasets that are here; a public document stands for exactly those.

    One that is not public stands for its investigation, so that it opens with that and not before.
    """
    rows = {pid: pk for pk, pid in _datasets_of(document)}
    pids = [pid for pid in dict.fromkeys(document.dataset_pids) if pid in rows]
    wanted = [rows[pid] for pid in pids]
    known = list(publication.items.values_list("dataset_id", flat=True))
    if known != wanted:
        publication.items.all().delete()
        PublicationItem.objects.bulk_create(
            PublicationItem(publication=publication, dataset_id=pk, order=order)
            for order, pk in enumerate(wanted)
        )
    is_selection = document.is_public and bool(wanted)
    kind = PublicationKind.SELECTION if is_selection else PublicationKind.EXPERIMENT
    if publication.kind != kind:
        publication.kind = kind
        publication.save(update_fields=["kind", "modified_at"])


def _datasets_of(document: DocumentItem) -> list[tuple[int, str]]:
    imported = Dataset.objects.filter(name__in=document.dataset_pids)
    named = Q(pid=F("name")) | Q(pid="", uid__in=_uids(document.dataset_pids))
    return list(imported.filter(named).values_list("pk", "name"))


def _uids(pids: tuple[str, ...]) -> list[UUID]:
    return [uid for uid in map(canonical_uuid, pids) if uid]


def settle(investigation: Investigation) -> None:
    """Counts an investigation's datasets; where all are of one instrument, it is the visit's."""
    datasets = Dataset.objects.filter(investigation=investigation).order_by()
    sums = datasets.aggregate(
        dataset_count=Count("pk"),
        file_count=Coalesce(Sum("file_count"), 0),
        size_bytes=Coalesce(Sum("size_bytes"), 0),
    )
    instruments = list(datasets.values_list("instrument", flat=True).distinct()[:2])
    used = instruments[0] if len(instruments) == 1 else None
    Investigation.objects.filter(pk=investigation.pk).update(**sums)
    if investigation.instrument_id is None and used and investigation.visit_number == LIKE_DOCUMENT:
        investigation.instrument_id = used
        investigation.save(update_fields=["instrument", "modified_at"])
