"""The addresses of `/federated-api`: the search API's shape, over all providers."""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.utils.decorators import method_decorator
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalogue.search.cors import open_to_browsers
from catalogue.search.errors import FilterError, SearchError, UnknownItemError, UnknownMethodError
from catalogue.search.filter import parse_filter, parse_item_filter
from catalogue.search.handler import answer_error
from catalogue.search.links import page_links
from catalogue.search.query_string import read_parameters
from catalogue.search.schema import CLASSES
from catalogue.search.tree import Filter
from catalogue.search.values import string
from catalogue.search.views import CLASS_NAMES
from catalogue.search.where import parse_where
from harvest.federation import question as ask_for
from harvest.federation.answers import Answer
from harvest.federation.ask import PASSED_ON_BY, Asking
from harvest.federation.health import chosen_providers, health_of, value_of
from harvest.federation.merge import merge
from harvest.federation.question import Question
from harvest.federation.status import status_block, status_header

Json = dict[str, Any]

# Everyone is asked for all that comes before a page, too.
DEEPEST = 1000
# Parameters that say how to answer, and not what is asked of the providers.
_OURS = ("envelope", "provider")
_ADDED = ("score", "provider", "providers")


class NobodyAnsweredError(SearchError):
    """No provider could be asked, or none gave an answer in time."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "NOBODY_ANSWERED"


class LoopError(SearchError):
    """The question has been here before."""

    status = HTTPStatus.LOOP_DETECTED
    code = "LOOP_DETECTED"


@method_decorator(open_to_browsers, name="dispatch")
class FederatedView(APIView):
    """What all addresses share: GET only, one error envelope, who answered in a header.

    An answer has the very shape of the search API's; with `?envelope=1` it is an object that holds
    it beside the status. `?provider=ess,ill` asks these alone.
    """

    http_method_names = ["get", "head", "options"]
    known_parameters: tuple[str, ...] = ("filter",)

    def get_exception_handler(self) -> Callable[..., Response | None]:
        return answer_error

    def get(self, request: Request, **place: str) -> Response:
        self.is_enveloped = _flag(request.GET.get("envelope", ""), "envelope")
        self.asking = _asking(request)
        pairs = [(key, value) for key, found in request.GET.lists() for value in found]
        asked = [pair for pair in pairs if pair[0] not in _OURS]
        return self.answer(read_parameters(asked, known=self.known_parameters), **place)

    def answer(self, parameters: dict[str, Any], **place: str) -> Response:
        raise NotImplementedError

    def ask(self, question: Question) -> list[Answer]:
        """Returns the answers of all, in their order.

        Raises:
            NobodyAnsweredError: there is none.
        """
        return _somebody_answered(self.asking.all_answers(question))

    def ask_for_one(self, question: Question) -> tuple[Answer | None, list[Answer]]:
        """Returns the first answer that has something, and all that have come until then."""
        answers = self.asking.until(question, lambda answer: bool(answer.items or answer.count))
        _somebody_answered(answers)
        present = [answer for answer in answers if answer.is_answered and not answer.is_absent]
        return next(iter(sorted(present, key=_is_empty)), None), answers

    def reply(
        self,
        value: object,
        answers: Sequence[Answer],
        *,
        name: str,
        is_exact: bool = True,
        **more: Any,
    ) -> Response:
        headers = {"X-Federation-Status": status_header(answers)}
        if "total" in more:
            headers["X-Total-Count"] = str(more["total"])
        if self.is_enveloped:
            status = status_block(answers, is_exact=is_exact)
            value = {name: value, **more, "status": status}
        return Response(value, headers=headers)


class FederatedList(FederatedView):
    def answer(self, parameters: dict[str, Any], **place: str) -> Response:
        name = CLASS_NAMES[place["plural"].lower()]
        raw = parameters.get("filter", {})
        asked = parse_filter(raw, CLASSES[name])
        window = window_of(asked.skip, asked.limit)
        answers = self.ask(ask_for.list_question(name, raw, asked.includes, window))
        found = merge(
            answers,
            skip=asked.skip,
            limit=asked.limit,
            is_ranked=bool(asked.query),
            order=asked.order,
        )
        items = [shown(item, asked) for item in found.items]
        response = self.reply(
            items, answers, name="items", total=found.total, is_exact=found.is_exact
        )
        last = min(found.total, DEEPEST)
        if links := page_links(raw, skip=asked.skip, limit=asked.limit, total=last):
            ours = {key: self.request.GET[key] for key in _OURS if key in self.request.GET}
            response["Link"] = links.replace("<?", f"<?{urlencode(ours)}&") if ours else links
        return response


class FederatedCount(FederatedView):
    """The sum; what several hold is counted by each of them, which only a list can tell.

    `filter` beside `where`, as in the search API. The reference passes it over, so a count by
    relations or by a query is an approximate one.
    """

    known_parameters = ("where", "filter")

    def answer(self, parameters: dict[str, Any], **place: str) -> Response:
        name = CLASS_NAMES[place["plural"].lower()]
        where, raw = parameters.get("where", {}), parameters.get("filter", {})
        parse_where(where, CLASSES[name])
        asked = parse_filter(raw, CLASSES[name])
        answers = self.ask(ask_for.count_question(name, where, raw))
        count = sum(answer.count for answer in answers)
        is_filtered = bool(asked.query) or any(include.filters for include in asked.includes)
        is_exact = sum(answer.count > 0 for answer in answers) < 2 and not is_filtered
        return self.reply_count(count, answers, is_exact=is_exact)

    def reply_count(self, count: int, answers: Sequence[Answer], *, is_exact: bool) -> Response:
        if self.is_enveloped:
            return self.reply(count, answers, name="count", is_exact=is_exact)
        value: Json = {"count": count} if is_exact else {"count": count, "approximate": True}
        return self.reply(value, answers, name="count")


class FederatedItem(FederatedView):
    def answer(self, parameters: dict[str, Any], **place: str) -> Response:
        name = CLASS_NAMES[place["plural"].lower()]
        raw = parameters.get("filter", {})
        asked = parse_item_filter(raw, CLASSES[name])
        pid = _pid(name, place["pid"])
        found, answers = self.ask_for_one(ask_for.item_question(name, pid, raw, asked.includes))
        if found is None or not found.items:
            raise UnknownItemError(name, pid)
        item = shown(found.items[0] | {"provider": found.provider.base_url}, asked)
        return self.reply(item, answers, name="item")


class FederatedFiles(FederatedView):
    """The files of a dataset, from the provider that holds it: everyone is asked, it answers."""

    def answer(self, parameters: dict[str, Any], **place: str) -> Response:
        pid = _pid("Dataset", place["pid"])
        raw = parameters.get("filter", {})
        asked = parse_filter(raw, CLASSES["File"])
        question = ask_for.files_question(pid, raw, window_of(asked.skip, asked.limit))
        found, answers = self.ask_for_one(question)
        if found is None:
            raise UnknownItemError("Dataset", pid)
        files = [shown(file, asked) for file in found.items[asked.skip :][: asked.limit]]
        total = len(found.items) if found.total is None else found.total
        return self.reply(files, answers, name="items", total=total, is_exact=found.is_whole)


class FederatedFileCount(FederatedCount):
    def answer(self, parameters: dict[str, Any], **place: str) -> Response:
        pid = _pid("Dataset", place["pid"])
        where, raw = parameters.get("where", {}), parameters.get("filter", {})
        parse_where(where, CLASSES["File"])
        parse_filter(raw, CLASSES["File"])
        found, answers = self.ask_for_one(ask_for.file_count_question(pid, where, raw))
        if found is None:
            raise UnknownItemError("Dataset", pid)
        return self.reply_count(found.count, answers, is_exact=True)


class Root(FederatedView):
    """Who is asked, and how they have been doing; nobody is asked for it."""

    known_parameters = ()

    def answer(self, parameters: dict[str, Any], **place: str) -> Response:
        rows = self.asking.rows
        return Response(
            {
                "hosting_facility": settings.REPOSITORY_NAME,
                "data_providers": [value_of(row).base_url for row in rows],
                "deadline_ms": round(settings.FEDERATION_DEADLINE_S * 1000),
                "deepest": DEEPEST,
                "providers": [health_of(row, now=self.asking.now) for row in rows],
            }
        )


class Unknown(FederatedView):
    """Any other address below the API's."""

    def get(self, request: Request, **place: str) -> Response:
        raise UnknownMethodError(f"There is no method to handle GET {request.path}")


