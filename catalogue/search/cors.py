"""Cross-origin access: the PaNOSC portal calls a facility's search API from the browser."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse

_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Link, X-Federation-Status, X-Total-Count, "
    "X-Total-Count-Exact",
}
_PREFLIGHT = {
    "Allow": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "Accept, Content-Type, If-None-Match",
    "Access-Control-Max-Age": "86400",
}

View = Callable[..., HttpResponseBase]


def open_to_browsers(view: View) -> View:
    """Returns the view, readable from any origin: it gives the same public answer to everyone."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "OPTIONS":
            return HttpResponse(status=204, headers=_HEADERS | _PREFLIGHT)
        response = view(request, *args, **kwargs)
        if isinstance(response, SimpleTemplateResponse):
            # Rendering may put a 304 in its place, which has to carry the headers too.
            response = response.render()
        for name, value in _HEADERS.items():
            response.headers[name] = value
        return response

    return answer
