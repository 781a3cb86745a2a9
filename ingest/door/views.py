"""The door's two addresses: where files are handed in, and the page that says how."""

from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ingest.door.answer import look, store, store_once
from ingest.door.errors import KINDS
from ingest.door.handler import answer_error
from ingest.door.idempotency import Answer, parse_key
from ingest.door.request import MOST_PATHS, asked_by, is_dry_run
from ingest.door.tokens import BearerToken
from ingest.models.door import BeamlineToken


class AsciiJson(JSONRenderer):
    """Names of files may hold what no UTF-8 can: as escapes they always can be sent."""

    ensure_ascii = True


class JsonAlone(BaseContentNegotiation):
    """JSON whatever a client accepts: a control computer is told why rather than 406."""

    def select_parser(self, request: Request, parsers: Any) -> None:
        return None

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class Files(APIView):
    """`POST /ingest/files`: files by path or by upload; `?dry_run=1` stores nothing."""

    http_method_names = ["post", "options"]
    authentication_classes = [BearerToken]
    renderer_classes = [AsciiJson]
    content_negotiation_class = JsonAlone

    def get_exception_handler(self) -> Callable[..., Response | None]:
        return answer_error

    def perform_authentication(self, request: Request) -> None:
        """Asks everybody for the token but who asks which methods there are."""
        if request.method != "OPTIONS":
            super().perform_authentication(request)

    def finalize_response(
        self, request: Request, response: Any, *args: Any, **kwargs: Any
    ) -> Response:
        final = super().finalize_response(request, response, *args, **kwargs)
        final.headers["Cache-Control"] = "no-store"
        final.headers["Link"] = f'<{reverse("door:guide")}>; rel="service-doc"'
        return final

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        return Response(status=HTTPStatus.NO_CONTENT)

    def post(self, request: Request) -> Response:
        token = cast(BeamlineToken, request.auth)
        key = parse_key(request.headers.get("Idempotency-Key", ""))
        dry_run = is_dry_run(request.query_params)
        place = _spool_of(token)
        limit_bytes = settings.UPLOAD_MAX_MB * 1024**2
        with asked_by(request._request, spool=place, limit_bytes=limit_bytes) as asked:
            if dry_run:
                # Safe, so there is nothing to be done once only; and it names people.
                return _response(look(asked, token, place))
            if not key:
                return _response(store(asked, token, place))
            return _response(store_once(asked, token, place, key=key))


@require_safe
def guide(request: HttpRequest) -> HttpResponse:
    """Says how files are handed in; it is the same for everyone."""
    context = {
        "address": settings.BASE_URL + reverse("door:files"),
        "kinds": KINDS.items(),
        "most_paths": MOST_PATHS,
        "upload_max_mb": settings.UPLOAD_MAX_MB,
    }
    return render(request, "ingest/door.html", context)


def _spool_of(token: BeamlineToken) -> Path:
    """Returns where uploads of a token's instrument are kept."""
    return Path(settings.UPLOAD_FOLDER, token.facility.slug, token.instrument.slug)


def _response(answer: Answer) -> Response:
    files = answer.body["files"]
    headers = {}
    if answer.status == HTTPStatus.CREATED and len(files) == 1:
        headers["Location"] = files[0]["dataset"]["page"]
    return Response(answer.body, status=answer.status, headers=headers)
