"""This catalogue as a provider: its public search API, asked in process as anybody could ask it.

Asked over HTTP it would need a second thread of the server while the first one waits for it, and
with all threads waiting none would be left to answer.
"""

import logging
import time
from urllib.parse import unquote

from django.http import HttpRequest, QueryDict
from django.urls import resolve

from harvest.federation.answers import Answer, State, read_answer
from harvest.federation.provider import Provider
from harvest.federation.question import Question

logger = logging.getLogger(__name__)
PREFIX = "/panosc-api/"


def ask_own(provider: Provider, question: Question, *, host: str) -> Answer:
    """Returns the answer of this catalogue: of its address itself, to a request without a user."""
    began = time.perf_counter()
    try:
        status, headers, body = _get(question.address, host=host)
    except Exception:
        # Whatever is wrong here must not cost the answers of the others.
        logger.exception("this catalogue could not answer federated search")
        seconds = time.perf_counter() - began
        return Answer(provider, State.FAILED, seconds=seconds, note="internal error")
    seconds = time.perf_counter() - began
    return read_answer(
        provider, question, status=status, headers=headers, body=body, seconds=seconds
    )


def _get(address: str, *, host: str) -> tuple[int, dict[str, str], bytes]:
    path, _, query = f"{PREFIX}{address}".partition("?")
    request = HttpRequest()
    request.method = "GET"
    # As a server would have it: the path is unquoted once.
    request.path = request.path_info = unquote(path)
    request.GET = QueryDict(query)
    request.META = {"REQUEST_METHOD": "GET", "QUERY_STRING": query, "HTTP_HOST": host}
    view, arguments, named = resolve(request.path)
    response = view(request, *arguments, **named)
    if hasattr(response, "render"):
        response.render()
    headers = {name.lower(): value for name, value in response.items()}
    return response.status_code, headers, response.content
