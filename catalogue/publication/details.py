"""What somebody enters of a publication: its words, people, funding and relations."""

from dataclasses import dataclass

from catalogue.models import (
    DataPublication,
    FundingReference,
    PublicationAgent,
    RelatedIdentifier,
)
from catalogue.record import Agent
from catalogue.record import FundingReference as Grant
from catalogue.record import RelatedIdentifier as Relation


@dataclass(frozen=True, slots=True)
class Details:
    """All that is said of a choice beside the data. `licence`: SPDX identifier."""

    title: str
    abstract: str
    licence: str
    creators: tuple[Agent, ...]
    funding: tuple[Grant, ...] = ()
    related: tuple[Relation, ...] = ()


def write_details(publication: DataPublication, details: Details) -> None:
    """Puts what was entered in the place of what was there; contributors stay."""
    publication.title = details.title
    publication.abstract = details.abstract
    publication.licence = details.licence
    publication.save(update_fields=["title", "abstract", "licence", "modified_at"])
    publication.agents.filter(contributor_type="").delete()
    PublicationAgent.objects.bulk_create(
        _agent_row(publication, agent, order) for order, agent in enumerate(details.creators)
    )
    publication.funding.all().delete()
    FundingReference.objects.bulk_create(
        FundingReference(
            publication=publication,
            order=order,
            funder_name=grant.funder_name,
            funder_identifier=grant.funder_identifier,
            award_number=grant.award_number,
            award_title=grant.award_title,
            award_uri=grant.award_uri,
        )
        for order, grant in enumerate(details.funding)
    )
    publication.related_identifiers.all().delete()
    RelatedIdentifier.objects.bulk_create(
        RelatedIdentifier(
            publication=publication,
            order=order,
            relation_type=relation.relation_type,
            identifier=relation.identifier,
            identifier_type=relation.identifier_type,
            resource_type=relation.resource_type,
            title=relation.title,
        )
        for order, relation in enumerate(details.related)
    )


def _agent_row(publication: DataPublication, agent: Agent, order: int) -> PublicationAgent:
    place = agent.affiliations[0] if agent.affiliations else None
    return PublicationAgent(
        publication=publication,
        order=order,
        name=agent.name,
        given_name=agent.given_name,
        family_name=agent.family_name,
        orcid=agent.orcid,
        is_organisation=agent.is_organisation,
        affiliation=place.name if place else "",
        affiliation_ror=place.ror if place else "",
    )
