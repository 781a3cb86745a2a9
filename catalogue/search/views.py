"""The search API's addresses: parse, select, render. Everyone gets what anyone may see."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalogue.formats.panosc import NEUTRAL_SCORE
from catalogue.search.cors import open_to_browsers
from catalogue.search.errors import (
    FilterError,
    SearchError,
    UnknownItemError,
    UnknownMethodError,
)
from catalogue.search.fetch import rendered
from catalogue.search.filter import parse_filter, parse_item_filter
from catalogue.search.handler import answer_error
from catalogue.search.links import page_links
from catalogue.search.query import matching, ordered, with_keys
from catalogue.search.query_string import read_parameters
from catalogue.search.ranking import (
    LEAST_SIMILARITY,
    RANKED,
    best,
    holding,
    ranked,
    understood,
)
from catalogue.search.rows import Rows
from catalogue.search.schema import CLASSES
from catalogue.search.terms import with_terms
from catalogue.search.totals import Total, counted, keys_counted
from catalogue.search.tree import AllOf, Comparison, Filter
from catalogue.search.values import string
from catalogue.search.where import parse_where
from catalogue.search.words import WordQuery

CLASS_NAMES = {"datasets": "Dataset", "documents": "Document", "instruments": "Instrument"}
# One request may keep the database busy for so long; a regular expression has no other bound.
TIMEOUT_MS = 5000
# The planner compiles what it holds to be long: that takes a second, and the query then 50 ms.
_LIMITS = (
    "SELECT set_config('statement_timeout', %s, true), set_config('jit', 'off', true),"
    " set_config('pg_trgm.word_similarity_threshold', %s, true)"
)
# The rows of a page, and how many there are on all pages.
Listed = tuple[list[Any], Total]


@method_decorator((open_to_browsers, conditional_page), name="dispatch")
class SearchView(APIView):
    """What all addresses share: GET only, one error envelope, a bounded time in the database."""

    http_method_names = ["get", "head", "options"]
    known_parameters: tuple[str, ...] = ("filter",)

    def get_exception_handler(self) -> Callable[..., Response | None]:
        return answer_error

    def get(self, request: Request, **place: str) -> Response:
        pairs = [(key, value) for key, given in request.GET.lists() for value in given]
        parameters = self.read(pairs)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_LIMITS, [str(TIMEOUT_MS), str(LEAST_SIMILARITY)])
            return self.answer(parameters, today=timezone.localdate(), **place)

    def read(self, pairs: list[tuple[str, str]]) -> dict[str, Any]:
        return read_parameters(pairs, known=self.known_parameters)

    def answer(self, parameters: dict[str, Any], *, today: date, **place: str) -> Response:
        raise NotImplementedError


class ItemList(SearchView):
    def answer(self, parameters: dict[str, Any], *, today: date, **place: str) -> Response:
        name = CLASS_NAMES[place["plural"].lower()]
        asked = read_filter(parameters, name)
        if asked.query:
            listed = _ranked(name, asked, today)
        elif any(include.filters for include in asked.includes):
            listed = _found_by_relation(name, asked, today)
        else:
            listed = _listed(name, found(name, asked, today), asked)
        return page(name, *listed, asked, parameters, today=today)


class ItemCount(SearchView):
    """`where` as the protocol has it; `filter` too, so that a filter by relation can be counted."""

    known_parameters = ("where", "filter")

    def answer(self, parameters: dict[str, Any], *, today: date, **place: str) -> Response:
        name = CLASS_NAMES[place["plural"].lower()]
        return Response({"count": found(name, _counted(parameters, name), today).count()})


class Item(SearchView):
    """One item. Here a scope's condition trims the relation and never hides the item."""

    def answer(self, parameters: dict[str, Any], *, today: date, **place: str) -> Response:
        name = CLASS_NAMES[place["plural"].lower()]
        asked = with_terms_of(name, parse_item_filter(parameters.get("filter", {}), CLASSES[name]))
        row = _row(name, place["pid"], today=today)
        items = rendered(name, [row], asked.includes, fields=asked.fields, today=today)
        return Response(items[0])


class FileList(SearchView):
    def answer(self, parameters: dict[str, Any], *, today: date, **place: str) -> Response:
        dataset = _row("Dataset", place["pid"], today=today)
        asked = read_filter(parameters, "File")
        files = found("File", asked, today).filter(dataset=dataset)
        return page("File", *_listed("File", files, asked), asked, parameters, today=today)


