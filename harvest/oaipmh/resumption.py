"""Resumption tokens: where a list stands, signed, so that any worker resumes it at any time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from django.core.signing import BadSignature, Signer

from harvest.oaipmh.protocol import Verb

# Raised when the payload changes: a token of another version is then no token of ours.
VERSION = 2


class BadTokenError(ValueError):
    """A text that is not a resumption token of this provider."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of records at one point of its course.

    until: the last second listed, fixed by the first request: a record changed meanwhile moves
        behind the list's end, not into its middle.
    is_open_ended: the request named no `until` of its own.
    since: the first second listed, of a list's first page; None is the beginning.
    after: (datestamp, key) of the last record sent; None before the first page.
    cursor: how many records were sent; complete_list_size: how many there were in the beginning.
    """

    verb: Verb
    metadata_prefix: str
    until: datetime
    is_open_ended: bool
    set_spec: str = ""
    since: datetime | None = None
    after: tuple[datetime, int] | None = None
    cursor: int = 0
    complete_list_size: int | None = None


@dataclass(frozen=True, slots=True)
class SetListing:
    """A list of sets at one point of its course; `after` is the last setSpec sent, '' none."""

    after: str = ""
    cursor: int = 0
    complete_list_size: int = 0

    @property
    def verb(self) -> Verb:
        return Verb.LIST_SETS

    def behind(self, specs: Sequence[str]) -> "SetListing":
        """Returns the list after a page of setSpecs."""
        return replace(self, after=specs[-1], cursor=self.cursor + len(specs))


def encode(listing: Listing | SetListing, *, key: str) -> str:
    """Returns the token of a list that has sent a page; it holds only `A-Z a-z 0-9 - _ .`."""
    assert listing.after, "a list that has sent nothing has no token"  # noqa: S101
    course = _set_course(listing) if isinstance(listing, SetListing) else _course(listing)
    payload = [VERSION, listing.verb.value, *course]
    return str(_signer(key).sign_object(payload, compress=False))


def _course(listing: Listing) -> list[Any]:
    stamp, pk = listing.after or (listing.until, 0)
    return [
        listing.metadata_prefix,
        listing.set_spec,
        int(listing.until.timestamp()),
        listing.is_open_ended,
        int(stamp.timestamp()),
        pk,
        listing.cursor,
        listing.complete_list_size,
    ]


def _set_course(listing: SetListing) -> list[Any]:
    return [listing.after, listing.cursor, listing.complete_list_size]


def decode(token: str, *, keys: tuple[str, ...]) -> Listing | SetListing:
    """Returns the list a token stands for; `keys` are the current one, then retired ones.

    Raises:
        BadTokenError: it is garbled, forged, or of another version.
    """
    try:
        payload = _signer(*keys).unsign_object(token)
    except (BadSignature, ValueError) as error:
        raise BadTokenError(token) from error
    if not isinstance(payload, list) or payload[:1] != [VERSION]:
        raise BadTokenError(token)
    verb, *course = payload[1:]
    return SetListing(*course) if verb == Verb.LIST_SETS else _listing(verb, *course)


def _listing(
    verb: str, prefix: str, spec: str, until: int, is_open: bool, stamp: int, pk: int, *counts: Any
) -> Listing:
    """Returns the listing of a signed payload, which is therefore of the right shape."""
    cursor, size = counts
    return Listing(
        verb=Verb(verb),
        metadata_prefix=prefix,
        until=datetime.fromtimestamp(until, UTC),
        is_open_ended=is_open,
        set_spec=spec,
        after=(datetime.fromtimestamp(stamp, UTC), pk),
        cursor=cursor,
        complete_list_size=size,
    )


def _signer(key: str, *retired: str) -> Signer:
    return Signer(key=key, sep=".", salt="harvest.oaipmh.resumption", fallback_keys=list(retired))
