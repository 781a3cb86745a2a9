"""An endpoint judged live by the rules of OAI-PMH 2.0, as the admin shows it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings

from catalogue import outbound
from harvest.oaipmh.conformance.reply import Ask, Reply, parse
from harvest.oaipmh.conformance.rule import Outcome, Verdict
from harvest.oaipmh.conformance.run import over_http, run

# Somebody waits for the page; the first pages of a list break the rules that the others would.
MOST_PAGES = 3


@dataclass(frozen=True, slots=True)
class Report:
    """The verdicts on an endpoint, the broken ones first; `error` where it could not be asked."""

    verdicts: tuple[Verdict, ...] = ()
    error: str = ""

    @property
    def broken(self) -> list[Verdict]:
        return [one for one in self.verdicts if one.outcome is Outcome.BROKEN]

    @property
    def kept(self) -> list[Verdict]:
        return [one for one in self.verdicts if one.outcome is Outcome.KEPT]

    @property
    def others(self) -> list[Verdict]:
        return [one for one in self.verdicts if one.outcome is Outcome.NOT_APPLICABLE]


def judge_endpoint(base_url: str, *, private_hosts: Sequence[str]) -> Report:
    """Asks an endpoint what the rules want to know; a reply that does not come breaks rules too."""
    http = outbound.public_client(contact=settings.ADMIN_EMAIL, private_hosts=private_hosts)
    with http:
        ask = over_http(http, base_url)

        def ask_or_fail(one: Ask) -> Reply:
            try:
                return ask(one)
            except outbound.TRANSPORT_ERRORS as error:
                return parse(one, status=0, headers={}, body=str(error).encode())

        first = ask_or_fail(Ask.of(verb="Identify"))
        if not first.status:
            return Report(error=first.body.decode())
        return Report(tuple(run(base_url, ask_or_fail, most_pages=MOST_PAGES)))
