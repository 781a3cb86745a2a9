"""The addresses of the PaNOSC search scoring protocol (panosc-search-scoring), with its answers.

Anyone may ask for scores. Items are another facility's and may hold what is not public: giving,
reading and removing them needs the token of `CATALOGUE_SCORING_TOKEN`, and without that setting
there are none.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalogue.models import ScoredItem
from catalogue.scoring import scores as scoring
from catalogue.scoring.items import (
    GivenItem,
    UnknownScoredItemError,
    read_items,
    store,
)
from catalogue.search.errors import SearchError
from catalogue.search.handler import answer_error
from catalogue.search.ranking import LEAST_SIMILARITY
from catalogue.search.values import json_object, string, whole
from catalogue.search.views import TIMEOUT_MS
from catalogue.search.words import words_of

Json = dict[str, Any]
DEFAULT_LIMIT = 1000
MOST_ITEMS = 10_000


class NoTokenError(SearchError):
    status = 401
    code = "NO_TOKEN"


def answer_detail(error: Exception, context: dict[str, Any]) -> Response | None:
    """Returns an error as this protocol has it: `{"detail": …}`."""
    response = answer_error(error, context)
    if response is not None:
        response.data = {"detail": response.data["error"]["message"]}
        if isinstance(error, NoTokenError):
            response.headers["WWW-Authenticate"] = 'Bearer realm="scoring"'
    return response


class ScoringView(APIView):
    """What all addresses share: a bounded time in the database, the token where it is needed."""

    needs_token = True

    def get_exception_handler(self) -> Callable[..., Response | None]:
        return answer_detail

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if self.needs_token:
            _check_token(request.headers.get("Authorization", ""))

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('statement_timeout', %s, true),"
                " set_config('pg_trgm.word_similarity_threshold', %s, true)",
                [str(TIMEOUT_MS), str(LEAST_SIMILARITY)],
            )
            response = super().dispatch(request, *args, **kwargs)
            transaction.set_rollback(response.status_code >= 400)
            return response


def _check_token(header: str) -> None:
    if not settings.SCORING_TOKEN:
        raise PermissionDenied("Items are not taken here: CATALOGUE_SCORING_TOKEN is not set.")
    kind, _, token = header.partition(" ")
    if kind.lower() != "bearer" or not constant_time_compare(token.strip(), settings.SCORING_TOKEN):
        raise NoTokenError("Send 'Authorization: Bearer …' with the token of this service.")


class Root(ScoringView):
    needs_token = False

    def get(self, request: Request) -> Response:
        name = f"{settings.REPOSITORY_NAME}: scoring"
        return Response(
            {"application": name, "started": True, "takes_items": bool(settings.SCORING_TOKEN)}
        )


class Score(ScoringView):
    needs_token = False

    def post(self, request: Request) -> Response:
        started = timezone.now()
        asked = scoring.read_request(request.data)
        found = scoring.scores(asked, today=timezone.localdate())
        return Response(
            {
                "request": asked.as_json(),
                "query": {"query": asked.query, "terms": words_of(asked.query)},
                "scores": found,
                "dimension": len(found),
                "computeInProgress": False,
                "started": started,
                "ended": timezone.now(),
            }
        )


class Items(ScoringView):
    def get(self, request: Request) -> Response:
        limit = whole(request.GET.get("limit", DEFAULT_LIMIT), "limit", most=MOST_ITEMS)
        offset = whole(request.GET.get("offset", 0), "offset", most=10**9)
        rows = ScoredItem.objects.defer("search_vector")
        return Response([_shown(row) for row in rows[offset : offset + (limit or DEFAULT_LIMIT)]])

    def post(self, request: Request) -> Response:
        items = read_items(request.data)
        store(items)
        ids = [item.id for item in items]
        answer = {"success": True, "items_created": len(ids), "items_ids": ids}
        return Response(answer, status=201)


class ItemsCount(ScoringView):
    def get(self, request: Request) -> Response:
        return Response({"count": ScoredItem.objects.count()})


class Item(ScoringView):
    def get(self, request: Request, item_id: str) -> Response:
        return Response(_shown(_item(item_id)))

    def put(self, request: Request, item_id: str) -> Response:
        row = _item(item_id)
        return _changed(row, {"group": "default", "fields": {}, **_body(request)})

    def patch(self, request: Request, item_id: str) -> Response:
        row = _item(item_id)
        return _changed(row, {"group": row.group, "fields": row.fields, **_body(request)})

    def delete(self, request: Request, item_id: str) -> Response:
        count, _ = ScoredItem.objects.filter(item_id=string(item_id, "id")).delete()
        return Response({"successful": count == 1, "items_deleted": count})


class Terms(ScoringView):
    def get(self, request: Request) -> Response:
        return Response(scoring.terms(string(request.GET.get("group", ""), "group")))


class TermsCount(ScoringView):
    def get(self, request: Request) -> Response:
        return Response(
            {"count": len(scoring.terms(string(request.GET.get("group", ""), "group")))}
        )


class Weights(ScoringView):
    def get(self, request: Request) -> Response:
        return Response(scoring.weights(string(request.GET.get("group", ""), "group")))


class WeightsCount(ScoringView):
    def get(self, request: Request) -> Response:
        found = scoring.weights(string(request.GET.get("group", ""), "group"))
        return Response({"count": len(found)})


class Compute(ScoringView):
    """Nothing is computed ahead: an item can be found in the moment it is given."""

    def get(self, request: Request) -> Response:
        return Response(_COMPUTED)

    def post(self, request: Request) -> Response:
        return Response(_COMPUTED)


class Unknown(ScoringView):
    needs_token = False

    def get(self, request: Request) -> Response:
        raise UnknownScoredItemError(f"There is nothing at {request.path}")


_COMPUTED = {
    "requested": None,
    "started": None,
    "ended": None,
    "progressPercent": 1,
    "progressDescription": "Items are scored from the moment they are given.",
    "inProgress": False,
}


def _body(request: Request) -> Json:
    parts = json_object(request.data, "item")
    return {key: parts[key] for key in ("group", "fields") if parts.get(key) is not None}


def _changed(row: ScoredItem, parts: Json) -> Response:
    (item,) = read_items({"id": row.item_id, **parts})
    store([GivenItem(row.item_id, item.group, item.fields)])
    return Response({"successful": True, "items_updated": 1})


def _item(item_id: str) -> ScoredItem:
    row = ScoredItem.objects.defer("search_vector").filter(item_id=string(item_id, "id")).first()
    if row is None:
        raise UnknownScoredItemError(f"There is no item {item_id!r}")
    return row


def _shown(row: ScoredItem) -> Json:
    return {"id": row.item_id, "group": row.group, "fields": row.fields}
