"""What this server answers beside the protocol: vocabularies, facets, and what it can do."""

from datetime import date
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from rest_framework.response import Response

from catalogue.search import vocabularies
from catalogue.search.description import openapi
from catalogue.search.errors import FilterError
from catalogue.search.explanation import explained
from catalogue.search.facets import counted_with_facets
from catalogue.search.values import boolean, shown, string
from catalogue.search.views import CLASS_NAMES, SearchView, found, read_filter

Parameters = dict[str, Any]


class PlainView(SearchView):
    """An address whose parameters are words, not JSON."""

    plain_parameters: tuple[str, ...] = ()

    def read(self, pairs: list[tuple[str, str]]) -> Parameters:
        plain = {key: text for key, text in pairs if key in self.plain_parameters}
        others = [pair for pair in pairs if pair[0] not in self.plain_parameters]
        return super().read(others) | plain


class Techniques(PlainView):
    known_parameters = ()
    plain_parameters = ("query", "used")

    def answer(self, parameters: Parameters, *, today: date, **place: str) -> Response:
        return Response(vocabularies.techniques(**_asked(parameters), today=today))


class ParameterNames(PlainView):
    known_parameters = ()
    plain_parameters = ("query", "used")

    def answer(self, parameters: Parameters, *, today: date, **place: str) -> Response:
        return Response(vocabularies.parameters(**_asked(parameters), today=today))


class Facilities(PlainView):
    known_parameters = ()

    def answer(self, parameters: Parameters, *, today: date, **place: str) -> Response:
        return Response(vocabularies.facilities(today=today))


class Facets(PlainView):
    plain_parameters = ("class",)

    def answer(self, parameters: Parameters, *, today: date, **place: str) -> Response:
        plural = parameters.get("class", "Datasets")
        name = CLASS_NAMES.get(plural.lower())
        if name is None:
            known = ", ".join(key.capitalize() for key in CLASS_NAMES)
            raise FilterError("class", f"expected one of {known}, got {shown(plural)}")
        asked = read_filter(parameters, name)
        total, facets = counted_with_facets(name, found(name, asked, today))
        return Response({"total": total, "facets": facets})


class Description(PlainView):
    """The OpenAPI document."""

    known_parameters = ()

    def answer(self, parameters: Parameters, *, today: date, **place: str) -> Response:
        return Response(openapi())


class Root(PlainView):
    """What there is, for programs that begin here."""

    known_parameters = ()

    def answer(self, parameters: Parameters, *, today: date, **place: str) -> Response:
        base = f"{settings.BASE_URL}/panosc-api"
        lists = {name.capitalize(): f"{base}/{name.capitalize()}" for name in CLASS_NAMES}
        documents = {"documentation": f"{base}/explorer", "openapi": f"{base}/openapi.json"}
        name = f"{settings.REPOSITORY_NAME}: search API"
        return Response({"name": name, **documents, "lists": lists})


@csrf_exempt
def root(request: HttpRequest) -> HttpResponse:
    """Programs are told what there is; browsers are led to the page to read."""
    is_read = request.method in ("GET", "HEAD")
    is_page = request.get_preferred_type(["application/json", "text/html"]) == "text/html"
    response = redirect("search:explorer") if is_read and is_page else Root.as_view()(request)
    patch_vary_headers(response, ["Accept"])
    return response


@require_safe
def explorer(request: HttpRequest) -> HttpResponse:
    """The document as a page to read, with examples to follow."""
    return render(request, "search/explorer.html", explained())


def _asked(parameters: Parameters) -> dict[str, Any]:
    words = string(parameters.get("query", ""), "query")
    used = boolean(parameters.get("used", "false"), "used")
    return {"words": words, "used": used}
