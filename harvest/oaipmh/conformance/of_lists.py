"""Rules of lists and records: headers, metadata, deletions, tokens (OAI-PMH 2.0 §2.5, §3.5)."""

from collections import Counter
from collections.abc import Iterator, Sequence

from lxml import etree

from harvest.oaipmh.conformance.reply import Ask, Reply
from harvest.oaipmh.conformance.rule import Breach, Rule
from harvest.oaipmh.conformance.survey import Survey

_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"


def _walks(survey: Survey) -> list[tuple[Reply, ...]]:
    return [survey.headers, *survey.records.values()]


def _once(survey: Survey, _replies: Sequence[Reply]) -> Iterator[Breach]:
    for pages in _walks(survey):
        counts = Counter(header.identifier for page in pages for header in page.records)
        for identifier in (name for name, number in counts.items() if number > 1):
            yield Breach(f"It is listed {counts[identifier]} times.", pages[0].ask, identifier)


def _same_everywhere(survey: Survey, _replies: Sequence[Reply]) -> Iterator[Breach]:
    """Yields what one list has and another lacks: every item has oai_dc (§2.5)."""
    if not survey.is_whole:
        return
    wanted = {header.identifier for header in survey.listed}
    for prefix, pages in survey.records.items():
        found = {header.identifier for page in pages for header in page.records}
        missing = wanted - found if prefix == "oai_dc" else set()
        for identifier in sorted(missing | (found - wanted)):
            message = f"ListIdentifiers of oai_dc and ListRecords of {prefix} differ in it."
            yield Breach(message, pages[0].ask, identifier)


def _metadata(survey: Survey, _replies: Sequence[Reply]) -> Iterator[Breach]:
    """Yields live records whose metadata are absent, in another format, or name no schema."""
    for prefix, pages in survey.records.items():
        namespace = _namespace(survey, prefix)
        for page in pages:
            for header in page.records:
                if header.is_deleted:
                    continue
                for message in _metadata_faults(header.metadata, namespace):
                    yield Breach(message, page.ask, header.identifier)


def _namespace(survey: Survey, prefix: str) -> str:
    return next(
        (
            (element[2].text or "").strip()
            for element in survey.formats.all("metadataFormat")
            if (element[0].text or "").strip() == prefix
        ),
        "",
    )


def _metadata_faults(metadata: etree._Element | None, namespace: str) -> Iterator[str]:
    if metadata is None:
        yield "It is not deleted, and has no metadata."
        return
    if etree.QName(metadata).namespace != namespace:
        yield f"Its metadata are {metadata.tag!r}, not in {namespace}."
    if namespace not in metadata.get(f"{_XSI}schemaLocation", "").split():
        yield f"Its metadata name no schema of {namespace}."


def _deleted(survey: Survey, _replies: Sequence[Reply]) -> Iterator[Breach]:
    is_kept = survey.identify.text("deletedRecord") != "no"
    for pages in _walks(survey):
        for page in pages:
            for header in (header for header in page.records if header.is_deleted):
                if header.has_more_than_header:
                    yield Breach(
                        "It is deleted, and more than a header.", page.ask, header.identifier
                    )
                if not is_kept:
                    yield Breach("It is deleted; Identify says no.", page.ask, header.identifier)


def _gets(survey: Survey) -> list[Ask]:
    chosen = [header for header in (survey.first_live, survey.first_deleted) if header]
    return [
        Ask.of(verb="GetRecord", identifier=header.identifier, metadataPrefix=prefix)
        for header in chosen
        for prefix in survey.prefixes
    ]


def _get_as_listed(survey: Survey, replies: Sequence[Reply]) -> Iterator[Breach]:
    for reply in replies:
        identifier, prefix = reply.ask.get("identifier"), reply.ask.get("metadataPrefix")
        listed = [
            header
            for page in survey.records[prefix]
            for header in page.records
            if header.identifier == identifier
        ]
        got = reply.records
        if listed and (not got or _canonical(got[0].element) != _canonical(listed[0].element)):
            yield Breach("GetRecord and ListRecords differ in it.", reply.ask, identifier)


