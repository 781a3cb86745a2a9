"""What an endpoint says of itself: Identify, its formats and its sets."""

from collections.abc import Callable
from dataclasses import dataclass

from lxml import etree
from oaipmh_scythe.exceptions import NoSetHierarchy

from harvest.oaipmh.harvester.client import Endpoint, OAIPMHException
from harvest.oaipmh.harvester.defects import Defect, Finding
from harvest.oaipmh.harvester.page import parse_moment
from harvest.oaipmh.harvester.reading import OAI
from harvest.oaipmh.harvester.window import DAY
from harvest.oaipmh.protocol import GRANULARITY

# Endpoints have been seen with thousands of sets; a page of them is shown.
MOST_SETS = 500
_DELETED_RECORD = ("no", "persistent", "transient")


@dataclass(frozen=True, slots=True)
class Identity:
    """An answer to Identify (OAI-PMH 2.0 §4.2), '' where it does not say."""

    name: str
    base_url: str
    protocol_version: str
    admin_emails: tuple[str, ...]
    earliest_datestamp: str
    deleted_record: str
    granularity: str

    @property
    def keeps_deletions(self) -> bool:
        return self.deleted_record == "persistent"


@dataclass(frozen=True, slots=True)
class Format:
    """A format that an endpoint disseminates."""

    prefix: str
    namespace: str
    schema: str


@dataclass(frozen=True, slots=True)
class NamedSet:
    """A set that an endpoint has."""

    spec: str
    name: str


def identify(endpoint: Endpoint, note: Callable[[Finding], None]) -> Identity:
    """Returns what Identify says; a granularity that it does not state is taken to be days.

    Raises:
        EndpointError, OAIPMHException: it does not answer.
    """
    root = endpoint.harvest({"verb": "Identify"}).xml
    identity = Identity(
        name=_text(root, "repositoryName"),
        base_url=_text(root, "baseURL"),
        protocol_version=_text(root, "protocolVersion"),
        admin_emails=tuple((node.text or "").strip() for node in _all(root, "adminEmail")),
        earliest_datestamp=_text(root, "earliestDatestamp"),
        deleted_record=_text(root, "deletedRecord"),
        granularity=GRANULARITY if _text(root, "granularity") == GRANULARITY else DAY,
    )
    for name, value in _faults(root, identity):
        note(Finding(Defect.BAD_IDENTIFY, f"{name} is {value[:100]!r}"))
    return identity


def _faults(root: etree._Element, identity: Identity) -> list[tuple[str, str]]:
    granularity = _text(root, "granularity")
    checked = (
        ("protocolVersion", identity.protocol_version, identity.protocol_version == "2.0"),
        ("granularity", granularity, granularity in (GRANULARITY, DAY)),
        ("deletedRecord", identity.deleted_record, identity.deleted_record in _DELETED_RECORD),
        (
            "earliestDatestamp",
            identity.earliest_datestamp,
            parse_moment(identity.earliest_datestamp) is not None,
        ),
    )
    return [(name, value) for name, value, is_right in checked if not is_right]


def list_formats(endpoint: Endpoint) -> list[Format]:
    root = endpoint.harvest({"verb": "ListMetadataFormats"}).xml
    return [
        Format(
            _text(node, "metadataPrefix"), _text(node, "metadataNamespace"), _text(node, "schema")
        )
        for node in _all(root, "metadataFormat")
    ]


def list_sets(endpoint: Endpoint) -> list[NamedSet]:
    """Returns the sets on the first page, none where the endpoint has none or cannot say."""
    try:
        root = endpoint.harvest({"verb": "ListSets"}).xml
    except (NoSetHierarchy, OAIPMHException):
        return []
    nodes = _all(root, "set")[:MOST_SETS]
    return [NamedSet(_text(node, "setSpec"), _text(node, "setName")) for node in nodes]


def _all(element: etree._Element, name: str) -> list[etree._Element]:
    return list(element.iter(f"{{{OAI}}}{name}"))


def _text(element: etree._Element, name: str) -> str:
    return (element.findtext(f".//{{{OAI}}}{name}") or "").strip()
