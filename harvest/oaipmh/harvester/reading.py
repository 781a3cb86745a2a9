"""Bytes of an answer → its OAI-PMH element, with what had to be mended to read them; pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from harvest.oaipmh.harvester.defects import Defect, Finding

OAI = "http://www.openarchives.org/OAI/2.0/"

# XML 1.0 §2.2: what may stand neither as a byte of UTF-8 nor as a reference.
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_REFERENCE = re.compile(rb"&#(?:x([0-9a-fA-F]{1,8})|([0-9]{1,10}));")
_ENCODING = re.compile(rb"""^\s*<\?xml[^>]*\sencoding\s*=\s*["']([A-Za-z0-9._-]+)""")
# The parts of an answer whose XML is broken; a prefix stands for the namespace of OAI-PMH.
_ROOT = re.compile(rb"<(?:[\w.-]+:)?OAI-PMH\b[^>]*>")
_ROOT_END = re.compile(rb"</(?:[\w.-]+:)?OAI-PMH\s*>\s*(?:<!--.*?-->\s*)*$", re.DOTALL)
_RECORD = re.compile(rb"<((?:[\w.-]+:)?(record|header))(?:\s[^>]*)?>.*?</\1\s*>", re.DOTALL)
_TOKEN = re.compile(rb"<((?:[\w.-]+:)?resumptionToken)\b[^>]*>[^<]*</\1\s*>")
_LIST = re.compile(rb"<((?:[\w.-]+:)?List(?:Records|Identifiers))(?:\s[^>]*)?>")
_DATE = re.compile(rb"<((?:[\w.-]+:)?responseDate)\b[^>]*>[^<]*</\1\s*>")
_IDENTIFIER = re.compile(rb"<(?:[\w.-]+:)?identifier\b[^>]*>\s*([^<]{1,500}?)\s*</")
_TITLE = re.compile(rb"<title[^>]*>\s*([^<]{1,200})", re.IGNORECASE)


class NotOaiError(Exception):
    """An answer that is no OAI-PMH at all; the message says what came instead."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it could be read. is_cut: it broke off, so that asking again may help."""

    root: etree._Element
    findings: tuple[Finding, ...] = ()
    is_cut: bool = False


def read(body: bytes) -> Reply:
    """Returns the answer of an endpoint, strictly read where possible, mended where not.

    No entity is expanded, no file or address opened, and lxml's limits on depth and text hold.

    Raises:
        NotOaiError: there is nothing of OAI-PMH in it.
    """
    findings: list[Finding] = []
    root = _parse(body)
    if root is None:
        mended = _legal(body)
        if mended != body:
            findings.append(_illegal_characters(body, mended))
        root, is_cut = _parse(mended), False
        if root is None:
            root, is_cut, salvaged = _salvage(mended)
            findings += salvaged
            return Reply(_in_oai(root, findings, body), tuple(findings), is_cut)
    return Reply(_in_oai(root, findings, body), tuple(findings))


def _parse(body: bytes) -> etree._Element | None:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_pis=True, huge_tree=False
    )
    try:
        return etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _legal(body: bytes) -> bytes:
    """Returns the bytes without forbidden characters, and in UTF-8 where they claim to be."""
    encoding = _ENCODING.search(body[:200])
    if encoding and encoding[1].lower() not in (b"utf-8", b"utf8", b"us-ascii", b"ascii"):
        return body
    text = body.decode("utf-8", "replace").encode()
    return _REFERENCE.sub(_legal_reference, _CONTROL.sub(b"", text))


def _legal_reference(match: re.Match[bytes]) -> bytes:
    code = int(match[1], 16) if match[1] else int(match[2])
    is_legal = code in (9, 10, 13) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD
    return match[0] if is_legal or 0x10000 <= code <= 0x10FFFF else b""


def _illegal_characters(body: bytes, mended: bytes) -> Finding:
    """Returns the finding, with the record in which the first of the characters stood."""
    limit = min(len(body), len(mended))
    place = next((at for at in range(limit) if body[at] != mended[at]), limit)
    before = body[:place]
    named = _IDENTIFIER.search(before, max(0, before.rfind(b"<record")))
    identifier = named[1].decode("utf-8", "replace") if named else ""
    message = f"byte {place} is {body[place : place + 8]!r}"
    return Finding(Defect.INVALID_CHARACTERS, message, identifier)


def _salvage(body: bytes) -> tuple[etree._Element, bool, list[Finding]]:
    """Returns a new answer of the records that are whole, and whether the old one broke off.

    Raises:
        NotOaiError: the root element is another, or the list has no beginning.
    """
    start, listed = _ROOT.search(body), _LIST.search(body)
    if start is None:
        raise NotOaiError(_what_came(body))
    if listed is None:
        raise NotOaiError("its XML is broken, and no list of records begins in it")
    root = _parse(b"%s<%s/>%s" % (start[0], listed[1], _end_of(start[0])))
    if root is None:
        raise NotOaiError("its root element is broken")
    findings: list[Finding] = []
    root[0].extend(_whole_records(body[listed.end() :], start[0], findings))
    root[0].extend(_parts(body, start[0], _TOKEN))
    root[:0] = list(_parts(body, start[0], _DATE))
    is_cut = _ROOT_END.search(body[-2000:]) is None
    if is_cut:
        message = f"the answer breaks off after {len(body):,} bytes"
        findings.append(Finding(Defect.TRUNCATED_XML, message))
    return root, is_cut, findings


def _whole_records(body: bytes, root: bytes, findings: list[Finding]) -> Iterator[etree._Element]:
    """Yields each record or header that is well-formed by itself, and notes the others."""
    for match in _RECORD.finditer(body):
        part = _parse(root + match[0] + _end_of(root))
        if part is not None:
            yield part[0]
            continue
        named = _IDENTIFIER.search(match[0])
        identifier = named[1].decode("utf-8", "replace") if named else ""
        findings.append(
            Finding(Defect.MALFORMED_RECORD, "the record is not well-formed XML", identifier)
        )


def _parts(body: bytes, root: bytes, pattern: re.Pattern[bytes]) -> Iterator[etree._Element]:
    found = pattern.search(body)
    part = _parse(root + found[0] + _end_of(root)) if found else None
    if part is not None:
        yield part[0]


def _end_of(start_tag: bytes) -> bytes:
    name = re.match(rb"<([\w.:-]+)", start_tag)
    return b"</%s>" % name[1] if name else b""


def _in_oai(root: etree._Element, findings: list[Finding], body: bytes) -> etree._Element:
    """Returns the root with its own elements in the namespace of OAI-PMH, where they were not.

    Raises:
        NotOaiError: the root is another element.
    """
    name = etree.QName(root)
    if name.localname != "OAI-PMH":
        raise NotOaiError(_what_came(body))
    if name.namespace != OAI:
        given = name.namespace or "none"
        findings.append(Finding(Defect.WRONG_NAMESPACE, f"the namespace is {given}"))
        for element in root.iter(f"{{{name.namespace or ''}}}*"):
            element.tag = f"{{{OAI}}}{etree.QName(element).localname}"
    return root


def _what_came(body: bytes) -> str:
    if not body.strip():
        return "the answer is empty"
    title = _TITLE.search(body)
    if title:
        return f"a web page came, “{title[1].decode('utf-8', 'replace').strip()}”"
    return f"it is no OAI-PMH; it begins {body[:80].decode('utf-8', 'replace')!r}"
