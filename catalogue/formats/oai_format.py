"""What a metadata format is to OAI-PMH: a module of this folder has one as its FORMAT."""

from collections.abc import Callable
from dataclasses import dataclass

from catalogue.record import Record


@dataclass(frozen=True, slots=True)
class MetadataFormat:
    """A format records are disseminated in (OAI-PMH 2.0 §2.5).

    render: returns a record's document, one element with its own namespace and schemaLocation and
        without an XML declaration; it is called when the record changes, never when it is read.
    """

    prefix: str
    namespace: str
    schema: str
    render: Callable[[Record], str]
