"""Lets people in for a time, and takes it back: to a name, a group, or whoever holds a link."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse

from catalogue import audit, mail
from catalogue.models import AccessGrant, Dataset, Investigation, UserGroup
from catalogue.policy.visibility import Level
from catalogue.vocabulary.orcid import normalise_orcid


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms somebody is let in; `last_day` is the last one on which it works."""

    level: Level
    last_day: date
    reason: str


def parse_grantee(text: str) -> str:
    """Returns an ORCID iD or an e-mail address as grants keep it, in small letters.

    Nothing is looked up: the answer is the same whether the catalogue knows the person or not.

    Raises:
        ValidationError: it is neither.
    """
    text = text.strip()
    orcid = normalise_orcid(text)
    if orcid is not None:
        return orcid.lower()
    try:
        validate_email(text)
    except ValidationError as error:
        raise ValidationError(
            f"“{text[:60]}” is neither an ORCID iD (0000-0002-1825-0097, its last character is a"
            f" check digit) nor an e-mail address."
        ) from error
    return text.lower()


def share_with(
    grantee: str,
    target: Investigation | Dataset,
    terms: Terms,
    *,
    actor: User | None,
    actor_name: str = "",
    note: str = "",
) -> AccessGrant:
    """Lets somebody in by ORCID iD or e-mail address, as `parse_grantee` returns it.

    Without an actor, `actor_name` is who gives it by a signed link.

    An e-mail address gets a mail with a link of its own, so that no log-in is needed; `note` is
    what the giver writes in it. An ORCID iD gets none: a mail would take time that tells whether
    the catalogue knows it.
    """
    if "@" not in grantee:
        return _store(AccessGrant(grantee=grantee), target, terms, actor, actor_name)
    with transaction.atomic():
        unsaved = _with_token(AccessGrant(grantee=grantee))
        grant = _store(unsaved, target, terms, actor, actor_name)
        mail.post(
            grantee,
            f"Data shared with you at {settings.REPOSITORY_NAME}",
            "shared",
            grant=grant,
            note=note,
            address=address_of(grant),
            site=settings.REPOSITORY_NAME,
            contact=settings.ADMIN_EMAIL,
        )
    return grant


def share_with_group(
    group: UserGroup, target: Investigation | Dataset, terms: Terms, *, actor: User
) -> AccessGrant:
    """Lets in whoever is in a group when they look."""
    return _store(AccessGrant(group=group), target, terms, actor)


def make_link(
    target: Investigation | Dataset, terms: Terms, *, is_double_blind: bool, actor: User | None
) -> AccessGrant:
    """Makes a link that lets in whoever holds it; its `token` is never to be had again."""
    grant = _with_token(AccessGrant(is_double_blind=is_double_blind))
    return _store(grant, target, terms, actor)


def revoke(grant_id: int, *, actor: User, now: datetime) -> AccessGrant:
    """Takes access back at once; done before, it changes nothing."""
    with transaction.atomic():
        grant = AccessGrant.objects.select_for_update(of=("self",)).get(pk=grant_id)
        if grant.revoked_at is None:
            grant.revoked_at = now
            grant.save(update_fields=["revoked_at", "modified_at"])
            audit.note("revoke access", grant, actor=actor)
    return grant


def address_of(grant: AccessGrant) -> str:
    """Returns the address that lets in whoever opens it; only a grant just made knows it."""
    return settings.BASE_URL + reverse("portal:key", args=[grant.token])


def grant_with_token(token: str, *, today: date) -> AccessGrant | None:
    """Returns the grant in force that a token opens. How long it takes tells nothing of guesses."""
    grants = AccessGrant.objects.in_force(today=today).exclude(token_digest="")
    return grants.select_related("dataset").filter(token_digest=_digest_of(token)).first()


def _with_token(grant: AccessGrant) -> AccessGrant:
    grant.token = secrets.token_urlsafe(32)
    grant.token_digest = _digest_of(grant.token)
    return grant


def _digest_of(token: str) -> str:
    """256 random bits need neither salt nor stretching."""
    return hashlib.sha256(token.encode()).hexdigest()


def _store(
    grant: AccessGrant,
    target: Investigation | Dataset,
    terms: Terms,
    actor: User | None,
    actor_name: str = "",
) -> AccessGrant:
    if isinstance(target, Dataset):
        grant.dataset = target
    else:
        grant.investigation = target
    grant.level, grant.last_day, grant.reason = terms.level, terms.last_day, terms.reason
    grant.granted_by = actor
    with transaction.atomic():
        grant.save()
        audit.note(
            "give access",
            grant,
            actor=actor,
            actor_name=actor_name,
            reason=grant.reason,
            after=facts_of(grant),
        )
    return grant


def facts_of(grant: AccessGrant) -> dict[str, object]:
    """Returns what an audit says of a grant: whom it lets see what, and nothing that opens it."""
    return {
        "investigation": grant.investigation_id,
        "dataset": grant.dataset_id,
        "to": grant.to,
        "level": grant.level,
        "last_day": grant.last_day.isoformat(),
        "is_double_blind": grant.is_double_blind,
    }
