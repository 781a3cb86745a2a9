"""RO-Crate 1.2 metadata of a record: `ro-crate-metadata.json`, whose files are on the web.

A detached crate (RO-Crate 1.2, Root Data Entity): its root is the DOI, its files have absolute
addresses. Flattened JSON-LD: every thing is one entity, and others point to it by `@id`.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from catalogue.formats.datacite import display_name
from catalogue.formats.terms import doi_url, typed_identifier
from catalogue.formats.xml import legal
from catalogue.record import (
    Agent,
    FundingReference,
    Organisation,
    PublicFile,
    Record,
    TechniqueTerm,
)

Json = dict[str, Any]
CONTEXT = "https://w3id.org/ro/crate/1.2/context"
PROFILE = "https://w3id.org/ro/crate/1.2"
DESCRIPTOR = "ro-crate-metadata.json"


def ro_crate(record: Record, files: Sequence[PublicFile] = ()) -> Json:
    """Returns the crate's metadata. `files`: those that everyone may have."""
    entities = {entity["@id"]: legal(entity) for entity in _entities(record, files)}
    return {"@context": CONTEXT, "@graph": list(entities.values())}


def _entities(record: Record, files: Sequence[PublicFile]) -> Iterator[Json]:
    yield {
        "@id": DESCRIPTOR,
        "@type": "CreativeWork",
        "conformsTo": {"@id": PROFILE},
        "about": {"@id": doi_url(record.doi)},
    }
    yield _root(record, files)
    yield _identifier(record)
    yield _licence(record)
    yield from _people(record)
    yield _organisation(record.publisher)
    yield from (_technique(term) for term in record.techniques)
    yield from _experiment(record)
    for grant in record.funding:
        yield from (_grant(grant), _funder(grant))
    yield from (_file(file) for file in files)


def _root(record: Record, files: Sequence[PublicFile]) -> Json:
    return {
        "@id": doi_url(record.doi),
        "@type": "Dataset",
        "name": record.title,
        "description": record.abstract or record.title,
        "datePublished": record.published.isoformat(),
        "dateModified": record.modified.date().isoformat(),
        "license": {"@id": record.licence.url},
        "identifier": {"@id": _identifier_id(record)},
        "author": _refer(_agent(agent) for agent in record.creators),
        "contributor": _refer(_agent(one.agent) for one in record.contributors),
        "publisher": _refer([_organisation(record.publisher)]),
        "keywords": list(record.keywords),
        "measurementTechnique": _refer(_technique(term) for term in record.techniques),
        "mentions": _refer(one for one in _experiment(record) if one["@type"] == "CreateAction"),
        "funding": _refer(_grant(grant) for grant in record.funding),
        "version": record.version,
        "isAccessibleForFree": record.access == "open",
        "hasPart": _refer(_file(file) for file in files),
    }


def _identifier_id(record: Record) -> str:
    return f"#doi:{record.doi}"


def _identifier(record: Record) -> Json:
    return {
        "@id": _identifier_id(record),
        "@type": "PropertyValue",
        "propertyID": "https://registry.identifiers.org/registry/doi",
        "value": f"doi:{record.doi}",
        "url": doi_url(record.doi),
    }


def _licence(record: Record) -> Json:
    licence = record.licence
    described = f"{licence.name} ({licence.spdx})" if licence.spdx else licence.name
    return {
        "@id": licence.url,
        "@type": "CreativeWork",
        "name": licence.name,
        "description": described,
    }


def _people(record: Record) -> Iterator[Json]:
    named = [*record.creators, *(one.agent for one in record.contributors)]
    for agent in named:
        yield from (_organisation(place) for place in agent.affiliations)
        yield _agent(agent)


def _agent(agent: Agent) -> Json:
    if agent.is_organisation:
        return _organisation(Organisation(agent.name))
    name = display_name(agent)
    return {
        "@id": f"https://orcid.org/{agent.orcid}" if agent.orcid else _local("person", name),
        "@type": "Person",
        "name": agent.name,
        "givenName": agent.given_name,
        "familyName": agent.family_name,
        "affiliation": _refer(_organisation(place) for place in agent.affiliations),
    }


def _organisation(place: Organisation) -> Json:
    return {
        "@id": place.ror or _local("organisation", place.name),
        "@type": "Organization",
        "name": place.name,
        "url": place.ror,
    }


def _technique(term: TechniqueTerm) -> Json:
    return {
        "@id": term.iri,
        "@type": "DefinedTerm",
        "name": term.label,
        "termCode": term.code,
    }


def _experiment(record: Record) -> Iterator[Json]:
    """Yields the act that made the data, and the instrument it was done with."""
    instrument = record.instrument
    if instrument is None:
        return
    typed = typed_identifier(instrument.pid)
    is_doi = typed is not None and typed[1] == "DOI"
    identifier = doi_url(typed[0]) if typed and is_doi else _local("instrument", instrument.slug)
    yield {"@id": identifier, "@type": "IndividualProduct", "name": instrument.name}
    yield {
        "@id": "#experiment",
        "@type": "CreateAction",
        "name": f"Experiment {record.proposal_code}".strip(),
        "startTime": record.collected_from.isoformat() if record.collected_from else "",
        "endTime": record.collected_to.isoformat() if record.collected_to else "",
        "instrument": {"@id": identifier},
        "agent": _refer(_agent(agent) for agent in record.creators),
        "result": {"@id": doi_url(record.doi)},
    }


def _grant(grant: FundingReference) -> Json:
    name = " ".join(filter(None, (grant.award_title, grant.award_number))) or grant.funder_name
    return {
        "@id": grant.award_uri or _local("grant", f"{grant.funder_name} {grant.award_number}"),
        "@type": "Grant",
        "name": name,
        "identifier": grant.award_number,
        "funder": _refer([_funder(grant)]),
    }


def _funder(grant: FundingReference) -> Json:
    return _organisation(Organisation(grant.funder_name, grant.funder_identifier))


def _file(file: PublicFile) -> Json:
    return {
        "@id": file.address,
        "@type": "File",
        "name": file.name,
        "encodingFormat": file.media_type,
        "contentSize": "" if file.size_bytes is None else str(file.size_bytes),
        "sha256": file.sha256,
    }


def _local(kind: str, name: str) -> str:
    """Returns the id of a thing that has none on the web; one name is one thing."""
    return f"#{kind}-{'-'.join(''.join(c if c.isalnum() else ' ' for c in name).split())}"


def _refer(entities: Iterable[Json]) -> list[Json]:
    return list({entity["@id"]: {"@id": entity["@id"]} for entity in entities}.values())
