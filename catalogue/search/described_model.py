"""The data model and the filter as JSON schemas, for the OpenAPI document."""

from typing import Any

from catalogue.search.filter import LONGEST_QUERY
from catalogue.search.schema import CLASSES, FieldType, ModelClass
from catalogue.search.where import LONGEST_REGEXP

Json = dict[str, Any]
OPERATORS = {
    "eq": "equal; the same as the bare value",
    "neq": "not equal",
    "gt": "greater",
    "gte": "greater or equal",
    "lt": "less",
    "lte": "less or equal",
    "between": "`[least, greatest]`, both included",
    "inq": "one of an array",
    "nin": "none of an array",
    "like": "contains; `%` stands for any characters, `_` for one",
    "nlike": "does not contain",
    "ilike": "contains, whatever the case",
    "nilike": "does not contain, whatever the case",
    "regexp": f"a regular expression, `^a` or `/a/i`, {LONGEST_REGEXP} characters at most",
}
_TYPES: dict[FieldType, Json] = {
    FieldType.STRING: {"type": "string"},
    FieldType.STRINGS: {"type": "array", "items": {"type": "string"}},
    FieldType.NUMBER: {"type": "number"},
    FieldType.DATE: {"type": "string", "format": "date-time"},
    FieldType.BOOLEAN: {"type": "boolean"},
    FieldType.VALUE: {"type": ["number", "string"]},
}
# What is there on every item (doc/data-model.md); a dataset's creation date is always known here.
_MANDATORY = {
    "Dataset": ["pid", "title", "isPublic", "creationDate"],
    "Document": ["pid", "title", "isPublic", "type"],
    "Instrument": ["pid", "name", "facility"],
    "File": ["id", "name"],
    "Parameter": ["name", "value"],
}
# What this server says beside the data model.
_BESIDE: dict[str, Json] = {
    "Parameter": {
        "minimum": {"type": "number", "description": "The least value it had, in `unit`."},
        "maximum": {"type": "number", "description": "The greatest value it had, in `unit`."},
        "error": {"type": "number", "minimum": 0, "description": "Standard uncertainty."},
    }
}


def ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def schemas() -> Json:
    model = {name: _class_schema(one) for name, one in CLASSES.items()}
    number = {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}
    scored = {"type": "object", "properties": {"score": number}, "required": ["score"]}
    count = {"type": "object", "properties": {"count": {"type": "integer", "minimum": 0}}}
    return model | _filter_schemas() | {"Scored": scored, "Count": count, "Error": _ERROR}


def _class_schema(one: ModelClass) -> Json:
    fields: Json = {name: dict(_TYPES[kind]) for name, kind in one.fields.items()}
    single = {"instrument", "dataset", "document", "person", "affiliation"}
    relations = {
        name: {"anyOf": [ref(target), {"type": "null"}]}
        if name in single
        else {"type": "array", "items": ref(target)}
        for name, target in one.relations.items()
    }
    # `fields` may leave out any of them.
    return {
        "type": "object",
        "properties": fields | _BESIDE.get(one.name, {}) | relations,
        "x-mandatory": _MANDATORY.get(one.name, []),
    }


def _filter_schemas() -> Json:
    whole = {"type": ["integer", "string"], "minimum": 0, "pattern": "^[0-9]+$"}
    ordered = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
    include = {"anyOf": [{"type": "string"}, {"type": "array", "items": ref("Include")}]}
    fields = {"type": ["array", "object"]}
    parts: Json = {"include": include, "limit": whole, "fields": fields}
    scope = {**parts, "where": ref("Where"), "skip": whole, "order": ordered}
    query = {"type": "string", "maxLength": LONGEST_QUERY}
    return {
        "Where": {
            "type": "object",
            "description": "Fields with a value or with operators: "
            + "; ".join(f"`{name}`: {text}" for name, text in OPERATORS.items()),
            "examples": [{"title": {"like": "copper"}}],
        },
        "Include": {
            "type": ["object", "string"],
            "properties": {
                "relation": {"type": "string"},
                "scope": {"type": "object", "properties": scope, "additionalProperties": False},
            },
            "required": ["relation"],
            "additionalProperties": False,
        },
        "Filter": {
            "type": "object",
            "properties": scope | {"offset": whole, "query": query},
            "additionalProperties": False,
        },
        "ItemFilter": {"type": "object", "properties": parts, "additionalProperties": False},
    }


_ERROR: Json = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["statusCode", "name", "message"],
            "properties": {
                "statusCode": {"type": "integer"},
                "name": {"type": "string"},
                "message": {"type": "string"},
                "code": {"type": "string"},
            },
        }
    },
}
