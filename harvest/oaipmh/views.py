"""The provider's one address, `/oai`: HTTP in, HTTP out."""

import logging

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from catalogue.formats.oai_formats import FORMATS
from harvest.oaipmh import response
from harvest.oaipmh.answers import Provider, answer
from harvest.oaipmh.compression import accepts_gzip, packed
from harvest.oaipmh.gate import Gate, TooBusyError
from harvest.oaipmh.protocol import OaiError, ProtocolError
from harvest.oaipmh.request import MOST_ARGUMENTS, Request, parse_request, read_pairs

logger = logging.getLogger(__name__)

FORM = "application/x-www-form-urlencoded"
# Seconds a harvester is asked to wait: a busy process is free again soon, a database may be away.
BUSY_RETRY_AFTER_S = 5
AWAY_RETRY_AFTER_S = 60
GATE = Gate(settings.OAI_MOST_AT_ONCE)


# A harvester has no session to protect, and OAI-PMH 2.0 §3.1.1 wants POST beside GET.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def oai(http: HttpRequest) -> HttpResponse:
    """Answers any of the six verbs; every error of the protocol is HTTP 200 (OAI-PMH 2.0 §3.6)."""
    try:
        with GATE.entered():
            return _reply(_text(_request(http), _provider()), http)
    except TooBusyError:
        return _later(BUSY_RETRY_AFTER_S)
    except (InterfaceError, OperationalError):
        logger.exception("the database did not answer a harvester")
        return _later(AWAY_RETRY_AFTER_S)


def _text(request: Request, provider: Provider) -> str:
    """Returns the reply, on the connection as it is: testing it first takes a third of a page.

    One that was lost since the last request is opened anew, and the request answered then.
    """
    kept = connection.connection
    connection.health_check_done = True  # type: ignore[attr-defined]
    try:
        return _answered(request, provider)
    except (InterfaceError, OperationalError):
        is_lost = kept is not None and (connection.connection is not kept or kept.closed)
        if not is_lost:
            raise
        connection.close()
        return _answered(request, provider)


def _answered(request: Request, provider: Provider) -> str:
    try:
        body = answer(request, provider)
    except ProtocolError as fault:
        request = Request(request.verb, request.arguments, fault.errors)
        body = [response.errors(fault.errors)]
    return response.envelope(
        body,
        base_url=provider.base_url,
        attributes=request.attributes,
        response_date=provider.now,
    )


def _provider() -> Provider:
    return Provider(
        name=settings.REPOSITORY_NAME,
        base_url=f"{settings.BASE_URL}/oai",
        site_url=f"{settings.BASE_URL}/",
        admin_email=settings.ADMIN_EMAIL,
        domain=settings.OAI_DOMAIN,
        page_size=settings.OAI_PAGE_SIZE,
        keys=tuple(map(str, (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))),
        now=timezone.now(),
        friends=tuple(settings.OAI_FRIENDS),
        icon=settings.OAI_ICON,
    )


def _request(http: HttpRequest) -> Request:
    try:
        pairs = read_pairs(_query(http)) + read_pairs(_form(http))
    except ValueError:
        message = f"There are more than {MOST_ARGUMENTS} arguments."
        return Request(None, errors=(OaiError("badArgument", message),))
    return parse_request(pairs, prefixes=FORMATS)


def _query(http: HttpRequest) -> str:
    """Returns the query string; WSGI carries its bytes as Latin-1 (PEP 3333)."""
    raw: str = http.META.get("QUERY_STRING", "")
    return raw.encode("latin-1", "replace").decode("utf-8", "replace")


def _form(http: HttpRequest) -> str:
    is_form = http.method == "POST" and http.content_type == FORM
    return http.body.decode("utf-8", "replace") if is_form else ""


def _reply(text: str, http: HttpRequest) -> HttpResponse:
    body = text.encode()
    headers = {"Vary": "Accept-Encoding"}
    if accepts_gzip(http.headers.get("Accept-Encoding", "")):
        body = packed(body)
        headers["Content-Encoding"] = "gzip"
    return HttpResponse(body, content_type="text/xml; charset=UTF-8", headers=headers)


def _later(seconds: int) -> HttpResponse:
    """Returns 503 with Retry-After: OAI-PMH 2.0 §3.1.2.2's word for 'not now'."""
    return HttpResponse(status=503, headers={"Retry-After": str(seconds)})