def _canonical(header: etree._Element) -> bytes:
    record = header.getparent()
    return etree.tostring(header if record is None else record, method="c14n")


def _cursors(survey: Survey, _replies: Sequence[Reply]) -> Iterator[Breach]:
    """Yields tokens that miscount, and lists that end without an empty one (§3.5)."""
    for pages in (*_walks(survey), survey.sets):
        yield from _miscounted(pages)
        last = pages[-1]
        if len(pages) == 1 and last.token is not None and not last.next_token:
            yield Breach("The list is whole, and has a resumptionToken.", last.ask)
        if len(pages) > 1 and last.token is None:
            yield Breach("The last part of a split list has no empty resumptionToken.", last.ask)


def _miscounted(pages: Sequence[Reply]) -> Iterator[Breach]:
    sent = 0
    for page in pages:
        token = page.token
        if token is not None:
            cursor, size = token.get("cursor"), token.get("completeListSize")
            if cursor is not None and cursor != str(sent):
                yield Breach(f"cursor is {cursor} after {sent} were sent.", page.ask)
            if size is not None and not _is_size(size, sent):
                yield Breach(f"completeListSize is {size} after {sent} were sent.", page.ask)
        sent += len(page.records) or len(list(page.all("set")))


def _is_size(size: str, sent: int) -> bool:
    return size.isascii() and size.isdigit() and int(size) > 0 and int(size) >= sent


def _again(survey: Survey) -> list[Ask]:
    pages = [walked[1] for walked in (*_walks(survey), survey.sets) if len(walked) > 1]
    return [page.ask for page in pages]


def _idempotent(survey: Survey, replies: Sequence[Reply]) -> Iterator[Breach]:
    first = {
        walked[1].ask: walked[1] for walked in (*_walks(survey), survey.sets) if len(walked) > 1
    }
    for reply in replies:
        before = [header.identifier for header in first[reply.ask].records]
        if [header.identifier for header in reply.records] != before:
            yield Breach("A token used again gives another part.", reply.ask)


def _of_sets(survey: Survey) -> list[Ask]:
    """Returns a list of the sets that the first records are in, and of those above them."""
    specs = {spec for header in survey.listed[:20] for spec in header.sets}
    above = {spec.rpartition(":")[0] for spec in specs if ":" in spec}
    return [
        Ask.of(verb="ListIdentifiers", metadataPrefix="oai_dc", set=spec)
        for spec in sorted(specs | above)[:20]
    ]


def _in_set(survey: Survey, replies: Sequence[Reply]) -> Iterator[Breach]:
    """Yields records that a list by set has and should not, or lacks: a:b is in a (§2.6)."""
    for reply in replies:
        spec = reply.ask.get("set")
        for header in reply.records:
            if not any(own == spec or own.startswith(f"{spec}:") for own in header.sets):
                yield Breach(
                    f"It is in the list of {spec!r}, and says {header.sets}.",
                    reply.ask,
                    header.identifier,
                )
        if survey.is_whole and not reply.next_token:
            found = {header.identifier for header in reply.records}
            for header in survey.listed:
                is_in = any(own == spec or own.startswith(f"{spec}:") for own in header.sets)
                if is_in and header.identifier not in found:
                    yield Breach(
                        f"It is missing from the list of {spec!r}.", reply.ask, header.identifier
                    )


RULES = (
    Rule("once", "2.7.1", "A list has each record once", _once),
    Rule("same-everywhere", "2.5", "Every item is in the list of every verb", _same_everywhere),
    Rule("metadata", "3.4", "Metadata are in their format and name its schema", _metadata),
    Rule("deleted", "2.5.1", "A deleted record is a header alone", _deleted),
    Rule("get-record", "4.1", "GetRecord gives what is listed", _get_as_listed, _gets, True),
    Rule("tokens", "3.5", "Tokens count right; the last is empty", _cursors),
    Rule("idempotent", "3.5.1", "A token used again gives the same", _idempotent, _again, True),
    Rule("set-lists", "2.6", "A set holds what is below it", _in_set, _of_sets, True),
)
