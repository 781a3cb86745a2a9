"""Errors of the search API in LoopBack's envelope, which its clients read."""

from http import HTTPStatus
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.db import DataError, OperationalError
from psycopg2.errors import QueryCanceled
from rest_framework.exceptions import APIException
from rest_framework.response import Response

from catalogue.search.errors import SearchError


def answer_error(error: Exception, _context: dict[str, Any]) -> Response | None:
    """Returns the answer to an error that has one; None leaves the others to Django."""
    match error:
        case SearchError():
            return _response(error.status, error.message, error.code)
        case APIException():
            code = str(getattr(error, "default_code", "error")).upper()
            return _response(error.status_code, str(error.detail), code)
        case SuspiciousOperation():
            return _response(HTTPStatus.BAD_REQUEST, str(error), "INVALID_REQUEST")
        case DataError():
            # All operands have been checked but the text of a regular expression.
            return _response(
                HTTPStatus.BAD_REQUEST, "filter: invalid regular expression", SearchError.code
            )
        case OperationalError(__cause__=QueryCanceled()):
            message = "filter: takes too long to answer; ask for less"
            return _response(HTTPStatus.BAD_REQUEST, message, "TOO_EXPENSIVE")
    return None


def _response(status: int, message: str, code: str) -> Response:
    error = {"statusCode": int(status), "name": "Error", "message": message, "code": code}
    return Response({"error": error}, status=status)
