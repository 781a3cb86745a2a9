"""What can be wrong with a request to the door, and the one form in which it is told (RFC 9457)."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of error: its status, and its title, the same at every occurrence."""

    status: HTTPStatus
    title: str


KINDS = {
    "bad_request": Kind(HTTPStatus.BAD_REQUEST, "The request cannot be understood"),
    "bad_path": Kind(HTTPStatus.BAD_REQUEST, "The path is not a plain absolute path"),
    "bad_idempotency_key": Kind(HTTPStatus.BAD_REQUEST, "The Idempotency-Key is malformed"),
    "no_valid_token": Kind(HTTPStatus.UNAUTHORIZED, "A valid token is needed"),
    "path_outside": Kind(HTTPStatus.FORBIDDEN, "The token does not reach this path"),
    "not_found": Kind(HTTPStatus.NOT_FOUND, "There is no such file"),
    "method_not_allowed": Kind(HTTPStatus.METHOD_NOT_ALLOWED, "The method is not allowed here"),
    "request_under_way": Kind(HTTPStatus.CONFLICT, "The same request is still being answered"),
    "length_required": Kind(HTTPStatus.LENGTH_REQUIRED, "The request has to say its length"),
    "too_large": Kind(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The request is too large"),
    "unsupported_type": Kind(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The form is not understood"),
    "not_a_file": Kind(HTTPStatus.UNPROCESSABLE_ENTITY, "The path is not a regular file"),
    "key_of_another_request": Kind(
        HTTPStatus.UNPROCESSABLE_ENTITY, "The Idempotency-Key belongs to another request"
    ),
    "unavailable": Kind(HTTPStatus.SERVICE_UNAVAILABLE, "The door cannot answer just now"),
    "storage_full": Kind(HTTPStatus.INSUFFICIENT_STORAGE, "There is no room for uploads"),
}


class DoorError(Exception):
    """A request, or one file of it, that is not taken; `detail` says which value and what to do."""

    def __init__(self, code: str, detail: str, *, retry_after_s: int | None = None) -> None:
        super().__init__(detail)
        self.code, self.detail, self.retry_after_s = code, detail, retry_after_s

    @property
    def status(self) -> int:
        return KINDS[self.code].status

    def as_problem(self) -> dict[str, Any]:
        """Returns the problem details (RFC 9457 §3); `type` leads to the door's own page."""
        return {
            "type": f"/ingest/#{self.code}",
            "title": KINDS[self.code].title,
            "status": int(self.status),
            "detail": self.detail,
            "code": self.code,
        }

    def as_finding(self) -> dict[str, Any]:
        """Returns it in the form of a finding about one file of several."""
        return {"severity": "error", "code": self.code, "message": self.detail, "path": ""}


def unavailable(what: str, *, retry_after_s: int = 5) -> DoorError:
    """Returns the error for a part of the door that is away for a while."""
    detail = f"{what}; send the same request again in {retry_after_s} s."
    return DoorError("unavailable", detail, retry_after_s=retry_after_s)
