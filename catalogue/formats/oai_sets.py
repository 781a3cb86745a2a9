"""OAI-PMH sets of a record (OAI-PMH 2.0 §2.6): which it belongs to, and what they are called."""

from collections.abc import Mapping

from catalogue.record import Record

# OpenAIRE Guidelines for Data Archives: the set its harvester asks for.
OPENAIRE = "openaire_data"
TYPE = "type"

_NAMES = {
    OPENAIRE: "Research data for OpenAIRE",
    TYPE: "By type of resource",
}


def set_specs(record: Record) -> tuple[str, ...]:
    """Returns the most specific sets of a record; it is a member of those above them too."""
    place = [record.facility_slug, record.instrument.slug if record.instrument else ""]
    return (
        OPENAIRE,
        f"{TYPE}:{record.resource_type.lower()}",
        ":".join(filter(None, place)),
    )


def with_ancestors(spec: str) -> tuple[str, ...]:
    """Returns a set and those above it, the highest first: 'a:b' is in 'a' and 'a:b'."""
    parts = spec.split(":")
    return tuple(":".join(parts[: depth + 1]) for depth in range(len(parts)))


def set_name(spec: str, names: Mapping[str, str]) -> str:
    """Returns the setName: a fixed one, that of `names` (by setSpec), or the set's last part."""
    known = _NAMES.get(spec) or names.get(spec)
    return known or spec.rpartition(":")[2].capitalize()
