"""Rules of errors: each illegal request and the code it is answered with (OAI-PMH 2.0 §3.6)."""

from collections.abc import Callable, Iterator, Sequence

from harvest.oaipmh.conformance.reply import Ask, Reply
from harvest.oaipmh.conformance.rule import Breach, Rule
from harvest.oaipmh.conformance.survey import Survey

_UNKNOWN = "oai:nowhere.example.org:no-such-record"
_LISTS = ("ListIdentifiers", "ListRecords")


def _error(name: str, title: str, code: str, *asks: Ask, others: tuple[str, ...] = ()) -> Rule:
    """Returns the rule that each request is answered with a code, and no other but `others`."""
    return _error_of(name, title, code, lambda _survey: list(asks), others)


def _error_of(
    name: str,
    title: str,
    code: str,
    asks: Callable[[Survey], list[Ask]],
    others: tuple[str, ...] = (),
) -> Rule:
    def check(_survey: Survey, replies: Sequence[Reply]) -> Iterator[Breach]:
        for reply in replies:
            if code not in reply.codes and not set(reply.codes) & set(others):
                yield Breach(f"The reply is {reply.errors_in_words}, not {code}.", reply.ask)
            elif set(reply.codes) - {code, *others}:
                yield Breach(f"The reply is {reply.errors_in_words}, not {code} alone.", reply.ask)

    return Rule(name, "3.6", title, check, asks, True)


def _with(verb: str, **arguments: str) -> Ask:
    return Ask.of(verb=verb, **arguments)


def _each_list(**arguments: str) -> tuple[Ask, ...]:
    return tuple(_with(verb, metadataPrefix="oai_dc", **arguments) for verb in _LISTS)


def _tokens_of_other_verbs(survey: Survey) -> list[Ask]:
    token = survey.headers[0].next_token
    if not token:
        return []
    exclusive = (("verb", "ListIdentifiers"), ("metadataPrefix", "oai_dc"))
    return [Ask((*exclusive, ("resumptionToken", token)))]


def _changed_tokens(survey: Survey) -> list[Ask]:
    token = survey.headers[0].next_token
    changed = token[:-1] + ("a" if token[-1:] != "a" else "b")
    return [_with("ListIdentifiers", resumptionToken=changed)] if token else []


def _unknown_formats(survey: Survey) -> list[Ask]:
    live = survey.first_live
    lists = [_with(verb, metadataPrefix="no_such_format") for verb in _LISTS]
    if live is None:
        return lists
    one = _with("GetRecord", identifier=live.identifier, metadataPrefix="no_such_format")
    return [*lists, one]


def _unknown_sets(survey: Survey) -> list[Ask]:
    return list(_each_list(set="no-such-set:at-all"))


def _finer(survey: Survey) -> list[Ask]:
    """Returns seconds asked of a repository of days, where it is one."""
    return [] if survey.has_seconds else list(_each_list(from_="2000-01-01T00:00:00Z"))


RULES = (
    _error(
        "bad-verb",
        "No verb, an unknown one, or two",
        "badVerb",
        Ask(),
        Ask.of(verb="NoSuchVerb"),
        Ask.of(verb="identify"),
        Ask((("verb", "Identify"), ("verb", "Identify"))),
    ),
    _error(
        "unknown-argument",
        "An argument the verb does not take",
        "badArgument",
        _with("Identify", metadataPrefix="oai_dc"),
        _with("ListSets", set="a"),
        _with("ListMetadataFormats", from_="2000-01-01"),
        *_each_list(noSuchArgument="x"),
    ),
    _error(
        "missing-argument",
        "A required argument is missing",
        "badArgument",
        *map(_with, _LISTS),
        _with("GetRecord"),
        _with("GetRecord", identifier=_UNKNOWN),
        _with("GetRecord", metadataPrefix="oai_dc"),
        others=("idDoesNotExist",),
    ),
    _error(
        "repeated-argument",
        "An argument is given twice",
        "badArgument",
        Ask((("verb", "ListRecords"), ("metadataPrefix", "oai_dc"), ("metadataPrefix", "oai_dc"))),
    ),
    _error_of("exclusive-token", "A token comes alone", "badArgument", _tokens_of_other_verbs),
    _error(
        "bad-token",
        "A token that never was one",
        "badResumptionToken",
        *(_with(verb, resumptionToken="no-such-token") for verb in _LISTS),
    ),
    _error_of("changed-token", "A token that was changed", "badResumptionToken", _changed_tokens),
    _error_of(
        "unknown-format",
        "A format that is not disseminated",
        "cannotDisseminateFormat",
        _unknown_formats,
    ),
    _error(
        "unknown-identifier",
        "A record that does not exist",
        "idDoesNotExist",
        _with("GetRecord", identifier=_UNKNOWN, metadataPrefix="oai_dc"),
        _with("ListMetadataFormats", identifier=_UNKNOWN),
    ),
    _error(
        "illegal-identifier",
        "An identifier that is no URI",
        "idDoesNotExist",
        _with("GetRecord", identifier="no uri at all", metadataPrefix="oai_dc"),
        _with("GetRecord", identifier="oai:<&\"'>:1", metadataPrefix="oai_dc"),
        others=("badArgument",),
    ),
    _error_of(
        "unknown-set",
        "A set that does not exist",
        "noRecordsMatch",
        _unknown_sets,
        ("badArgument", "noSetHierarchy"),
    ),
    _error(
        "illegal-date",
        "A date that is none",
        "badArgument",
        *(
            ask
            for text in (
                "yesterday",
                "2000-02-30",
                "2000-01-01T00:00:00",
                "2000-13-01",
                "2000-01-01T00:00Z",
                "2000-01-01T00:00:00+01:00",
                "2000-01-01T00:00:00.5Z",
                "2000",
            )
            for ask in (
                _with("ListIdentifiers", metadataPrefix="oai_dc", from_=text),
                _with("ListIdentifiers", metadataPrefix="oai_dc", until=text),
            )
        ),
    ),
    _error(
        "mixed-granularity",
        "from and until in two granularities",
        "badArgument",
        *_each_list(from_="2000-01-01", until="2000-01-02T00:00:00Z"),
    ),
    _error(
        "from-after-until",
        "from is later than until",
        "badArgument",
        *_each_list(from_="2001-01-01", until="2000-01-01"),
    ),
    _error_of("too-fine", "Dates finer than the granularity", "badArgument", _finer),
)
