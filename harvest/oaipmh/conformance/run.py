"""Tests an endpoint against every rule, over HTTP."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

import httpx

from harvest.oaipmh.conformance.reply import Ask, Reply, parse
from harvest.oaipmh.conformance.rule import Breach, Outcome, Rule, Verdict
from harvest.oaipmh.conformance.rules import RULES, every_reply
from harvest.oaipmh.conformance.survey import AskOne, survey

# Of each rule; one is enough to know it is broken, more help to see how.
MOST_BREACHES = 10

# From a reply to what a schema says is wrong with it.
Validate = Callable[[bytes], Sequence[str]]


@dataclass(slots=True)
class Recorder:
    """Asks, and keeps every reply: the rules of every reply are judged over all of them."""

    ask_one: AskOne
    replies: list[Reply] = field(default_factory=list)

    def __call__(self, ask: Ask) -> Reply:
        reply = self.ask_one(ask)
        self.replies.append(reply)
        return reply


def run(
    base_url: str,
    ask: AskOne,
    *,
    most_pages: int = 20,
    validate: Validate | None = None,
    rules: Sequence[Rule] = RULES,
) -> Iterator[Verdict]:
    """Yields a verdict on each rule, those over every reply last.

    most_pages: how much of each list is walked; validate: None leaves the schemas out.
    """
    recorder = Recorder(ask)
    seen = survey(base_url, recorder, most_pages=most_pages)
    for rule in rules:
        asks = rule.asks(seen)
        if rule.needs_asks and not asks:
            yield Verdict(rule, Outcome.NOT_APPLICABLE)
            continue
        replies = [recorder(one) for one in asks]
        yield _verdict(rule, rule.check(seen, replies))
    for rule in every_reply(validate):
        yield _verdict(rule, rule.check(seen, recorder.replies))


def _verdict(rule: Rule, breaches: Iterator[Breach]) -> Verdict:
    found = tuple(islice(breaches, MOST_BREACHES))
    return Verdict(rule, Outcome.BROKEN if found else Outcome.KEPT, found)


def over_http(http: httpx.Client, base_url: str) -> AskOne:
    """Returns what asks an endpoint through a client of `catalogue.outbound`."""

    def ask(one: Ask) -> Reply:
        headers = {"Accept-Encoding": one.accept_encoding}
        if one.method == "POST":
            answer = http.post(
                base_url,
                content=one.query,
                headers={**headers, "Content-Type": "application/x-www-form-urlencoded"},
            )
        else:
            answer = http.get(f"{base_url}?{one.query}", headers=headers)
        return parse(
            one, status=answer.status_code, headers=dict(answer.headers), body=answer.content
        )

    return ask
