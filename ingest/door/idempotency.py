"""The Idempotency-Key of a request: what was answered once is answered again, not done again.

draft-ietf-httpapi-idempotency-key-header-07. The key is the token's own: another token may use the
same one.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ingest.door.errors import DoorError
from ingest.models.door import BeamlineToken, IdempotentRequest

KEPT = timedelta(hours=24)
# Longer than any request takes; one that has not answered by then has crashed.
UNDER_WAY = timedelta(minutes=15)
RETRY_AFTER_S = 2
# The header is a String of RFC 9651 §3.3.3, in quotes; most clients send it bare, which is taken.
QUOTED = re.compile(r'"(?P<key>(?:[ !#-\[\]-~]|\\["\\]){1,255})"')
BARE = re.compile(r"(?P<key>[!#-+\--:<-\[\]-~]{1,255})")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was told."""

    status: int
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to answer a request: nobody else does it as long as this holds."""

    request_id: int
    started_at: datetime

    def settle(self, answer: Answer) -> None:
        """Keeps the answer, unless another request has taken over meanwhile."""
        self._rows().update(status=answer.status, answer=json.dumps(answer.body))

    def give_up(self) -> None:
        """Frees the key: nothing was done that must not be done again."""
        self._rows().delete()

    def _rows(self) -> Any:
        return IdempotentRequest.objects.filter(
            pk=self.request_id, started_at=self.started_at, status=None
        )


def parse_key(header: str) -> str:
    """Returns the key of a header's value, '' where there is none.

    Raises:
        DoorError: bad_idempotency_key.
    """
    text = header.strip()
    if not text:
        return ""
    found = QUOTED.fullmatch(text) or BARE.fullmatch(text)
    if found is None:
        raise DoorError(
            "bad_idempotency_key",
            "Write one string of up to 255 printable ASCII characters in quotes, e.g. a UUID: "
            'Idempotency-Key: "8e03978e-40d5-43dd-bc93-6894a57f9324".',
        )
    return re.sub(r"\\(.)", r"\1", found["key"])


def fingerprint(asked: dict[str, Any]) -> str:
    """Returns what tells one request from another: the SHA-256 of what it asks."""
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def claim(token: BeamlineToken, key: str, asked: str, *, now: datetime) -> Claim | Answer:
    """Returns the right to answer a request, or its answer where it has one.

    asked: the request's fingerprint.

    Raises:
        DoorError: request_under_way, key_of_another_request.
    """
    IdempotentRequest.objects.filter(started_at__lt=now - KEPT).delete()
    row, is_new = IdempotentRequest.objects.get_or_create(
        token=token, key=key, defaults={"fingerprint": asked, "started_at": now}
    )
    if is_new:
        return Claim(row.pk, row.started_at)
    if row.fingerprint != asked:
        raise DoorError(
            "key_of_another_request",
            "The key was sent before, with another request; give each request a key of its own.",
        )
    if row.status is not None:
        return Answer(row.status, json.loads(row.answer))
    return _take_over(row, now)


def _take_over(row: IdempotentRequest, now: datetime) -> Claim:
    """Claims a request that has not been answered in the time any request takes."""
    if now - row.started_at >= UNDER_WAY:
        same = IdempotentRequest.objects.filter(pk=row.pk, started_at=row.started_at, status=None)
        if same.update(started_at=now):
            return Claim(row.pk, now)
    raise DoorError(
        "request_under_way",
        f"The first request with this key is not answered yet; ask again in {RETRY_AFTER_S} s.",
        retry_after_s=RETRY_AFTER_S,
    )
