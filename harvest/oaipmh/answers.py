"""One function per verb: what is read for it, and the element that answers it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from catalogue.formats.oai_formats import FORMATS
from catalogue.formats.oai_sets import set_description, set_name
from harvest.oaipmh import descriptions, page, response, resumption
from harvest.oaipmh.protocol import OaiError, ProtocolError, Verb
from harvest.oaipmh.request import Request
from harvest.oaipmh.response import SetEntry
from harvest.oaipmh.resumption import BadTokenError, Listing, SetListing

# A lower bound of every datestamp, for a catalogue that has published nothing yet.
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Provider:
    """What a provider is told: who it is, how it pages, its tokens' keys with the newest first.

    friends: base URLs of repositories to harvest as well; icon: address of its logo, or ''.
    """

    name: str
    base_url: str
    site_url: str
    admin_email: str
    domain: str
    page_size: int
    keys: tuple[str, ...]
    now: datetime
    friends: tuple[str, ...] = ()
    icon: str = ""


def answer(request: Request, provider: Provider) -> Iterable[str]:
    """Returns the element that answers a request, in parts.

    Raises:
        ProtocolError: it can only be answered with errors.
    """
    if request.errors or request.verb is None:
        raise ProtocolError(*request.errors, *_identifier_errors(request))
    if request.verb in (Verb.LIST_RECORDS, Verb.LIST_IDENTIFIERS):
        return _list_records(request, provider)
    return [_ANSWERS[request.verb](request, provider)]


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
        descriptions=(
            descriptions.oai_identifier(provider.domain, sample),
            descriptions.friends(provider.friends),
            descriptions.branding(provider.icon, link=provider.site_url, title=provider.name),
        ),
    )


def _list_metadata_formats(request: Request, provider: Provider) -> str:
    """Returns all formats, or those of one item, deleted or not."""
    identifier = request.get("identifier")
    if not identifier:
        return response.list_metadata_formats(FORMATS.values())
    prefixes = page.prefixes_of(identifier)
    known = [FORMATS[prefix] for prefix in FORMATS if prefix in prefixes]
    if known:
        return response.list_metadata_formats(known)
    if page.is_known(identifier):
        raise ProtocolError(OaiError("noMetadataFormats", f"{identifier!r} has no format now."))
    raise ProtocolError(_unknown(identifier))


def _list_sets(request: Request, provider: Provider) -> str:
    listing = SetListing()
    if "resumptionToken" in request.arguments:
        listing = cast(SetListing, _resumed(request, provider))
    listing, specs, has_more = page.select_sets(listing, size=provider.page_size)
    if not specs and not listing.after:
        raise ProtocolError(_no_sets())
    names = page.place_names()
    entries = [SetEntry(spec, set_name(spec, names), set_description(spec)) for spec in specs]
    token = _token(listing.behind(specs), provider) if has_more else ""
    return response.list_sets(entries, listing, token=token)


def _get_record(request: Request, provider: Provider) -> str:
    identifier, prefix = request.get("identifier"), request.get("metadataPrefix")
    record = page.find_record(identifier, prefix)
    if record is not None:
        return response.get_record(record)
    if page.is_known(identifier):
        message = f"{identifier!r} is not disseminated as {prefix}."
        raise ProtocolError(OaiError("cannotDisseminateFormat", message))
    raise ProtocolError(_unknown(identifier))


def _list_records(request: Request, provider: Provider) -> list[str]:
    if "resumptionToken" in request.arguments:
        listing = cast(Listing, _resumed(request, provider))
    else:
        listing = _begun(request, provider)
    selected = page.select_page(listing, size=provider.page_size, now=provider.now)
    if not selected.entries:
        raise ProtocolError(_nothing_listed(listing))
    token = _token(selected.following, provider) if selected.following else ""
    return response.list_records(
        [xml for _, _, xml in selected.entries], selected.listing, token=token
    )


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


def _token(listing: Listing | SetListing, provider: Provider) -> str:
    return resumption.encode(listing, key=provider.keys[0])


def _resumed(request: Request, provider: Provider) -> Listing | SetListing:
    """Returns the list of a token; a Listing or a SetListing, as the verb of the request has it."""
    try:
        listing = resumption.decode(request.get("resumptionToken"), keys=provider.keys)
    except BadTokenError as error:
        raise ProtocolError(_bad_token("It is not a token of this repository.")) from error
    if listing.verb is not request.verb:
        raise ProtocolError(_bad_token(f"It was given for {listing.verb}."))
    if isinstance(listing, Listing) and listing.metadata_prefix not in FORMATS:
        raise ProtocolError(_bad_token("Its metadataPrefix is no longer disseminated."))
    return listing


def _bad_token(message: str) -> OaiError:
    return OaiError("badResumptionToken", message)


def _no_sets() -> OaiError:
    return OaiError("noSetHierarchy", "This repository has no sets yet.")


def _nothing_listed(listing: Listing) -> OaiError:
    if listing.set_spec and not page.has_sets():
        return _no_sets()
    return OaiError("noRecordsMatch", "No record matches from, until and set.")


_ANSWERS: dict[Verb, Callable[[Request, Provider], str]] = {
    Verb.GET_RECORD: _get_record,
    Verb.IDENTIFY: _identify,
    Verb.LIST_METADATA_FORMATS: _list_metadata_formats,
    Verb.LIST_SETS: _list_sets,
}
