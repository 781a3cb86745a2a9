"""What is said of a publication beside its data: words, people, funding, relations; as rows."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TypeVar

from django.db.models import Model, QuerySet

from catalogue.models import (
    DataPublication,
    FundingReference,
    Investigation,
    InvestigationUser,
    PublicationAgent,
    RelatedIdentifier,
)
from catalogue.queries import agents_of, funding_of, related_of
from catalogue.record import Agent, Organisation
from catalogue.record import FundingReference as Grant
from catalogue.record import RelatedIdentifier as Relation
from catalogue.vocabulary.roles import CREATOR_ROLES

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Details:
    """All that is said of a choice beside the data. `licence`: SPDX identifier."""

    title: str
    abstract: str
    licence: str
    creators: tuple[Agent, ...]
    funding: tuple[Grant, ...] = ()
    related: tuple[Relation, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """Somebody's part in a publication. `contributor_type`: '' for creators.

    imported_id, imported_role, researcher_id: what the catalogue that it was moved from calls them.
    """

    agent: Agent
    contributor_type: str = ""
    imported_id: str = ""
    imported_role: str = ""
    researcher_id: str = ""


def proposed(investigation: Investigation) -> Details:
    """Returns what an experiment says by itself: its words, people, and its policy's licence."""
    proposal = investigation.proposal
    policy = proposal.embargo_policy
    parts = team_of(investigation)
    return Details(
        title=investigation.title or proposal.title,
        abstract=investigation.abstract or proposal.abstract,
        licence=policy.licence if policy else "CC-BY-4.0",
        creators=tuple(part.agent for part in parts if not part.contributor_type),
    )


def details_of(publication: DataPublication) -> Details:
    """Returns what is said of a publication now, whatever the public may read of it."""
    creators, _ = agents_of(publication)
    return Details(
        title=publication.title,
        abstract=publication.abstract,
        licence=publication.licence,
        creators=creators,
        funding=funding_of(publication),
        related=related_of(publication),
    )


def team_of(investigation: Investigation) -> list[Part]:
    """Returns the people of an experiment: each once, with the first of their roles."""
    members: dict[int, InvestigationUser] = {}
    for member in investigation.members.select_related("person", "affiliation"):
        members.setdefault(member.person_id, member)
    return [_part(member) for member in members.values()]


def _part(member: InvestigationUser) -> Part:
    person, place = member.person, member.affiliation
    agent = Agent(
        person.full_name,
        given_name=person.given_name,
        family_name=person.family_name,
        orcid=person.orcid or "",
        affiliations=(Organisation(place.name, place.ror),) if place else (),
    )
    return Part(agent, "" if member.role in CREATOR_ROLES else "DataCollector")


def write_details(publication: DataPublication, details: Details) -> None:
    """Puts what was entered in the place of what was there; contributors stay."""
    publication.title = details.title
    publication.abstract = details.abstract
    publication.licence = details.licence
    publication.save(update_fields=["title", "abstract", "licence", "modified_at"])
    before = publication.agents.filter(contributor_type="")
    creators = [_part_as(agent, row) for agent, row in _with_rows(details.creators, list(before))]
    _put(before, _agents(publication, creators))
    grants = (
        FundingReference(publication=publication, order=order, **asdict(grant))
        for order, grant in enumerate(details.funding)
    )
    _put(publication.funding.all(), grants)
    relations = (
        RelatedIdentifier(publication=publication, order=order, **asdict(relation))
        for order, relation in enumerate(details.related)
    )
    _put(publication.related_identifiers.all(), relations)


def _with_rows(
    agents: Sequence[Agent], rows: list[PublicationAgent]
) -> Iterator[tuple[Agent, PublicationAgent | None]]:
    """Yields each creator with the row of the same person, or None for one who is new.

    The surest signs are looked for first, so that of two of one name each keeps what is theirs.
    """
    found: dict[int, PublicationAgent] = {}
    for is_same in (_is_unchanged, _keeps_orcid, _has_gained_orcid):
        for place, agent in enumerate(agents):
            same = next((row for row in rows if is_same(agent, row)), None)
            if same and place not in found:
                found[place] = same
                rows.remove(same)
    return ((agent, found.get(place)) for place, agent in enumerate(agents))


def _is_unchanged(agent: Agent, row: PublicationAgent) -> bool:
    return (agent.name, agent.orcid) == (row.name, row.orcid)


def _keeps_orcid(agent: Agent, row: PublicationAgent) -> bool:
    return bool(row.orcid) and agent.orcid == row.orcid


def _has_gained_orcid(agent: Agent, row: PublicationAgent) -> bool:
    return not row.orcid and agent.name == row.name


def _part_as(agent: Agent, row: PublicationAgent | None) -> Part:
    """Returns a creator's part, with what another catalogue calls the person of a row."""
    if row is None:
        return Part(agent)
    return Part(
        agent,
        imported_id=row.imported_id,
        imported_role=row.imported_role,
        researcher_id=row.researcher_id,
    )


def write_agents(publication: DataPublication, parts: Sequence[Part]) -> None:
    """Puts people in the place of all that were named, creators and contributors."""
    _put(publication.agents.all(), _agents(publication, parts))


def _agents(publication: DataPublication, parts: Sequence[Part]) -> Iterator[PublicationAgent]:
    for order, part in enumerate(parts):
        agent = part.agent
        first, *further = agent.affiliations or (Organisation(""),)
        yield PublicationAgent(
            publication=publication,
            order=order,
            name=agent.name,
            given_name=agent.given_name,
            family_name=agent.family_name,
            orcid=agent.orcid,
            is_organisation=agent.is_organisation,
            affiliation=first.name,
            affiliation_ror=first.ror,
            further_affiliations=[asdict(place) for place in further],
            contributor_type=part.contributor_type,
            imported_id=part.imported_id,
            imported_role=part.imported_role,
            researcher_id=part.researcher_id,
        )


def _put(rows: "QuerySet[Row]", wanted: Iterable[Row]) -> None:
    """Puts rows in the place of others, unless they say the same: those keep their keys."""
    new = list(wanted)
    if [_said(row) for row in rows] != [_said(row) for row in new]:
        rows.delete()
        rows.model._default_manager.bulk_create(new)


def _said(row: Model) -> tuple[object, ...]:
    passed = ("id", "publication", "order")
    fields = [field for field in row._meta.concrete_fields if field.name not in passed]
    return tuple(getattr(row, field.attname) for field in fields)
