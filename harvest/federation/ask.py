"""One question to all providers: who answers when, whatever the others do."""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone

from catalogue.outbound.many import Call, Reply, Round, Trouble
from harvest.federation.answers import Answer, State, read_answer
from harvest.federation.health import admitted, record, value_of
from harvest.federation.own import ask_own
from harvest.federation.provider import Provider
from harvest.federation.question import Question
from harvest.models import FederationProvider

# A page of a thousand documents with all their relations is about a quarter of this.
MOST_BYTES = 16 * 2**20
# Who has passed a question on, so that two services which ask each other come to an end.
PASSED_ON_BY = "X-Federated-By"
INNER_ADDRESS = (
    "leads into a private network; where that is meant, name its host in CATALOGUE_PRIVATE_HOSTS"
)

_STATES = {
    Trouble.LATE: State.LATE,
    Trouble.UNREACHABLE: State.UNREACHABLE,
    Trouble.TOO_LARGE: State.TOO_LARGE,
    Trouble.GARBLED: State.GARBLED,
    Trouble.NOT_ALLOWED: State.NOT_ALLOWED,
}


@dataclass(frozen=True)
class Asking:
    """Whom to ask, and from when on: `rows` in the order that breaks ties."""

    rows: Sequence[FederationProvider]
    passed_on_by: str = ""
    now: datetime = field(default_factory=timezone.now)

    def all_answers(self, question: Question) -> list[Answer]:
        return self.in_order(self.answers(question))

    def until(self, question: Question, is_enough: Callable[[Answer], bool]) -> list[Answer]:
        """Returns the answers up to the first that is enough; the others are not waited for."""
        found = []
        with closing(self.answers(question)) as answers:
            for answer in answers:
                found.append(answer)
                if is_enough(answer):
                    break
        return self.in_order(found)

    def in_order(self, answers: Iterable[Answer]) -> list[Answer]:
        place = {row.slug: number for number, row in enumerate(self.rows)}
        return sorted(answers, key=lambda answer: place[answer.provider.key])

    def answers(self, question: Question) -> Generator[Answer, None, None]:
        """Yields each provider's answer as it comes, the last one by the deadline.

        Those whose breaker is open are not asked. A question that is refused is asked once more
        without what can be left out of it.
        """
        open_to = admitted(self.rows, now=self.now)
        asked = [row for row in self.rows if row.pk in open_to]
        yield from (_resting(row) for row in self.rows if row.pk not in open_to)
        with Round(
            settings.FEDERATION_DEADLINE_S,
            most_bytes=MOST_BYTES,
            private_hosts=settings.PRIVATE_HOSTS,
        ) as calls:
            remote = {row.slug: row for row in asked if not row.is_own}
            for row in remote.values():
                calls.ask(self._call(row, question))
            # The others are under way meanwhile.
            yield from (_own(row, question) for row in asked if row.is_own)
            yield from self._replies(calls, remote, question)

    def _replies(
        self, calls: Round, rows: dict[str, FederationProvider], question: Question
    ) -> Iterator[Answer]:
        questions = dict.fromkeys(rows, question)
        for reply in calls:
            row, sent = rows[reply.key], questions[reply.key]
            answer = _answer(value_of(row), sent, reply)
            if sent.simpler and answer.state in (State.REFUSED, State.FAILED):
                questions[reply.key] = sent.simpler
                calls.ask(self._call(row, sent.simpler))
            else:
                record(row, answer, now=self.now)
                yield answer if sent is question else _simplified(answer)

    def _call(self, row: FederationProvider, question: Question) -> Call:
        agent = f"facility-metadata-catalogue (mailto:{settings.ADMIN_EMAIL})"
        by = ", ".join(filter(None, [self.passed_on_by, settings.BASE_URL]))
        return Call(
            key=row.slug,
            url=f"{row.base_url}/{question.address}",
            timeout_s=row.timeout_s,
            headers={"User-Agent": agent, PASSED_ON_BY: by},
        )


def _own(row: FederationProvider, question: Question) -> Answer:
    return ask_own(value_of(row), question, host=urlsplit(settings.BASE_URL).netloc)


def _answer(provider: Provider, question: Question, reply: Reply) -> Answer:
    if reply.trouble is not None:
        state = _STATES[reply.trouble]
        # Where a host leads to inside this network is for no one outside to know.
        note = INNER_ADDRESS if state is State.NOT_ALLOWED else reply.message
        return Answer(provider, state, seconds=reply.seconds, note=note)
    return read_answer(
        provider,
        question,
        status=reply.status,
        headers=reply.headers,
        body=reply.body,
        seconds=reply.seconds,
    )


def _simplified(answer: Answer) -> Answer:
    if not answer.is_answered:
        return answer
    note = "refused the relations or the order asked for, and answered without them"
    return replace(answer, note="; ".join(filter(None, [note, answer.note])))


def _resting(row: FederationProvider) -> Answer:
    again = f", tried again at {row.retry_at:%H:%M:%S} UTC" if row.retry_at else ""
    note = f"failed {row.failures} times in a row{again}; the last time: {row.error}"
    return Answer(value_of(row), State.RESTING, note=note)
