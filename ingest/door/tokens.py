"""Tokens of control computers: made, shown once, recognised by their hash, revoked."""

import hashlib
import re
import secrets
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from catalogue.audit import note
from ingest.door.errors import DoorError
from ingest.models.door import BeamlineToken

# A fixed beginning lets secret scanners, and people, see what has been pasted somewhere.
MARK = "beam_"
PREFIX_LENGTH = len(MARK) + 6
TOKEN = re.compile(rf"{MARK}[A-Za-z0-9_-]{{43}}")
BEARER = re.compile(rf"bearer +(?P<token>{TOKEN.pattern})", re.IGNORECASE)
# How exactly the last use is known; a beamline hands in a file a second.
LAST_USE_STEP = timedelta(minutes=1)


def make(token: BeamlineToken, *, actor: User | None) -> BeamlineToken:
    """Stores a new token; its `text`, 32 random bytes, is never to be had again."""
    token.text = MARK + secrets.token_urlsafe(32)
    token.digest, token.prefix = digest_of(token.text), token.text[:PREFIX_LENGTH]
    token.created_by = actor
    with transaction.atomic():
        token.save()
        note("make_token", token, actor=actor, after=facts_of(token))
    return token


def revoke(token_id: int, *, actor: User | None, now: datetime) -> BeamlineToken:
    """Ends a token for good; one that has been revoked stays so since then."""
    with transaction.atomic():
        token = BeamlineToken.objects.select_for_update(of=("self",)).get(pk=token_id)
        if token.revoked_at is None:
            token.revoked_at = now
            token.save(update_fields=["revoked_at"])
            note("revoke_token", token, actor=actor)
    return token


def facts_of(token: BeamlineToken) -> dict[str, object]:
    """Returns what an audit says of a token: what it reaches, and nothing that opens the door."""
    return {
        "instrument": token.instrument_id,
        "folders": token.folders,
        "expires_on": token.expires_on.isoformat() if token.expires_on else None,
    }


def digest_of(text: str) -> str:
    """Returns the hash a token is kept as. 256 random bits need neither salt nor stretching."""
    return hashlib.sha256(text.encode()).hexdigest()


class BearerToken(BaseAuthentication):
    """`Authorization: Bearer beam_…` (RFC 6750), and no other way in: no session, no cookie.

    What is looked up is the hash: how long that takes says nothing of how near a guess came.
    """

    def authenticate(self, request: Request) -> tuple[None, BeamlineToken]:
        found = BEARER.fullmatch(request.META.get("HTTP_AUTHORIZATION", "").strip())
        token = _known(found["token"]) if found else None
        now = timezone.now()
        if token is None or not token.is_good(today=now.date()):
            # One answer for none, an unknown, an expired and a revoked one.
            raise DoorError(
                "no_valid_token",
                "Send 'Authorization: Bearer beam_…' with a token of the instrument, neither "
                "expired nor revoked; data managers make them in the admin.",
            )
        _note_use(token, now)
        return None, token


def _known(text: str) -> BeamlineToken | None:
    tokens = BeamlineToken.objects.select_related("instrument__facility__default_embargo_policy")
    return tokens.filter(digest=digest_of(text)).first()


def _note_use(token: BeamlineToken, now: datetime) -> None:
    if token.last_used_at is None or now - token.last_used_at >= LAST_USE_STEP:
        old = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now)
        BeamlineToken.objects.filter(old, pk=token.pk).update(last_used_at=now)
