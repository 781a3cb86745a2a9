"""The page that searches everywhere, sent piece by piece as facilities answer; it needs no script.

Each answer is a piece of the page of its own: who has answered, how much was found, its best hits.
When all have answered, or time is up, the merged list follows, and the page is whole.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from django.conf import settings
from django.http import Http404, HttpRequest, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.crypto import get_random_string
from django.views.decorators.http import require_safe

from catalogue.portal.paging import Page, page_links, page_number
from catalogue.search.errors import FilterError
from harvest.federation.answers import Answer, State
from harvest.federation.ask import Asking
from harvest.federation.findings import Finding, finding_of
from harvest.federation.health import chosen_providers, value_of
from harvest.federation.merge import Merged, merge
from harvest.federation.question import Question, list_question
from harvest.federation.views import DEEPEST

PAGE_SIZE = 20
PREVIEWED = 3
LONGEST_TEXT = 300
KINDS = {
    "documents": ("Document", "Published data and proposals"),
    "datasets": ("Dataset", "Datasets"),
    "instruments": ("Instrument", "Instruments"),
}
# What people read where there is no answer.
IN_WORDS = {
    State.LATE: "did not answer in time",
    State.UNREACHABLE: "cannot be reached",
    State.REFUSED: "does not understand this search",
    State.FAILED: "has a fault",
    State.GARBLED: "answered what cannot be read",
    State.TOO_LARGE: "answered more than can be taken",
    State.NOT_ALLOWED: "is not asked: its address is not public",
    State.RESTING: "has not been working and was not asked",
}


@dataclass(frozen=True, slots=True)
class Everywhere:
    """What an address of the page asks for; text None: nothing yet, provider '': all."""

    text: str | None
    kind: str
    provider: str
    page: int

    @classmethod
    def parse(cls, query: QueryDict) -> Self:
        text = query.get("q")
        kind = query.get("kind", "documents")
        return cls(
            text=None if text is None else " ".join(text.replace("\0", " ").split())[:LONGEST_TEXT],
            kind=kind if kind in KINDS else "documents",
            provider=query.get("provider", ""),
            page=page_number(query),
        )

    @property
    def skip(self) -> int:
        return (self.page - 1) * PAGE_SIZE

    def question(self) -> Question:
        asked = {"query": self.text} if self.text else {}
        return list_question(KINDS[self.kind][0], asked, (), self.skip + PAGE_SIZE)


@require_safe
def everywhere(request: HttpRequest) -> HttpResponseBase:
    wanted = Everywhere.parse(request.GET)
    try:
        asking = Asking(chosen_providers(wanted.provider))
    except FilterError:
        raise Http404(f"There is no facility “{wanted.provider[:40]}” here.") from None
    if wanted.skip + PAGE_SIZE > DEEPEST:
        raise Http404(f"A search everywhere ends after {DEEPEST} results; use more words.")
    mark = get_random_string(20)
    context = {
        "wanted": wanted,
        "kinds": {name: label for name, (_, label) in KINDS.items()},
        "providers": [value_of(row) for row in chosen_providers()],
        "deadline_s": settings.FEDERATION_DEADLINE_S,
        "pieces": mark,
    }
    page = render(request, "federation/everywhere.html", context)
    if wanted.text is None or request.method == "HEAD":
        page.content = page.content.replace(mark.encode(), b"")
        return page
    before, after = page.content.decode().split(mark)
    pieces = _pieces(request.GET, wanted, asking)
    # A proxy that collects the page before it passes it on would make everybody wait (nginx).
    headers = {"X-Accel-Buffering": "no", "Cache-Control": "no-store"}
    return StreamingHttpResponse(_whole(before, pieces, after), headers=headers)


def _whole(before: str, pieces: Iterator[str], after: str) -> Iterator[str]:
    yield before
    yield from pieces
    yield after


def _pieces(query: QueryDict, wanted: Everywhere, asking: Asking) -> Iterator[str]:
    """Yields the HTML of each answer as it comes, and of all of them together."""
    names = {value_of(row).key: row.facility for row in asking.rows}
    waiting = dict(names)
    yield _piece("waiting", waiting=list(waiting.values()), asked=len(names))
    answers = []
    for answer in asking.answers(wanted.question()):
        answers.append(answer)
        del waiting[answer.provider.key]
        yield _answer_piece(answer, wanted, waiting=list(waiting.values()), asked=len(names))
    yield _merged_piece(query, wanted, asking.in_order(answers))


def _answer_piece(answer: Answer, wanted: Everywhere, *, waiting: Sequence[str], asked: int) -> str:
    own = merge([answer], skip=0, limit=PREVIEWED, is_ranked=bool(wanted.text))
    return _piece(
        "answer",
        answer=answer,
        trouble=IN_WORDS.get(answer.state, ""),
        found=_count_in_words(
            own.total, is_exact=answer.total is not None and answer.is_total_exact
        ),
        preview=_findings(own, [answer]),
        waiting=waiting,
        asked=asked,
        answered=asked - len(waiting),
    )


def _merged_piece(query: QueryDict, wanted: Everywhere, answers: Sequence[Answer]) -> str:
    merged = merge(answers, skip=wanted.skip, limit=PAGE_SIZE, is_ranked=bool(wanted.text))
    reached = wanted.skip + len(merged.items)
    has_next = merged.total > reached and reached + PAGE_SIZE <= DEEPEST and bool(merged.items)
    page = Page(merged.items, wanted.page, wanted.skip + 1, has_next=has_next)
    return _piece(
        "merged",
        wanted=wanted,
        findings=_findings(merged, answers),
        found=_count_in_words(merged.total, is_exact=merged.is_exact),
        page=page,
        missing=[answer.provider.facility for answer in answers if not answer.is_answered],
        again=f"?{query.urlencode()}",
        **page_links(query, page),
    )


def _findings(merged: Merged, answers: Sequence[Answer]) -> list[Finding]:
    facilities = {answer.provider.base_url: answer.provider.facility for answer in answers}
    own_url = next((a.provider.base_url for a in answers if a.provider.is_own), "")
    return [finding_of(item, facilities=facilities, own_url=own_url) for item in merged.items]


def _count_in_words(total: int, *, is_exact: bool) -> str:
    if is_exact:
        return f"{total:,}"
    return f"about {total:,}"


def _piece(_name: str, **context: object) -> str:
    return render_to_string(f"federation/includes/{_name}.html", context)
