"""DataCite metadata of a record: the REST API's attributes, and the XML made from them.

Only what the kernels 4.5, 4.6 and 4.7 share is written: a document is valid against each.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from catalogue.formats.terms import (
    ACCESS_RIGHTS,
    collected,
    funder_scheme,
    is_under_embargo,
    typed_identifier,
)
from catalogue.formats.xml import legal, legal_text
from catalogue.record import (
    Agent,
    FundingReference,
    InstrumentRef,
    Organisation,
    Record,
    RelatedIdentifier,
)
from catalogue.vocabulary import disciplines
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
        "relatedItems": _related_items(record),
        "sizes": _sizes(record),
        "formats": list(record.formats),
        "version": record.version,
        "rightsList": _rights(record),
        "descriptions": _descriptions(record),
        "fundingReferences": _funding_references(record),
        "schemaVersion": "http://datacite.org/schema/kernel-4",
    }
    return dict(_said_once(legal(attributes)))


# What a PUT clears by saying it empty; DataCite keeps what an update is silent about.
_CLEARED: Json = {
    "subjects": [],
    "contributors": [],
    "language": None,
    "alternateIdentifiers": [],
    "relatedIdentifiers": [],
    "relatedItems": [],
    "sizes": [],
    "formats": [],
    "version": None,
    "descriptions": [],
    "fundingReferences": [],
}


def datacite_update(record: Record) -> Json:
    """Returns `datacite_json` with its empty properties spelled out, for an update of a DOI.

    So that an abstract or a grant that is not told any more is gone at DataCite too.
    """
    return _CLEARED | datacite_json(record)


def _said_once(value: Any) -> Any:
    """Returns a JSON value without repeats in its lists; two people of one name stay two."""
    if isinstance(value, dict):
        return {key: _said_once(item) for key, item in value.items()}
    if not isinstance(value, list):
        return value
    items = [_said_once(item) for item in value]
    are_people = any("nameType" in item for item in items)
    return items if are_people else [x for i, x in enumerate(items) if x not in items[:i]]


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
    discipline = {"subject": record.discipline, "subjectScheme": disciplines.SCHEME}
    keywords = [{"subject": word} for word in record.keywords]
    subjects = [*techniques, discipline, *keywords]
    return [subject for subject in subjects if legal_text(subject["subject"])]


# What a facility is to its data where nobody is named as it; B2FIND shows the contact.
_STANDING = ("ContactPerson", "HostingInstitution")


def _contributors(record: Record) -> list[Json]:
    """Returns the contributors (property 7), the facility in each standing part nobody else has."""
    named = [
        _agent(contributor.agent) | {"contributorType": contributor.contributor_type}
        for contributor in record.contributors
    ]
    taken = {agent["contributorType"] for agent in named}
    facility = Agent(record.facility_name or record.publisher.name, is_organisation=True)
    standing = [kind for kind in _STANDING if kind not in taken]
    return [*named, *(_agent(facility) | {"contributorType": kind} for kind in standing)]


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
    dates = [{"date": day, "dateType": kind} for kind, day in days.items() if day]
    return [*dates, *_withdrawn(record)]


def _withdrawn(record: Record) -> Iterator[Json]:
    if record.withdrawn:
        day = {"date": record.withdrawn.isoformat(), "dateType": "Withdrawn"}
        yield day | {"dateInformation": record.withdrawal_reason}


def _alternate_identifiers(record: Record) -> list[Json]:
    """Returns the facility's own numbers (property 11)."""
    numbers = [("Proposal number", record.proposal_code)]
    numbers += [("Run number", number) for number in record.run_numbers]
    return [
        {"alternateIdentifier": number, "alternateIdentifierType": kind}
        for kind, number in numbers
        if legal_text(number)
    ]


def _related_identifiers(record: Record) -> list[Json]:
    """Returns the related identifiers (property 12), the instrument's PID first, none twice."""
    named = [*_instrument_relation(record.instrument), *record.related]
    related = dict.fromkeys(replace(relation, title="") for relation in named)
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


def _related_items(record: Record) -> list[Json]:
    """Returns what is related and has a title (property 20).

    The instrument first, where B2FIND reads its name; then papers and the like.
    """
    return [
        *_instrument_item(record.instrument),
        *(_related_item(relation) for relation in record.related if legal_text(relation.title)),
    ]


def _instrument_item(instrument: InstrumentRef | None) -> Iterator[Json]:
    if instrument and legal_text(instrument.name):
        identified = next(_instrument_relation(instrument), None)
        named = RelatedIdentifier("", "", "IsCollectedBy", "Instrument", instrument.name)
        yield _related_item(replace(identified, title=named.title) if identified else named)


def _related_item(relation: RelatedIdentifier) -> Json:
    return {
        "relatedItemType": relation.resource_type or "Other",
        "relationType": relation.relation_type,
        "relatedItemIdentifier": _item_identifier(relation),
        "titles": [{"title": relation.title}],
    }


def _item_identifier(relation: RelatedIdentifier) -> Json:
    if not legal_text(relation.identifier):
        return {}
    return {
        "relatedItemIdentifier": relation.identifier,
        "relatedItemIdentifierType": relation.identifier_type,
    }


def _funding_references(record: Record) -> list[Json]:
    """Returns who paid (property 19), the funder by ROR or Crossref funder id."""
    return [_funding(grant) for grant in record.funding if legal_text(grant.funder_name)]


def _funding(grant: FundingReference) -> Json:
    # The XML has an award's address as attribute of its number, so it cannot stand alone.
    number = legal_text(grant.award_number)
    numbered = {"awardNumber": number, "awardUri": grant.award_uri if number else ""}
    return {
        "funderName": grant.funder_name,
        **_funder(grant.funder_identifier),
        **numbered,
        "awardTitle": grant.award_title,
    }


def _funder(identifier: str) -> Json:
    kind = funder_scheme(identifier)
    return {"funderIdentifier": identifier, "funderIdentifierType": kind} if kind else {}


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
