"""Rules of from and until (OAI-PMH 2.0 §2.7.1, §3.3)."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from harvest.oaipmh.conformance.reply import Ask, Reply
from harvest.oaipmh.conformance.rule import Breach, Rule
from harvest.oaipmh.conformance.survey import Survey


def _list(**arguments: str) -> Ask:
    return Ask.of(verb="ListIdentifiers", metadataPrefix="oai_dc", **arguments)


def _second(survey: Survey) -> list[Ask]:
    """Returns ranges that are the very stamp of the first record, and its day."""
    stamp = next((header.datestamp for header in survey.listed), "")
    if not stamp:
        return []
    stamps = {stamp, stamp[:10]} if survey.has_seconds else {stamp[:10]}
    return [_list(from_=text, until=text) for text in sorted(stamps)]


def _inclusive(survey: Survey, replies: Sequence[Reply]) -> Iterator[Breach]:
    for reply in replies:
        since, until = reply.ask.get("from"), reply.ask.get("until")
        for header in reply.records:
            if not since <= header.datestamp[: len(since)] <= until:
                message = f"It is from {header.datestamp}, asked was {since} to {until}."
                yield Breach(message, reply.ask, header.identifier)
        if reply.next_token:
            continue
        found = {header.identifier for header in reply.records}
        for header in survey.listed:
            if header.datestamp[: len(since)] == since and header.identifier not in found:
                message = f"It is from {header.datestamp}, and missing where {since} was asked."
                yield Breach(message, reply.ask, header.identifier)


def _parts(survey: Survey) -> list[Ask]:
    """Returns the two halves of the whole list at the stamp of its middle record."""
    if not survey.is_whole or len(survey.headers) > 1 or not survey.listed:
        return []
    stamps = sorted(header.datestamp for header in survey.listed)
    middle = stamps[len(stamps) // 2]
    return [_list(until=middle), _list(from_=middle)]


def _whole(survey: Survey, replies: Sequence[Reply]) -> Iterator[Breach]:
    found = {header.identifier for reply in replies for header in reply.records}
    for header in survey.listed:
        if replies and header.identifier not in found:
            message = f"It is from {header.datestamp}, and in neither half of the list."
            yield Breach(message, replies[0].ask, header.identifier)


def _empty_ranges(survey: Survey) -> list[Ask]:
    earliest = survey.identify.text("earliestDatestamp")
    if not earliest[:4].isdigit() or int(earliest[:4]) < 2:
        return []
    day = f"{int(earliest[:4]) - 1:04}{earliest[4:10]}".replace("-02-29", "-02-28")
    return [_list(until=day), _list(from_="9999-01-01")]


def _empty(_survey: Survey, replies: Sequence[Reply]) -> Iterator[Breach]:
    for reply in replies:
        if reply.codes != ["noRecordsMatch"]:
            yield Breach(f"Nothing can match, and the reply is {reply.errors_in_words}.", reply.ask)


def _posts(survey: Survey) -> list[Ask]:
    asks = [survey.identify.ask, survey.formats.ask, survey.headers[0].ask]
    return [replace(ask, method="POST") for ask in asks]


def _posted(survey: Survey, replies: Sequence[Reply]) -> Iterator[Breach]:
    got = [survey.identify, survey.formats, survey.headers[0]]
    for before, reply in zip(got, replies, strict=True):
        if [header.identifier for header in reply.records] != [
            header.identifier for header in before.records
        ] or reply.codes != before.codes:
            yield Breach("POST and GET are answered differently.", reply.ask)


RULES = (
    Rule(
        "inclusive",
        "2.7.1",
        "from and until are inclusive, by second and by day",
        _inclusive,
        _second,
        True,
    ),
    Rule("halves", "2.7.1", "Two halves of a list make the whole", _whole, _parts, True),
    Rule(
        "empty-range",
        "4.3",
        "A range without records is noRecordsMatch",
        _empty,
        _empty_ranges,
        True,
    ),
    Rule("post", "3.1.1", "POST is answered as GET", _posted, _posts, True),
)
