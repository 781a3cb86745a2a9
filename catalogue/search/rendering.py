"""From rows to the search API's classes; the words of the standard are in `formats.panosc`."""

from typing import Any

from catalogue.formats import panosc
from catalogue.models import (
    Datafile,
    Dataset,
    Instrument,
    Parameter,
    PublicationAgent,
    PublishedRecord,
    Sample,
    Technique,
)
from catalogue.search.tree import Include
from catalogue.search.units import asked_units
from catalogue.vocabulary.measured import Measured

Json = panosc.Json
Includes = tuple[Include, ...]


def dataset(row: Dataset, _includes: Includes) -> Json:
    return panosc.dataset(
        pid=row.pid or str(row.uid),
        title=row.title or row.name,
        created=row.start or row.created_at,
        size_bytes=row.size_bytes,
    )


def document(row: PublishedRecord, _includes: Includes) -> Json:
    """Returns the Document stored when the record was rendered; the clock has found it public."""
    minimal = panosc.document(pid=row.publication.doi, title=row.title)
    stored: Json = row.search_document
    return minimal | stored | {"pid": row.publication.doi, "isPublic": True}


def instrument(row: Instrument, _includes: Includes) -> Json:
    return panosc.instrument(
        pid=row.pid or f"{row.facility.slug}/{row.slug}",
        name=row.name,
        facility=row.facility.name,
    )


def file(row: Datafile, _includes: Includes) -> Json:
    return panosc.file(
        id=str(row.pk), name=row.name, path=row.public_path, size_bytes=row.size_bytes
    )


def member(row: Any, _includes: Includes) -> Json:
    return panosc.member(id=str(row.pk), role=row.role)


def person(row: PublicationAgent, _includes: Includes) -> Json:
    return panosc.person(
        id=row.imported_id or row.orcid or f"agent-{row.pk}",
        full_name=row.name,
        given_name=row.given_name,
        family_name=row.family_name,
        orcid=row.orcid,
        researcher_id=row.researcher_id,
    )


def affiliation(row: Any, _includes: Includes) -> Json:
    return panosc.affiliation(
        id=f"affiliation-{row.pk}",
        name=row.affiliation,
        address=row.address or "",
        city=row.city or "",
        country=row.country or "",
    )


def parameter(row: Parameter, includes: Includes) -> Json:
    """Returns a parameter, in the unit a condition on it asked for."""
    if row.number is None:
        return panosc.parameter(name=row.type.name, value=row.value, unit=row.unit)
    told = _in_unit_asked(row, includes) or Measured(
        row.number, row.unit, row.number_min, row.number_max, row.error
    )
    return panosc.parameter(
        name=row.type.name,
        value=told.value,
        unit=told.unit,
        minimum=told.minimum,
        maximum=told.maximum,
        error=told.error,
    )


def _in_unit_asked(row: Parameter, includes: Includes) -> Measured | None:
    if row.si_value is None:
        return None
    stored = Measured(row.si_value, row.type.si_unit, row.si_min, row.si_max, row.si_error)
    for asked in (unit for include in includes for unit in asked_units(include.where)):
        applies = asked.name in (None, row.type.name) and row.type.si_unit == asked.si_unit
        if applies and asked.spelling != row.unit and (told := asked.told(stored)):
            return told
    return None


def sample(row: Sample, _includes: Includes) -> Json:
    return panosc.sample(
        pid=row.pid or f"sample-{row.pk}", name=row.name, description=row.description
    )


def technique(row: Technique, _includes: Includes) -> Json:
    panet = row.panet_term if row.pid else row
    return panosc.technique(pid=row.iri, name=row.label, panet_id=panet.iri if panet else "")
