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
from catalogue.search.query import matching, ordered
from catalogue.search.query_string import read_parameters
from catalogue.search.ranking import LEAST_SIMILARITY, RANKED, ranked
from catalogue.search.rows import Rows
from catalogue.search.schema import CLASSES
from catalogue.search.tree import AllOf, Comparison, Filter
from catalogue.search.values import string
from catalogue.search.where import parse_where

CLASS_NAMES = {"datasets": "Dataset", "documents": "Document", "instruments": "Instrument"}
# One request may keep the database busy for so long; a regular expression has no other bound.
TIMEOUT_MS = 5000
_LIMITS = (
    "SELECT set_config('statement_timeout', %s, true),"
    " set_config('pg_trgm.word_similarity_threshold', %s, true)"
)


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
        asked = parse_filter(parameters.get("filter", {}), CLASSES[name])
        return page(name, found(name, asked, today), asked, parameters, today=today)


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
        asked = parse_item_filter(parameters.get("filter", {}), CLASSES[name])
        row = _row(name, place["pid"], today=today)
        items = rendered(name, [row], asked.includes, fields=asked.fields, today=today)
        return Response(items[0])


class FileList(SearchView):
    def answer(self, parameters: dict[str, Any], *, today: date, **place: str) -> Response:
        dataset = _row("Dataset", place["pid"], today=today)
        asked = parse_filter(parameters.get("filter", {}), CLASSES["File"])
        files = found("File", asked, today).filter(dataset=dataset)
        return page("File", files, asked, parameters, today=today)


class FileCount(SearchView):
    known_parameters = ("where", "filter")

    def answer(self, parameters: dict[str, Any], *, today: date, **place: str) -> Response:
        dataset = _row("Dataset", place["pid"], today=today)
        files = found("File", _counted(parameters, "File"), today).filter(dataset=dataset)
        return Response({"count": files.count()})


class Unknown(SearchView):
    """Any other address below the API's."""

    def get(self, request: Request, **place: str) -> Response:
        raise UnknownMethodError(f"There is no method to handle GET {request.path}")


def found(name: str, asked: Filter, today: date) -> Rows:
    """Returns the rows a filter asks for, the best first where it has a query."""
    rows = matching(name, asked.where, asked.includes, today=today)
    if not asked.query:
        return rows
    if name not in RANKED:
        raise FilterError("filter.query", f"{name} is not ranked")
    return ranked(name, rows, asked.query, today=today)


def page(
    name: str, chosen: Rows, asked: Filter, parameters: dict[str, Any], *, today: date
) -> Response:
    """Returns one page of what all filters left.

    X-Total-Count tells how many items that is, Link where the other pages are.
    """
    total = chosen.count()
    rows = list(ordered(name, chosen, asked.order)[asked.skip : asked.skip + asked.limit])
    items = rendered(name, rows, asked.includes, fields=asked.fields, today=today)
    if name in RANKED:
        items = [
            item | {"score": getattr(row, "score", NEUTRAL_SCORE)}
            for row, item in zip(rows, items, strict=True)
        ]
    headers = {"X-Total-Count": str(total)}
    raw: Any = parameters.get("filter", {})
    if links := page_links(raw, skip=asked.skip, limit=asked.limit, total=total):
        headers["Link"] = links
    return Response(items, headers=headers)


def _counted(parameters: dict[str, Any], name: str) -> Filter:
    where = parse_where(parameters.get("where"), CLASSES[name])
    asked = parse_filter(parameters.get("filter", {}), CLASSES[name])
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