class FileCount(SearchView):
    known_parameters = ("where", "filter")

    def answer(self, parameters: dict[str, Any], *, today: date, **place: str) -> Response:
        dataset = _row("Dataset", place["pid"], today=today)
        files = found("File", _counted(parameters, "File"), today).filter(dataset=dataset)
        return Response({"count": files.count()})


class Unknown(SearchView):
    """Any other address below the API's, by whatever method."""

    http_method_names = ["get", "head", "options", "post", "put", "patch", "delete"]

    def get(self, request: Request, **place: str) -> Response:
        message = f"There is no method to handle {request.method} {request.path}"
        raise UnknownMethodError(message)

    post = put = patch = delete = get


def read_filter(parameters: dict[str, Any], name: str) -> Filter:
    """Returns the filter of a request, with the techniques it names looked up."""
    return with_terms_of(name, parse_filter(parameters.get("filter", {}), CLASSES[name]))


def with_terms_of(name: str, asked: Filter) -> Filter:
    return replace(asked, includes=with_terms(name, asked.includes))


def found(name: str, asked: Filter, today: date) -> Rows:
    """Returns all the rows a filter asks for, in the order of the class."""
    rows = matching(name, asked.where, asked.includes, today=today)
    return holding(name, rows, _words(name, asked.query, today)) if asked.query else rows


def _words(name: str, query: str, today: date) -> WordQuery | None:
    if name not in RANKED:
        raise FilterError("filter.query", f"{name} is not ranked")
    return understood(name, query, today=today)


def _ranked(name: str, asked: Filter, today: date) -> Listed:
    """Returns the best of what holds a query's words; where an order is asked for, all in that."""
    words = _words(name, asked.query, today)
    if not asked.order:
        return best(name, asked, words, today=today)
    rows = matching(name, asked.where, asked.includes, today=today)
    return _listed(name, ranked(name, holding(name, rows, words), words), asked)


def _found_by_relation(name: str, asked: Filter, today: date) -> Listed:
    """Looks the relations up once, for the page and for the total."""
    keys, total = keys_counted(name, asked, today=today)
    end = asked.skip + asked.limit
    if total.is_exact or end <= total.items:
        return with_keys(name, keys[asked.skip : end], today=today), total
    return _rows_of_page(name, found(name, asked, today), asked), total


def _listed(name: str, chosen: Rows, asked: Filter) -> Listed:
    return _rows_of_page(name, chosen, asked), counted(chosen)


def _rows_of_page(name: str, chosen: Rows, asked: Filter) -> list[Any]:
    return list(ordered(name, chosen, asked.order)[asked.skip : asked.skip + asked.limit])


def page(
    name: str,
    rows: list[Any],
    total: Total,
    asked: Filter,
    parameters: dict[str, Any],
    *,
    today: date,
) -> Response:
    """Returns one page of what all filters left.

    X-Total-Count tells how many items that is, and X-Total-Count-Exact where counting was broken
    off; Link where the other pages are.
    """
    items = rendered(name, rows, asked.includes, fields=asked.fields, today=today)
    if name in RANKED:
        items = [
            item | {"score": getattr(row, "score", NEUTRAL_SCORE)}
            for row, item in zip(rows, items, strict=True)
        ]
    headers = {"X-Total-Count": str(total.items)}
    if not total.is_exact:
        headers["X-Total-Count-Exact"] = "false"
    if links := _links(parameters, asked, len(rows), total):
        headers["Link"] = links
    return Response(items, headers=headers)


def _links(parameters: dict[str, Any], asked: Filter, shown: int, total: Total) -> str:
    """Returns where the other pages are; beyond what was counted, a full page has a next one."""
    is_whole = total.is_exact or bool(asked.query)
    reached = asked.skip + shown + (shown == asked.limit)
    raw: Any = parameters.get("filter", {})
    return page_links(
        raw,
        skip=asked.skip,
        limit=asked.limit,
        total=total.items if is_whole else max(total.items, reached),
        is_whole=is_whole,
    )


def _counted(parameters: dict[str, Any], name: str) -> Filter:
    where = parse_where(parameters.get("where"), CLASSES[name])
    asked = read_filter(parameters, name)
    conditions = tuple(part for part in (where, asked.where) if part is not None)
    return replace(asked, where=AllOf(conditions))


def _row(name: str, pid: str, *, today: date) -> Any:
    """Returns the public row with that pid; one that is not public is as unknown as any other."""
    try:
        where = Comparison("pid", "eq", string(pid, "pid"))
    except SearchError:
        raise UnknownItemError(name, pid) from None
    row = matching(name, where, (), today=today).first()
    if row is None:
        raise UnknownItemError(name, pid)
    return row
