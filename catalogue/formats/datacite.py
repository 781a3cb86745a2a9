"""DataCite metadata of a record: the REST API's attributes, and the XML made from them.

Only what the kernels 4.5, 4.6 and 4.7 share is written: a document is valid against each.
"""

from collections.abc import Iterator
from typing import Any

from catalogue.formats.terms import (
    ACCESS_RIGHTS,
    collected,
    is_under_embargo,
    typed_identifier,
)
from catalogue.formats.xml import legal, legal_text
from catalogue.record import Agent, InstrumentRef, Organisation, Record, RelatedIdentifier
from catalogue.vocabulary.panet import IRI_PREFIX

Json = dict[str, Any]

# DataCite 4.6 Appendix 3: the value of a required property exists and is not known here.
UNAVAILABLE = ":unav"


def datacite_json(record: Record) -> Json:
    """Returns the `attributes` of a DOI as DataCite's REST API takes and gives them.

    Empty properties are absent; characters that XML forbids are gone, so JSON and XML say the same.
    """
    attributes: Json = {
        "doi": record.doi,
        "creators": _creators(record),
        "titles": [{"title": _required(record.title)}],
        "publisher": _publisher(record.publisher),
        "publicationYear": record.publication_year,
        "types": {
            "resourceTypeGeneral": record.resource_type,
            "resourceType": record.resource_type,
        },
        "subjects": _subjects(record),
        "contributors": _contributors(record),
        "dates": _dates(record),
        "language": record.language,
        "alternateIdentifiers": _alternate_identifiers(record),
        "relatedIdentifiers": _related_identifiers(record),
        "relatedItems": _related_items(record.instrument),
        "sizes": _sizes(record),
        "formats": list(record.formats),
        "rightsList": _rights(record),
        "descriptions": _descriptions(record),
        "schemaVersion": "http://datacite.org/schema/kernel-4",
    }
    return dict(legal(attributes))


def display_name(agent: Agent) -> str:
    """Returns 'Family, Given' for a person (DataCite 4.6 property 2.1), other names as they are."""
    if agent.is_organisation or not (agent.family_name and agent.given_name):
        return agent.name
    return f"{agent.family_name}, {agent.given_name}"


def _required(text: str) -> str:
    return text if legal_text(text).strip() else UNAVAILABLE


def _creators(record: Record) -> list[Json]:
    return [_agent(agent) for agent in record.creators] or [{"name": UNAVAILABLE}]


def _agent(agent: Agent) -> Json:
    """Returns a creator (DataCite 4.6 property 2), or what it shares with a contributor."""
    return {
        "name": _required(display_name(agent)),
        "nameType": "Organizational" if agent.is_organisation else "Personal",
        "givenName": agent.given_name,
        "familyName": agent.family_name,
        "nameIdentifiers": [_orcid(agent.orcid)] if agent.orcid else [],
        "affiliation": [
            _affiliation(place) for place in agent.affiliations if legal_text(place.name)
        ],
    }


def _orcid(orcid: str) -> Json:
    return {
        "nameIdentifier": f"https://orcid.org/{orcid}",
        "nameIdentifierScheme": "ORCID",
        "schemeUri": "https://orcid.org",
    }


def _affiliation(place: Organisation) -> Json:
    return {"name": place.name} | _ror("affiliationIdentifier", place.ror)


def _publisher(publisher: Organisation) -> Json:
    return {"name": _required(publisher.name)} | _ror("publisherIdentifier", publisher.ror)


def _ror(key: str, ror: str) -> Json:
    """Returns a ROR under `key` with its scheme (properties 2.5.a and 4.a), or nothing."""
    if not ror:
        return {}
    return {key: ror, f"{key}Scheme": "ROR", "schemeUri": "https://ror.org"}


def _subjects(record: Record) -> list[Json]:
    techniques = [
        {
            "subject": term.label,
            "subjectScheme": "PaNET",
            "schemeUri": IRI_PREFIX.rstrip("/"),
            "valueUri": term.iri,
        }
        for term in record.techniques
    ]
    keywords = [{"subject": word} for word in record.keywords]
    return [subject for subject in techniques + keywords if legal_text(subject["subject"])]


