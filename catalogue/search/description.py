"""The OpenAPI 3.1 document of the search API, made from the data model that answers."""

from typing import Any

from django.conf import settings

from catalogue.search.described_model import ref, schemas
from catalogue.search.examples import FILTERS, PIDS, SECTIONS, WHERES

Json = dict[str, Any]
PLURALS = {"Datasets": "Dataset", "Documents": "Document", "Instruments": "Instrument"}
INTRODUCTION = (
    "The PaNOSC search API over the open data of this catalogue. Everyone may ask; whatever is "
    "asked, only data that are public today are answered."
)


def openapi() -> Json:
    """Returns the document; the same for everyone."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{settings.REPOSITORY_NAME}: search API",
            "version": "1.0.0",
            "summary": "Open data of photon and neutron sources, as PaNOSC portals ask for them.",
            "description": _description(),
            "contact": {"email": settings.ADMIN_EMAIL},
        },
        "servers": [{"url": "/panosc-api"}],
        "tags": [{"name": name} for name in (*PLURALS, "Vocabularies")],
        "paths": _paths(),
        "components": {
            "schemas": schemas(),
            "responses": {"Error": _content("What was wrong, and where.", ref("Error"))},
        },
    }


def _description() -> str:
    sections = ("\n\n".join((f"## {title}", *texts)) for title, texts in SECTIONS.items())
    return "\n\n".join((INTRODUCTION, *sections))


def _paths() -> Json:
    paths: Json = {}
    for plural, name in PLURALS.items():
        paths |= {
            f"/{plural}": _list(plural, name),
            f"/{plural}/count": _count(plural, name),
            f"/{plural}/{{pid}}": _item(plural, name),
        }
    return paths | _file_paths() | _vocabulary_paths()


def _list(plural: str, name: str) -> Json:
    items = {"type": "array", "items": {"allOf": [ref(name), ref("Scored")]}}
    headers = {
        "X-Total-Count": {"schema": {"type": "integer"}, "description": "Items in all pages."},
        "X-Total-Count-Exact": {
            "schema": {"const": "false"},
            "description": "There are more, and they were not counted.",
        },
        "Link": {"schema": {"type": "string"}, "description": "The other pages (RFC 8288)."},
    }
    found = _content(f"One page of {plural.lower()}.", items) | {"headers": headers}
    examples = FILTERS[plural]
    return _operation(plural, f"List {plural.lower()}", found, _filter_parameter(name, examples))


def _count(plural: str, name: str) -> Json:
    where = _json_parameter("where", ref("Where"), "The bare condition.", WHERES[plural])
    parameters = [*where, *_filter_parameter(name, {})]
    return _operation(plural, f"Count {plural.lower()}", _counted(), parameters)


def _item(plural: str, name: str) -> Json:
    found = _content(f"The {name.lower()}.", ref(name))
    include = _json_parameter("filter", ref("ItemFilter"), "Relations and fields to show.", {})
    parameters = [_pid(PIDS[plural]), *include]
    return _operation(plural, f"One {name.lower()}", found, parameters, can_be_unknown=True)


def _file_paths() -> Json:
    files = {"type": "array", "items": ref("File")}
    pid = _pid(PIDS["Datasets"])
    where = _json_parameter("where", ref("Where"), "The bare condition.", {})
    filters = _filter_parameter("File", {"big": {"where": {"size": {"gt": 1000000}}}})
    return {
        "/Datasets/{pid}/files": _operation(
            "Datasets",
            "Files of a dataset",
            _content("One page of files.", files),
            [pid, *filters],
            can_be_unknown=True,
        ),
        "/Datasets/{pid}/files/count": _operation(
            "Datasets",
            "Count the files of a dataset",
            _counted(),
            [pid, *where, *_filter_parameter("File", {})],
            can_be_unknown=True,
        ),
    }


def _vocabulary_paths() -> Json:
    listed = {"type": "array", "items": {"type": "object"}}
    words = [
        _plain("query", {"type": "string"}, "What a name has to hold.", "SAXS"),
        _plain("used", {"type": "boolean"}, "Only what public data have.", True),
    ]
    of_class = _plain(
        "class", {"type": "string", "enum": list(PLURALS)}, "Whose facets.", "Datasets"
    )
    facets = {"type": "object", "required": ["total", "facets"]}
    summaries: dict[str, tuple[str, Json, list[Json]]] = {
        "/techniques": ("PaNET's terms, and the facilities' own", listed, words),
        "/parameters": ("Names of parameters, with units and aliases", listed, words),
        "/facilities": ("Facilities with public data", listed, []),
        "/facets": (
            "How many items have each facility, technique, year…",
            facets,
            [of_class, *_filter_parameter("Dataset", {"one": {"query": "copper"}})],
        ),
        "/": ("What there is", {"type": "object"}, []),
        "/openapi.json": ("This document", {"type": "object"}, []),
    }
    return {
        path: _operation("Vocabularies", summary, _content(f"{summary}.", schema), parameters)
        for path, (summary, schema, parameters) in summaries.items()
    }


# The server in front answers, before the catalogue sees the request.
_TOO_LONG = {"description": "The address is longer than the server takes: 8,190 bytes by default."}


def _operation(
    tag: str, summary: str, found: Json, parameters: list[Json], *, can_be_unknown: bool = False
) -> Json:
    error = {"$ref": "#/components/responses/Error"}
    unknown = {"404": error} if can_be_unknown else {}
    return {
        "get": {
            "tags": [tag],
            "summary": summary,
            "parameters": parameters,
            "responses": {"200": found, "400": error, "414": _TOO_LONG, **unknown},
        }
    }


def _content(description: str, schema: Json) -> Json:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _counted() -> Json:
    return _content("How many there are.", ref("Count"))


def _filter_parameter(name: str, examples: dict[str, Json]) -> list[Json]:
    return _json_parameter("filter", ref("Filter"), f"Which {name.lower()}s, and how.", examples)


def _json_parameter(name: str, schema: Json, description: str, examples: Json) -> list[Json]:
    media: Json = {"schema": schema}
    if examples:
        media["examples"] = {key: {"value": value} for key, value in examples.items()}
    content = {"application/json": media}
    return [{"name": name, "in": "query", "description": description, "content": content}]


def _plain(name: str, schema: Json, description: str, example: object) -> Json:
    return {
        "name": name,
        "in": "query",
        "description": description,
        "schema": schema,
        "example": example,
    }


def _pid(example: str) -> Json:
    return {
        "name": "pid",
        "in": "path",
        "required": True,
        "description": "Its slashes may be escaped (%2F) or not.",
        "schema": {"type": "string", "minLength": 1},
        "example": example,
    }
