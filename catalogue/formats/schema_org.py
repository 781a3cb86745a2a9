"""schema.org Dataset as JSON-LD, read on landing pages by search engines and FAIR assessors."""

from typing import Any

from catalogue.formats.datacite import display_name
from catalogue.formats.terms import ACCESS_RIGHTS, collected, doi_url, is_under_embargo
from catalogue.formats.xml import legal
from catalogue.record import Agent, FundingReference, Organisation, Record, TechniqueTerm
from catalogue.vocabulary.panet import IRI_PREFIX

Json = dict[str, Any]


def json_ld(record: Record) -> Json:
    """Returns the JSON-LD object; it names the DOI and no address of this site."""
    address = doi_url(record.doi)
    document: Json = {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "@id": address,
        "url": address,
        "identifier": _identifier(record.doi),
        "name": record.title,
        "description": record.abstract,
        "creator": [_agent(agent) for agent in record.creators],
        "contributor": [_agent(contributor.agent) for contributor in record.contributors],
        "publisher": _organisation(record.publisher),
        "datePublished": record.published.isoformat(),
        "dateModified": record.modified.date().isoformat(),
        "temporalCoverage": collected(record),
        "keywords": list(record.keywords),
        "measurementTechnique": [_technique(term) for term in record.techniques],
        "license": record.licence.url,
        "isAccessibleForFree": record.access == "open",
        "conditionsOfAccess": _conditions(record),
        "encodingFormat": list(record.formats),
        "size": f"{record.size_bytes} bytes" if record.size_bytes is not None else "",
        "inLanguage": record.language,
        "version": record.version,
        "funding": [_grant(grant) for grant in record.funding],
        "creativeWorkStatus": "Withdrawn" if record.withdrawn else "",
    }
    return dict(legal(document))


def _identifier(doi: str) -> Json:
    return {
        "@type": "PropertyValue",
        "propertyID": "https://registry.identifiers.org/registry/doi",
        "value": f"doi:{doi}",
        "url": doi_url(doi),
    }


def _agent(agent: Agent) -> Json:
    if agent.is_organisation:
        return _organisation(Organisation(agent.name))
    return {
        "@type": "Person",
        "@id": f"https://orcid.org/{agent.orcid}" if agent.orcid else "",
        "name": display_name(agent),
        "givenName": agent.given_name,
        "familyName": agent.family_name,
        "affiliation": [_organisation(place) for place in agent.affiliations],
    }


def _organisation(organisation: Organisation) -> Json:
    return {"@type": "Organization", "@id": organisation.ror, "name": organisation.name}


def _grant(grant: FundingReference) -> Json:
    return {
        "@type": "Grant",
        "@id": grant.award_uri,
        "name": grant.award_title,
        "identifier": grant.award_number,
        "funder": _organisation(Organisation(grant.funder_name, grant.funder_identifier)),
    }


def _technique(term: TechniqueTerm) -> Json:
    return {
        "@type": "DefinedTerm",
        "@id": term.iri,
        "name": term.label,
        "termCode": term.code,
        "inDefinedTermSet": IRI_PREFIX.rstrip("/"),
    }


def _conditions(record: Record) -> str:
    """Returns the access right in words, with the day an embargo ends."""
    label = ACCESS_RIGHTS[record.access].label
    if is_under_embargo(record) and record.available:
        return f"{label} until {record.available.isoformat()}"
    return f"{label}: for registered users" if record.access == "registered" else label