def _contributors(record: Record) -> list[Json]:
    """Returns the contributors (property 7), the facility as host where nobody else is named so."""
    named = [
        _agent(contributor.agent) | {"contributorType": contributor.contributor_type}
        for contributor in record.contributors
    ]
    if any(agent["contributorType"] == "HostingInstitution" for agent in named):
        return named
    host = Agent(record.facility_name or record.publisher.name, is_organisation=True)
    return [*named, _agent(host) | {"contributorType": "HostingInstitution"}]


def _dates(record: Record) -> list[Json]:
    """Returns the dates (property 8); an embargo runs from Accepted to Available (OpenAIRE v3)."""
    accepted = record.published.isoformat() if is_under_embargo(record) else ""
    available = record.available.isoformat() if record.available else ""
    days = {
        "Collected": collected(record),
        "Accepted": accepted,
        "Issued": record.published.isoformat(),
        "Available": available,
    }
    return [{"date": day, "dateType": kind} for kind, day in days.items() if day]


def _alternate_identifiers(record: Record) -> list[Json]:
    if not legal_text(record.proposal_code):
        return []
    return [
        {"alternateIdentifier": record.proposal_code, "alternateIdentifierType": "Proposal number"}
    ]


def _related_identifiers(record: Record) -> list[Json]:
    """Returns the related identifiers (property 12), the instrument's PID first, none twice."""
    related = dict.fromkeys([*_instrument_relation(record.instrument), *record.related])
    return [
        {
            "relatedIdentifier": relation.identifier,
            "relatedIdentifierType": relation.identifier_type,
            "relationType": relation.relation_type,
            "resourceTypeGeneral": relation.resource_type,
        }
        for relation in related
        if legal_text(relation.identifier)
    ]


def _instrument_relation(instrument: InstrumentRef | None) -> Iterator[RelatedIdentifier]:
    if instrument and (typed := typed_identifier(instrument.pid)):
        yield RelatedIdentifier(*typed, "IsCollectedBy", "Instrument")


def _related_items(instrument: InstrumentRef | None) -> list[Json]:
    """Returns the instrument as related item (property 20), where B2FIND reads its name."""
    if instrument is None or not legal_text(instrument.name):
        return []
    item = {"relatedItemType": "Instrument", "relationType": "IsCollectedBy"}
    return [item | _item_identifier(instrument) | {"titles": [{"title": instrument.name}]}]


def _item_identifier(instrument: InstrumentRef) -> Json:
    typed = typed_identifier(instrument.pid)
    if typed is None:
        return {}
    keys = ("relatedItemIdentifier", "relatedItemIdentifierType")
    return {"relatedItemIdentifier": dict(zip(keys, typed, strict=True))}


def _sizes(record: Record) -> list[str]:
    counted = {"bytes": record.size_bytes, "files": record.file_count}
    return [f"{count} {unit}" for unit, count in counted.items() if count is not None]


def _rights(record: Record) -> list[Json]:
    """Returns licence and access right (property 16), the right for OpenAIRE v3 and for v2."""
    right = ACCESS_RIGHTS[record.access]
    return [
        {
            "rights": record.licence.name,
            "rightsUri": record.licence.url,
            "rightsIdentifier": record.licence.spdx,
            "rightsIdentifierScheme": "SPDX",
            "schemeUri": "https://spdx.org/licenses/",
        },
        {
            "rights": right.label,
            "rightsUri": right.coar,
            "rightsIdentifierScheme": "COAR",
            "schemeUri": "http://purl.org/coar/access_right/scheme",
        },
        {"rights": right.label, "rightsUri": right.eu_repo},
    ]


def _descriptions(record: Record) -> list[Json]:
    samples = "; ".join(
        " ".join(filter(None, (sample.name, f"({sample.formula})" if sample.formula else "")))
        for sample in record.samples
    )
    texts = {"Abstract": record.abstract, "TechnicalInfo": f"Samples: {samples}" * bool(samples)}
    return [
        {"description": text, "descriptionType": kind}
        for kind, text in texts.items()
        if legal_text(text)
    ]