def shown(item: Json, asked: Filter) -> Json:
    """Returns the fields of an item that were asked for; what is included or ours stays.

    Providers are not asked to leave fields out: without its pid an item is nobody's.
    """
    if asked.fields is None:
        return item
    kept = {*asked.fields, *_ADDED, *(include.relation for include in asked.includes)}
    return {name: value for name, value in item.items() if name in kept}


def window_of(skip: int, limit: int) -> int:
    """Returns how many items everyone is asked for.

    Raises:
        FilterError: that is more than one question may cost all providers.
    """
    if skip >= DEEPEST:
        message = f"expected less than {DEEPEST} over all providers; narrow the filter instead"
        raise FilterError("filter.skip", message)
    return min(skip + limit, DEEPEST)


def _asking(request: Request) -> Asking:
    passed_on_by = request.headers.get(PASSED_ON_BY, "")
    if settings.BASE_URL in passed_on_by.split(", "):
        raise LoopError("This question came from here: a provider has passed it back.")
    keys = request.GET.get("provider", "")
    return Asking(chosen_providers(keys), passed_on_by=passed_on_by)


def _somebody_answered(answers: list[Answer]) -> list[Answer]:
    if not any(answer.is_answered for answer in answers):
        told = "; ".join(
            f"{answer.provider.key}: {answer.state}, {answer.note}" for answer in answers
        )
        raise NobodyAnsweredError(
            f"No provider answered. {told}" if told else "There is no provider."
        )
    return answers


def _is_empty(answer: Answer) -> bool:
    return not (answer.items or answer.count)


def _pid(name: str, pid: str) -> str:
    try:
        return string(pid, "pid")
    except SearchError:
        raise UnknownItemError(name, pid) from None


def _flag(text: str, name: str) -> bool:
    if text not in ("", "0", "1"):
        raise FilterError(name, "expected 0 or 1")
    return text == "1"
