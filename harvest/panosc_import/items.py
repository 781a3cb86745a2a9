"""What a search API's answer says of a catalogue, as plain values; pure.

Shapes: panosc-eu/search-api, doc/data-model.md. `remarks` tell what of an item was left out.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from catalogue.vocabulary.measured import Measured

Json = dict[str, Any]


class ItemError(Exception):
    """An item cannot be taken; the message says where in it and why."""


@dataclass(frozen=True, slots=True)
class InstrumentItem:
    pid: str
    name: str
    facility: str


@dataclass(frozen=True, slots=True)
class TechniqueItem:
    """`panet_code`: the PaNET term it says it is, or ''; `pid`: '' where it has none of its own."""

    pid: str
    name: str
    panet_code: str


@dataclass(frozen=True, slots=True)
class SampleItem:
    pid: str
    name: str
    description: str


@dataclass(frozen=True, slots=True)
class ParameterItem:
    """`unit` is that of the value, measured or not."""

    name: str
    value: Measured | str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class FileItem:
    name: str
    path: str
    size_bytes: int | None


@dataclass(frozen=True, slots=True)
class DatasetItem:
    pid: str
    title: str
    is_public: bool
    created: datetime | None
    size_bytes: int | None
    instrument: InstrumentItem | None
    techniques: tuple[TechniqueItem, ...]
    samples: tuple[SampleItem, ...]
    parameters: tuple[ParameterItem, ...]
    files: tuple[FileItem, ...]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AffiliationItem:
    name: str
    address: str
    city: str
    country: str


@dataclass(frozen=True, slots=True)
class MemberItem:
    id: str
    full_name: str
    first_name: str
    last_name: str
    orcid: str
    researcher_id: str
    role: str
    affiliation: AffiliationItem | None


@dataclass(frozen=True, slots=True)
class DocumentItem:
    pid: str
    title: str
    is_public: bool
    summary: str
    licence: str
    keywords: tuple[str, ...]
    starts: datetime | None
    ends: datetime | None
    opens: datetime | None
    # The fields of the Document that the catalogue's own columns cannot hold, as they were.
    as_given: Json
    dataset_pids: tuple[str, ...]
    members: tuple[MemberItem, ...]
    parameters: tuple[ParameterItem, ...]
    remarks: tuple[str, ...] = ()
