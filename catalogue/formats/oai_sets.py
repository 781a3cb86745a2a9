"""OAI-PMH sets of a record (OAI-PMH 2.0 §2.6): which it belongs to, and what they are called."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from urllib.parse import urlsplit

from catalogue.record import Record
from catalogue.vocabulary import panet

# OpenAIRE Guidelines for Data Archives: the set its harvester asks for.
OPENAIRE = "openaire_data"
TYPE = "type"
TECHNIQUE = "technique"
ORIGIN = "origin"

# OAI-PMH.xsd, setSpecType: what a part of a setSpec may hold, negated.
_NOT_IN_SPEC = re.compile(r"[^A-Za-z0-9\-_.!~*'()]")

_NAMES = {
    OPENAIRE: "Research data for OpenAIRE",
    TYPE: "By type of resource",
    TECHNIQUE: "By technique (PaNET)",
    ORIGIN: "Harvested from other catalogues",
}
_DESCRIPTIONS = {
    OPENAIRE: "The records that follow the OpenAIRE Guidelines for Data Archives.",
    TYPE: "Records by their general type in the DataCite schema.",
    TECHNIQUE: "Records by experimental technique, down the ExPaNDS ontology PaNET 1.3.0. A set "
    "holds the records of every technique that is a special case of its own.",
    ORIGIN: "Records of other catalogues, exposed again with their provenance.",
}


def set_specs(record: Record) -> tuple[str, ...]:
    """Returns the most specific sets of a record; it is a member of those above them too."""
    place = [record.facility_slug, record.instrument.slug if record.instrument else ""]
    return (
        OPENAIRE,
        f"{TYPE}:{record.resource_type.lower()}",
        ":".join(filter(None, place)),
        *_technique_specs(term.code for term in record.techniques),
    )


def origin_spec(base_url: str) -> str:
    """Returns the set of what comes from an endpoint, by its host: 'origin:data.example.org'."""
    host = urlsplit(base_url).hostname or "unknown"
    return f"{ORIGIN}:{_NOT_IN_SPEC.sub('-', host)}"


def with_ancestors(spec: str) -> tuple[str, ...]:
    """Returns a set and those above it, the highest first: 'a:b' is in 'a' and 'a:b'."""
    parts = spec.split(":")
    return tuple(":".join(parts[: depth + 1]) for depth in range(len(parts)))


def _technique_specs(codes: Iterable[str]) -> list[str]:
    """Returns the sets of techniques and of all that they are special cases of, deepest alone.

    PaNET gives most techniques several parents, a setSpec has one: each technique has one set, and
    a record is in the set of every technique above its own, by whichever way.
    """
    known = [code for code in codes if code in panet.terms()]
    specs = {technique_spec(above) for code in known for above in panet.ancestors(code)}
    covered = {above for spec in specs for above in with_ancestors(spec)[:-1]}
    return sorted(specs - covered)


@cache
def technique_spec(code: str) -> str:
    """Returns 'technique:' and the codes from a root of PaNET down to a term, by the shortest way.

    Of equally short ways it is the first in alphabetical order, so that a set keeps its name.
    """
    parents = panet.terms()[code].parents
    if not parents:
        return f"{TECHNIQUE}:{code}"
    above = min(map(technique_spec, parents), key=lambda spec: (spec.count(":"), spec))
    return f"{above}:{code}"


def set_name(spec: str, names: Mapping[str, str]) -> str:
    """Returns the setName: a fixed one, that of `names` (by setSpec), or the set's last part."""
    last = spec.rpartition(":")[2]
    term = panet.terms().get(last) if spec.startswith(f"{TECHNIQUE}:") else None
    return _NAMES.get(spec) or names.get(spec) or (term.label if term else last.capitalize())


def set_description(spec: str) -> str:
    """Returns a sentence on what is in a set, '' where its name says it all."""
    last = spec.rpartition(":")[2]
    if spec.startswith(f"{TECHNIQUE}:") and last in panet.terms():
        term = panet.terms()[last]
        return f"Data measured by {term.label} or a special case of it ({term.iri})."
    return _DESCRIPTIONS.get(spec, "")
