"""One function per verb: what is read for it, and the element that answers it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from catalogue.formats.oai_sets import set_name
from harvest.oaipmh import page, response, resumption
from harvest.oaipmh.metadata_formats import METADATA_FORMATS
from harvest.oaipmh.protocol import OaiError, ProtocolError, Verb
from harvest.oaipmh.request import Request
from harvest.oaipmh.resumption import BadTokenError, Listing

# A lower bound of every datestamp, for a catalogue that has published nothing yet.
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Provider:
    """What a provider is told: who it is, how it pages, its tokens' keys with the newest first."""

    name: str
    base_url: str
    admin_email: str
    domain: str
    page_size: int
    keys: tuple[str, ...]
    now: datetime


def answer(request: Request, provider: Provider) -> str:
    """Returns the element that answers a request.

    Raises:
        ProtocolError: it can only be answered with errors.
    """
    if request.errors or request.verb is None:
        raise ProtocolError(*request.errors, *_identifier_errors(request))
    return _ANSWERS[request.verb](request, provider)


def _identifier_errors(request: Request) -> tuple[OaiError, ...]:
    """Returns idDoesNotExist beside cannotDisseminateFormat, where an identifier is unknown too."""
    identifier = request.get("identifier")
    is_legal = all(error.code == "cannotDisseminateFormat" for error in request.errors)
    if not identifier or not is_legal or page.is_known(identifier):
        return ()
    return (_unknown(identifier),)


def _unknown(identifier: str) -> OaiError:
    return OaiError("idDoesNotExist", f"There is no record {identifier!r}.")


def _identify(request: Request, provider: Provider) -> str:
    datestamp, sample = page.earliest() or (_BEGINNING, f"oai:{provider.domain}:1")
    return response.identify(
        name=provider.name,
        base_url=provider.base_url,
        admin_email=provider.admin_email,
        earliest=datestamp,
        domain=provider.domain,
        sample=sample,
    )


def _list_metadata_formats(request: Request, provider: Provider) -> str:
    """Returns all formats: every record has each of them, a deleted one had."""
    identifier = request.get("identifier")
    if identifier and not page.is_known(identifier):
        raise ProtocolError(_unknown(identifier))
    return response.list_metadata_formats(METADATA_FORMATS.values())


def _list_sets(request: Request, provider: Provider) -> str:
    """Returns the sets that have members, on one page: there are as many as instruments."""
    if "resumptionToken" in request.arguments:
        raise ProtocolError(_bad_token("The list of sets is never split."))
    specs = page.existing_sets()
    if not specs:
        raise ProtocolError(_no_sets())
    names = page.place_names()
    return response.list_sets({spec: set_name(spec, names) for spec in specs})


def _get_record(request: Request, provider: Provider) -> str:
    identifier = request.get("identifier")
    column = METADATA_FORMATS[request.get("metadataPrefix")].column
    item = page.find_item(identifier, column=column)
    if item is None:
        raise ProtocolError(_unknown(identifier))
    return response.get_record(item)


def _list_items(request: Request, provider: Provider) -> str:
    if "resumptionToken" in request.arguments:
        listing = _resumed(request, provider)
    else:
        listing = _begun(request, provider)
    column = METADATA_FORMATS[listing.metadata_prefix].column
    selected = page.select_page(
        listing,
        column=column if listing.verb is Verb.LIST_RECORDS else "",
        size=provider.page_size,
        now=provider.now,
    )
    if not selected.items:
        raise ProtocolError(_nothing_listed(listing))
    token = (
        resumption.encode(selected.following, key=provider.keys[0]) if selected.following else ""
    )
    return response.list_items(selected.items, selected.listing, token=token)


def _begun(request: Request, provider: Provider) -> Listing:
    """Returns the list a first request asks for; it ends now, or earlier where `until` says so."""
    page.wait_for_writers()
    now = provider.now.replace(microsecond=0)
    return Listing(
        verb=Verb(request.verb or ""),
        metadata_prefix=request.get("metadataPrefix"),
        until=min(request.until or now, now),
        is_open_ended="until" not in request.arguments,
        set_spec=request.get("set"),
        since=request.since,
    )


def _resumed(request: Request, provider: Provider) -> Listing:
    try:
        listing = resumption.decode(request.get("resumptionToken"), keys=provider.keys)
    except BadTokenError as error:
        raise ProtocolError(_bad_token("It is not a token of this repository.")) from error
    if listing.verb is not request.verb:
        raise ProtocolError(_bad_token(f"It was given for {listing.verb}."))
    if listing.metadata_prefix not in METADATA_FORMATS:
        raise ProtocolError(_bad_token("Its metadataPrefix is no longer disseminated."))
    return listing


def _bad_token(message: str) -> OaiError:
    return OaiError("badResumptionToken", message)


def _no_sets() -> OaiError:
    return OaiError("noSetHierarchy", "This repository has no sets yet.")


def _nothing_listed(listing: Listing) -> OaiError:
    if listing.set_spec and not page.existing_sets():
        return _no_sets()
    return OaiError("noRecordsMatch", "No record matches from, until and set.")


_ANSWERS: dict[Verb, Callable[[Request, Provider], str]] = {
    Verb.GET_RECORD: _get_record,
    Verb.IDENTIFY: _identify,
    Verb.LIST_IDENTIFIERS: _list_items,
    Verb.LIST_METADATA_FORMATS: _list_metadata_formats,
    Verb.LIST_RECORDS: _list_items,
    Verb.LIST_SETS: _list_sets,
}
