"""Rules of every reply: transport, envelope, schema (OAI-PMH 2.0 §3.1, §3.2)."""

import re
from collections.abc import Callable, Iterator, Sequence

from harvest.oaipmh.conformance.reply import NAMESPACE, OAI, Reply
from harvest.oaipmh.conformance.rule import Breach, Rule
from harvest.oaipmh.conformance.survey import Survey

SECOND = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
_SCHEMA = f"{NAMESPACE} {NAMESPACE}OAI-PMH.xsd"


def _each(judge: Callable[[Survey, Reply], Iterator[str]]) -> Callable[..., Iterator[Breach]]:
    """Returns a check that judges the replies one by one; no reply is no XML twice."""

    def check(survey: Survey, replies: Sequence[Reply]) -> Iterator[Breach]:
        for reply in replies:
            for message in judge(survey, reply):
                yield Breach(message, reply.ask)

    return check


def _status(_survey: Survey, reply: Reply) -> Iterator[str]:
    if reply.status != 200:
        yield f"HTTP {reply.status}; errors of the protocol are HTTP 200 with an error element."


def _content_type(_survey: Survey, reply: Reply) -> Iterator[str]:
    kind = reply.headers.get("content-type", "")
    if kind.partition(";")[0].strip().lower() != "text/xml":
        yield f"Content-Type is {kind!r}, not text/xml."
    charset = kind.lower().partition("charset=")[2].strip(' "')
    if charset not in ("", "utf-8"):
        yield f"The charset is {charset!r}, not UTF-8."


def _xml(_survey: Survey, reply: Reply) -> Iterator[str]:
    if reply.tree is None:
        yield f"The body is no well-formed XML: {reply.fault}"
        return
    if not reply.body.startswith(b'<?xml version="1.0" encoding="UTF-8"'):
        yield "It does not begin with an XML declaration that names UTF-8."
    if reply.tree.tag != f"{OAI}OAI-PMH":
        yield f"The root is {reply.tree.tag!r}."


def _schema_location(_survey: Survey, reply: Reply) -> Iterator[str]:
    if reply.tree is None:
        return
    location = " ".join(reply.tree.get(f"{_XSI}schemaLocation", "").split())
    if location != _SCHEMA:
        yield f"xsi:schemaLocation of the root is {location!r}, not {_SCHEMA!r}."


def _response_date(_survey: Survey, reply: Reply) -> Iterator[str]:
    if reply.tree is not None and not SECOND.fullmatch(reply.text("responseDate")):
        yield f"responseDate is {reply.text('responseDate')!r}, not UTC in whole seconds with Z."


def _request(survey: Survey, reply: Reply) -> Iterator[str]:
    """Yields what is wrong with the request element, which repeats what was asked (§3.2)."""
    element = next(reply.all("request"), None)
    if element is None:
        return
    repeated = {str(name): value for name, value in element.attrib.items()}
    is_bad = {"badVerb", "badArgument"} & set(reply.codes)
    expected = {} if is_bad else dict(reply.ask.arguments)
    if repeated != expected:
        yield f"request repeats {repeated}, and was asked {expected}."
    if (element.text or "").strip() != survey.identify.text("baseURL"):
        yield f"request names {element.text!r}, Identify {survey.identify.text('baseURL')!r}."


RULES = (
    Rule("http-200", "3.1.2", "Every reply is HTTP 200", _each(_status)),
    Rule("content-type", "3.1.2.1", "Every reply is text/xml in UTF-8", _each(_content_type)),
    Rule("well-formed", "3.2", "Every reply is XML in UTF-8", _each(_xml)),
    Rule("schema-location", "3.2", "Every root names the OAI schema", _each(_schema_location)),
    Rule("response-date", "3.2", "Every responseDate is UTC", _each(_response_date)),
    Rule("request", "3.2", "Every reply repeats its request", _each(_request)),
)


def schema_rule(validate: Callable[[bytes], Sequence[str]]) -> Rule:
    """Returns the rule that every reply is valid, metadata included, by what validates it."""

    def judge(_survey: Survey, reply: Reply) -> Iterator[str]:
        if reply.tree is not None:
            yield from validate(reply.body)

    return Rule("schema", "3.2", "Every reply is valid against its schemas", _each(judge))
