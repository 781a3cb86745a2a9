"""Rules of Identify, ListMetadataFormats and ListSets (OAI-PMH 2.0 §4.2, §4.4, §4.6)."""

import re
from collections.abc import Iterator, Sequence

from lxml import etree

from harvest.oaipmh.conformance.of_replies import SECOND
from harvest.oaipmh.conformance.reply import OAI, Ask, Reply
from harvest.oaipmh.conformance.rule import Breach, Rule
from harvest.oaipmh.conformance.survey import Survey

DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
PREFIX = re.compile(r"[A-Za-z0-9\-_.!~*'()]+")
SET_SPEC = re.compile(r"[A-Za-z0-9\-_.!~*'()]+(:[A-Za-z0-9\-_.!~*'()]+)*")
_EMAIL = re.compile(r"\S+@(\S+\.)+\S+")
_OAI_DC = (
    "http://www.openarchives.org/OAI/2.0/oai_dc/",
    "http://www.openarchives.org/OAI/2.0/oai_dc.xsd",
)
_ORDER = (
    "repositoryName",
    "baseURL",
    "protocolVersion",
    "adminEmail",
    "earliestDatestamp",
    "deletedRecord",
    "granularity",
    "compression",
    "description",
)
_GRANULARITIES = {"YYYY-MM-DD": DAY, "YYYY-MM-DDThh:mm:ssZ": SECOND}


def _identify(survey: Survey, _replies: Sequence[Reply]) -> Iterator[Breach]:
    said = survey.identify
    children = [
        etree.QName(child).localname for element in said.all("Identify") for child in element
    ]
    places = [_ORDER.index(name) if name in _ORDER else -1 for name in children]
    messages = {
        f"Its elements are {children}, not in the order of the schema.": places != sorted(places)
        or -1 in places,
        f"protocolVersion is {said.text('protocolVersion')!r}.": said.text("protocolVersion")
        != "2.0",
        f"baseURL is {said.text('baseURL')!r}, asked was {survey.base_url!r}.": said.text("baseURL")
        != survey.base_url,
        "repositoryName is empty.": not said.text("repositoryName"),
        f"deletedRecord is {said.text('deletedRecord')!r}.": said.text("deletedRecord")
        not in ("no", "transient", "persistent"),
        f"granularity is {said.text('granularity')!r}.": said.text("granularity")
        not in _GRANULARITIES,
        "There is no adminEmail.": not said.texts("adminEmail"),
        "identity is no compression to announce.": "identity" in said.texts("compression"),
    }
    yield from (Breach(message, said.ask) for message, is_so in messages.items() if is_so)
    for address in said.texts("adminEmail"):
        if not _EMAIL.fullmatch(address):
            yield Breach(f"adminEmail {address!r} is no address the schema allows.", said.ask)


def _earliest(survey: Survey, _replies: Sequence[Reply]) -> Iterator[Breach]:
    said = survey.identify
    earliest = said.text("earliestDatestamp")
    form = _GRANULARITIES.get(said.text("granularity"))
    if form is None or not form.fullmatch(earliest):
        yield Breach(f"earliestDatestamp {earliest!r} is not in the granularity.", said.ask)
        return
    for header in survey.listed:
        if header.datestamp < earliest:
            message = f"It is from {header.datestamp}, before earliestDatestamp {earliest}."
            yield Breach(message, said.ask, header.identifier)


def _compressions(survey: Survey) -> list[Ask]:
    said = survey.identify.texts("compression")
    return [Ask.of(verb="Identify"), Ask((("verb", "Identify"),), accept_encoding="gzip")] * (
        "gzip" in said
    )


def _compression(_survey: Survey, replies: Sequence[Reply]) -> Iterator[Breach]:
    if not replies:
        return
    plain, packed = replies
    if plain.headers.get("content-encoding", "identity") != "identity":
        yield Breach("It packs a reply that was asked for plain.", plain.ask)
    if packed.headers.get("content-encoding", "gzip") != "gzip" or packed.tree is None:
        yield Breach("It announces gzip and does not give it.", packed.ask)


def _formats(survey: Survey, _replies: Sequence[Reply]) -> Iterator[Breach]:
    said = survey.formats
    found = {}
    for element in said.all("metadataFormat"):
        prefix, schema, namespace = (
            (element.findtext(f"{OAI}{tag}") or "").strip()
            for tag in ("metadataPrefix", "schema", "metadataNamespace")
        )
        found[prefix] = (namespace, schema)
        if not PREFIX.fullmatch(prefix):
            yield Breach(f"metadataPrefix {prefix!r} is not legal.", said.ask)
    if "oai_dc" not in found:
        yield Breach(f"There is no oai_dc; there are {', '.join(found) or 'no formats'}.", said.ask)
    elif found["oai_dc"] != _OAI_DC:
        given, right = map(" with schema ".join, (found["oai_dc"], _OAI_DC))
        yield Breach(f"oai_dc is {given}, not {right}.", said.ask)
    if len(found) != len(survey.prefixes):
        yield Breach("A metadataPrefix is listed twice.", said.ask)


def _formats_of_one(survey: Survey) -> list[Ask]:
    live = survey.first_live
    return [Ask.of(verb="ListMetadataFormats", identifier=live.identifier)] if live else []


def _formats_known(survey: Survey, replies: Sequence[Reply]) -> Iterator[Breach]:
    for reply in replies:
        unknown = set(reply.texts("metadataPrefix")) - set(survey.prefixes)
        if unknown or "oai_dc" not in reply.texts("metadataPrefix"):
            message = f"Its formats are {reply.texts('metadataPrefix')}."
            yield Breach(message, reply.ask, reply.ask.get("identifier"))


def _sets(survey: Survey, _replies: Sequence[Reply]) -> Iterator[Breach]:
    listed, ask = survey.set_specs, survey.sets[0].ask
    if survey.sets[0].codes == ["noSetHierarchy"]:
        used = sorted({spec for header in survey.listed for spec in header.sets})
        if used:
            yield Breach(f"There are no sets, and records are in {used[:5]}.", ask)
        return
    for spec in listed:
        if not SET_SPEC.fullmatch(spec):
            yield Breach(f"setSpec {spec!r} is not legal.", ask)
        if ":" in spec and spec.rpartition(":")[0] not in listed:
            yield Breach(f"{spec!r} is listed, and the set it is in is not.", ask)
    if len(set(listed)) != len(listed):
        yield Breach("A set is listed twice.", ask)
    if survey.sets[-1].next_token:
        return
    for header in survey.listed:
        for spec in set(header.sets) - set(listed):
            yield Breach(f"It is in {spec!r}, which is not listed.", ask, header.identifier)


RULES = (
    Rule("identify", "4.2", "Identify says what it must, in order", _identify),
    Rule("earliest", "4.2", "No record is older than earliestDatestamp", _earliest),
    Rule("compression", "3.1.3", "What is announced is given", _compression, _compressions, True),
    Rule("formats", "4.4", "Every repository has oai_dc", _formats),
    Rule("formats-of-one", "4.4", "A record's formats", _formats_known, _formats_of_one, True),
    Rule("sets", "2.6", "Sets are legal, listed once, and their parents are sets", _sets),
)
