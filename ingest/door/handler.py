"""Errors of the door → problem details (RFC 9457), all in one form."""

import logging
from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http.multipartparser import MultiPartParserError
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.response import Response

from ingest.door.errors import DoorError, unavailable
from ingest.rules.loading import BadRuleError

logger = logging.getLogger(__name__)


def answer_error(error: Exception, _context: dict[str, Any]) -> Response | None:
    """Returns the answer to an error that has one; None leaves the others to Django."""
    found = _as_door_error(error)
    return None if found is None else problem(found)


def problem(error: DoorError) -> Response:
    """Returns an error as an answer, with the headers that belong to its status."""
    headers = {}
    if error.code == "no_valid_token":
        headers["WWW-Authenticate"] = 'Bearer realm="ingest"'
    if error.retry_after_s is not None:
        headers["Retry-After"] = str(error.retry_after_s)
    return Response(
        error.as_problem(),
        status=error.status,
        headers=headers,
        content_type="application/problem+json",
    )


def _as_door_error(error: Exception) -> DoorError | None:
    match error:
        case DoorError():
            return error
        case MethodNotAllowed():
            return DoorError("method_not_allowed", "Send files with POST; GET /ingest/ says how.")
        case RequestDataTooBig():
            return DoorError("too_large", "The form's fields are too large.")
        case SuspiciousOperation() | BadRequest() | MultiPartParserError():
            return DoorError("bad_request", "The form cannot be read; curl -F writes a good one.")
        case OperationalError() | InterfaceError():
            logger.error("the door meets no database: %s", type(error).__name__)
            return unavailable("The catalogue's database is away")
        case BadRuleError():
            logger.error("the door meets an unusable rule: %s", error)
            return unavailable(
                "A rule of the facility is not usable, ask a data manager to correct it under Path "
                "rules or Technique rules",
                retry_after_s=300,
            )
        case OSError():
            logger.error("the door meets an error of the system", exc_info=error)
            return unavailable("Uploads cannot be kept just now", retry_after_s=30)
    return None
