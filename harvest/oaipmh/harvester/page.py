"""An answer to ListRecords → its records, with what is wrong with each; pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from lxml import etree

from harvest.oaipmh.harvester.defects import Defect, Finding
from harvest.oaipmh.harvester.metadata import Description, describe
from harvest.oaipmh.harvester.reading import OAI, Reply

PROVENANCE = "http://www.openarchives.org/OAI/2.0/provenance"
LONGEST_IDENTIFIER = 500
# What has been seen in place of UTCdatetime: fractions, offsets, no zone, spaces for the T.
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2})?")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class HarvestedItem:
    """A record as it was listed: `metadata` and `about` are XML, '' of a deleted one.

    datestamp: as written; moment: what it means, None where it means nothing.
    """

    identifier: str
    datestamp: str
    moment: datetime | None
    sets: tuple[str, ...]
    is_deleted: bool
    metadata: str = ""
    about: str = ""
    description: Description = field(default_factory=Description)


@dataclass(frozen=True, slots=True)
class HarvestedPage:
    """One answer: what it lists, and its token; complete_list_size None where it does not say."""

    items: tuple[HarvestedItem, ...]
    listed: int
    token: str
    complete_list_size: int | None
    response_date: datetime | None
    findings: tuple[Finding, ...]


def read_page(reply: Reply, *, granularity: str) -> HarvestedPage:
    """Returns the records of an answer; one that cannot be used is a finding and no record."""
    root, findings = reply.root, list(reply.findings)
    unreadable = sum(found.defect is Defect.MALFORMED_RECORD for found in findings)
    response_date = _response_date(root, findings)
    records = list(root.iter(f"{{{OAI}}}record"))
    items = [item for record in records for item in _items(record, granularity, findings)]
    token = root.find(f".//{{{OAI}}}resumptionToken")
    size = "" if token is None else token.get("completeListSize", "")
    return HarvestedPage(
        items=tuple(items),
        listed=len(records) + unreadable,
        token="" if token is None else (token.text or "").strip(),
        complete_list_size=int(size) if size.isascii() and size.isdigit() else None,
        response_date=response_date,
        findings=tuple(findings),
    )


def parse_moment(text: str) -> datetime | None:
    """Returns what a datestamp means, UTC where it names no zone; None where it is none."""
    text = text.strip()
    if not _MOMENT.fullmatch(text) and not _DAY.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _response_date(root: etree._Element, findings: list[Finding]) -> datetime | None:
    text = root.findtext(f"{{{OAI}}}responseDate", "").strip()
    moment = parse_moment(text)
    if moment is None or not text.endswith("Z") or len(text) != len("2026-01-01T00:00:00Z"):
        findings.append(Finding(Defect.BAD_RESPONSE_DATE, f"responseDate is {text[:60]!r}"))
    return moment


def _items(
    record: etree._Element, granularity: str, findings: list[Finding]
) -> Iterator[HarvestedItem]:
    """Yields the record as an item, or nothing where it cannot be one."""
    header = record.find(f"{{{OAI}}}header")
    identifier = "" if header is None else header.findtext(f"{{{OAI}}}identifier", "").strip()
    if header is None or not 0 < len(identifier) <= LONGEST_IDENTIFIER:
        message = f"its identifier is {identifier[:100]!r}, of {len(identifier)} characters"
        findings.append(Finding(Defect.NO_IDENTIFIER, message, identifier[:100]))
        return

    def note(defect: Defect, message: str) -> None:
        findings.append(Finding(defect, message, identifier))

    item = _item(record, header, identifier)
    for defect, message in _header_faults(header, item, granularity):
        note(defect, message)
    if not item.is_deleted and not item.metadata:
        note(Defect.NO_METADATA, "it has no metadata and is not deleted")
        return
    for found in item.description.findings:
        note(found.defect, found.message)
    yield item


def _item(record: etree._Element, header: etree._Element, identifier: str) -> HarvestedItem:
    datestamp = header.findtext(f"{{{OAI}}}datestamp", "").strip()
    payload = next(
        (child for part in record.iterchildren(f"{{{OAI}}}metadata") for child in part), None
    )
    is_deleted = header.get("status", "").strip().lower() == "deleted"
    has_metadata = payload is not None and not is_deleted
    return HarvestedItem(
        identifier=identifier,
        datestamp=datestamp[:40],
        moment=parse_moment(datestamp),
        sets=tuple(
            spec
            for node in header.iterchildren(f"{{{OAI}}}setSpec")
            if (spec := (node.text or "").strip()) and len(spec) <= LONGEST_IDENTIFIER
        ),
        is_deleted=is_deleted,
        metadata=_serialised(payload) if has_metadata and payload is not None else "",
        about="" if is_deleted else _provenance(record),
        description=describe(payload) if has_metadata and payload is not None else Description(),
    )


def _header_faults(
    header: etree._Element, item: HarvestedItem, granularity: str
) -> Iterator[tuple[Defect, str]]:
    if item.moment is None:
        yield Defect.BAD_DATESTAMP, f"its datestamp is {item.datestamp!r}"
    elif granularity and len(item.datestamp) != len(granularity.replace("'", "")):
        message = f"its datestamp is {item.datestamp!r}, Identify states {granularity}"
        yield Defect.ALTERNATING_GRANULARITY, message
    illegal = sorted(str(name) for name in header.attrib if name != "status")
    if illegal or header.get("status", "deleted") != "deleted":
        shown = ", ".join(
            f"{name}={header.get(name, '')!r}" for name in sorted(map(str, header.attrib))
        )
        yield Defect.ILLEGAL_HEADER, f"its header has {shown[:200]}"


def _provenance(record: etree._Element) -> str:
    """Returns the provenance container that came with a record, or ''."""
    found = next(record.iterfind(f"{{{OAI}}}about/{{{PROVENANCE}}}provenance"), None)
    return "" if found is None else _serialised(found)


def _serialised(element: etree._Element) -> str:
    """Returns an element as text that can stand alone, its namespaces declared."""
    return etree.tostring(element, encoding="unicode", with_tail=False)
