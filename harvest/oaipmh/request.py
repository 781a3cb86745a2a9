"""From the arguments of a request to a Request, with everything that is wrong with them at once."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qsl

from catalogue.formats.oai_record import IDENTIFIER
from harvest.oaipmh.protocol import ARGUMENTS, Datestamp, OaiError, Use, Verb, parse_datestamp

# No argument of ours is longer; longer ones are neither looked up nor repeated in the reply.
LONGEST_ARGUMENT = 2000
# Far above the seven arguments there are, so that each repetition is still reported as one.
MOST_ARGUMENTS = 50

# OAI-PMH.xsd: metadataPrefixType, setSpecType.
_PREFIX = re.compile(r"[A-Za-z0-9\-_.!~*'()]+")
_SET_SPEC = re.compile(rf"{_PREFIX.pattern}(:{_PREFIX.pattern})*")


@dataclass(frozen=True, slots=True)
class Request:
    """A request: its verb, None where that is wrong; its arguments; what is wrong with it."""

    verb: Verb | None
    arguments: Mapping[str, str] = field(default_factory=dict)
    errors: tuple[OaiError, ...] = ()

    def get(self, name: str) -> str:
        return self.arguments.get(name, "")

    @property
    def since(self) -> datetime | None:
        """The first second of `from`; None is the beginning."""
        stamp = parse_datestamp(self.get("from"))
        return stamp.start if stamp else None

    @property
    def until(self) -> datetime | None:
        """The last second of `until`; None is now."""
        stamp = parse_datestamp(self.get("until"))
        return stamp.end if stamp else None

    @property
    def attributes(self) -> Mapping[str, str]:
        """What the reply's `request` repeats: nothing after badVerb or badArgument (§3.2)."""
        codes = {error.code for error in self.errors}
        if self.verb is None or codes & {"badVerb", "badArgument"}:
            return {}
        return {"verb": self.verb.value, **self.arguments}


def read_pairs(text: str) -> list[tuple[str, str]]:
    """Returns the (name, value) pairs of a query string or form; wrong UTF-8 becomes U+FFFD.

    Raises:
        ValueError: there are more than MOST_ARGUMENTS.
    """
    return parse_qsl(text, keep_blank_values=True, errors="replace", max_num_fields=MOST_ARGUMENTS)


def parse_request(pairs: Iterable[tuple[str, str]], *, prefixes: Collection[str]) -> Request:
    """Returns the request of (name, value) pairs; `prefixes` are the formats disseminated."""
    pairs = list(pairs)
    verbs = [value for name, value in pairs if name == "verb"]
    if problem := _verb_problem(verbs):
        return Request(None, errors=(OaiError("badVerb", problem),))
    verb = Verb(verbs[0])
    others = [(name, value) for name, value in pairs if name != "verb"]
    arguments = dict(others)
    errors = (*_usage_errors(verb, others), *_value_errors(arguments, prefixes))
    return Request(verb, arguments, errors)


def _verb_problem(verbs: Sequence[str]) -> str:
    if not verbs:
        return f"The request names no verb; use one of {', '.join(Verb)}."
    if len(verbs) > 1:
        return "The request names several verbs; it takes one."
    if verbs[0] not in list(Verb):
        return f"{_shown(verbs[0])} is not a verb of OAI-PMH 2.0; use one of {', '.join(Verb)}."
    return ""


def _usage_errors(verb: Verb, pairs: Sequence[tuple[str, str]]) -> Iterator[OaiError]:
    """Yields what OAI-PMH 2.0 §4 forbids of the set of arguments, whatever their values."""
    rules = ARGUMENTS[verb]
    counts = Counter(name for name, _ in pairs)
    for name, times in counts.items():
        if name not in rules:
            yield _bad(f"{verb} takes no argument {_shown(name)}.")
        elif times > 1:
            yield _bad(f"{name} is given {times} times; it may be given once.")
    exclusive = [name for name, use in rules.items() if use is Use.EXCLUSIVE and name in counts]
    if exclusive and len(counts) > 1:
        yield _bad(f"{exclusive[0]} excludes every other argument.")
    if not exclusive:
        required = [name for name, use in rules.items() if use is Use.REQUIRED]
        yield from (_bad(f"{verb} needs {name}.") for name in required if name not in counts)


def _value_errors(arguments: Mapping[str, str], prefixes: Collection[str]) -> Iterator[OaiError]:
    long = [name for name, value in arguments.items() if len(value) > LONGEST_ARGUMENT]
    yield from (_bad(f"{_shown(name)} exceeds {LONGEST_ARGUMENT} characters.") for name in long)
    short = {name: value for name, value in arguments.items() if name not in long}
    if "metadataPrefix" in short:
        yield from _prefix_errors(short["metadataPrefix"], prefixes)
    if "identifier" in short:
        yield from _identifier_errors(short["identifier"])
    if "set" in short and not _SET_SPEC.fullmatch(short["set"]):
        yield _bad(f"set {_shown(short['set'])} is not a setSpec; write e.g. a or a:b.")
    yield from _range_errors(short)


def _prefix_errors(prefix: str, prefixes: Collection[str]) -> Iterator[OaiError]:
    if not _PREFIX.fullmatch(prefix):
        yield _bad(f"metadataPrefix {_shown(prefix)} holds characters that no prefix may hold.")
    elif prefix not in prefixes:
        message = f"There is no format {_shown(prefix)}; there are {', '.join(prefixes)}."
        yield OaiError("cannotDisseminateFormat", message)


def _identifier_errors(identifier: str) -> Iterator[OaiError]:
    """Yields both codes that fit an identifier that is no URI: it is illegal, and so unknown."""
    if not IDENTIFIER.fullmatch(identifier):
        message = f"identifier {_shown(identifier)} is not a URI; write e.g. oai:domain:name."
        yield _bad(message)
        yield OaiError("idDoesNotExist", message)


def _range_errors(arguments: Mapping[str, str]) -> Iterator[OaiError]:
    given = {name: arguments[name] for name in ("from", "until") if name in arguments}
    stamps = {name: parse_datestamp(value) for name, value in given.items()}
    for name in (name for name, stamp in stamps.items() if stamp is None):
        yield _bad(
            f"{name} {_shown(given[name])} is not a UTC date and time;"
            " write e.g. 2026-03-01 or 2026-03-01T10:00:00Z."
        )
    since, until = stamps.get("from"), stamps.get("until")
    if since and until:
        yield from _order_errors(since, until)


def _order_errors(since: Datestamp, until: Datestamp) -> Iterator[OaiError]:
    """Yields what is wrong with a range whose ends are both legal (OAI-PMH 2.0 §2.7.1)."""
    if since.is_day != until.is_day:
        yield _bad("from and until differ in granularity; write both as days or both as seconds.")
    elif since.start > until.end:
        yield _bad("from is later than until.")


def _bad(message: str) -> OaiError:
    return OaiError("badArgument", message)


def _shown(value: str) -> str:
    """Returns a caller's text quoted for a message, cut to a length that fits a log line."""
    return repr(value if len(value) <= 80 else f"{value[:80]}…")
