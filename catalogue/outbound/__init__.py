"""The one door for outbound HTTP: every client has time-outs and says who it is.

What people or remote servers name goes through `public_client` and `get`: addresses of this
network are refused, redirects are few, answers are capped in bytes and seconds.
"""

import socket
import time
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import IPv4Address, IPv6Address, ip_address

import httpx

TIMEOUT = httpx.Timeout(connect=10, read=60, write=60, pool=10)
MOST_REDIRECTS = 5
# What a client of this module raises where no answer comes.
TRANSPORT_ERRORS = (httpx.HTTPError, httpx.InvalidURL)
MOST_BYTES = 32 * 2**20
DEADLINE_S = 180.0


class OutboundError(Exception):
    """A remote service could not be asked. `url` is the address, `reason` what was wrong.

    may_succeed_later: asking the same again makes sense (it was away, slow, or broke off).
    """

    def __init__(self, url: str, reason: str, *, may_succeed_later: bool = False) -> None:
        super().__init__(f"{url}: {reason}")
        self.url = url
        self.reason = reason
        self.may_succeed_later = may_succeed_later


class RefusedAddressError(httpx.TransportError):
    """A host name leads into a network that the outside must not reach through the catalogue."""


def client(base_url: str, *, contact: str, auth: tuple[str, str] | None = None) -> httpx.Client:
    """Returns an HTTP client for one remote service.

    contact: e-mail address in the User-Agent; DataCite triples the rate limit of clients that give
    one.
    """
    return httpx.Client(base_url=base_url, auth=auth, timeout=TIMEOUT, headers=_headers(contact))


def public_client(
    *, contact: str, private_hosts: Collection[str] = (), timeout: httpx.Timeout = TIMEOUT
) -> httpx.Client:
    """Returns an HTTP client for addresses that somebody entered, and for what they redirect to.

    private_hosts: names that may lead to addresses of this network all the same, in lower case.
    """
    return httpx.Client(
        transport=PublicTransport(frozenset(private_hosts)),
        timeout=timeout,
        follow_redirects=True,
        max_redirects=MOST_REDIRECTS,
        headers=_headers(contact),
    )


def _headers(contact: str) -> dict[str, str]:
    return {"User-Agent": f"facility-metadata-catalogue (mailto:{contact})"}


class PublicTransport(httpx.BaseTransport):
    """Connects to the very addresses it has checked, so that no second look-up can change them."""

    def __init__(self, private_hosts: frozenset[str]) -> None:
        self._private_hosts = private_hosts
        # One per host: a pool knows connections by address, and several hosts may share one.
        self._transports: dict[str, httpx.HTTPTransport] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.host.lower()
        transport = self._transports.setdefault(host, httpx.HTTPTransport())
        request.extensions = {**request.extensions, "sni_hostname": host}
        url, failure = request.url, None
        for address in self._addresses(host, url.port or (443 if url.scheme == "https" else 80)):
            request.url = url.copy_with(host=address)
            try:
                return transport.handle_request(request)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failure = error
        raise failure or httpx.ConnectError(f"{host} has no address")

    def _addresses(self, host: str, port: int) -> list[str]:
        """Returns where a host is, in the order to try.

        Raises:
            RefusedAddressError: one of its addresses is not public, and the host not excepted.
        """
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpx.ConnectError(f"the name {host} is not known ({error})") from error
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        check_addresses(host, addresses, private_hosts=self._private_hosts)
        return addresses

    def close(self) -> None:
        for transport in self._transports.values():
            transport.close()


def check_addresses(
    host: str, addresses: Collection[str], *, private_hosts: Collection[str]
) -> None:
    """Passes a host whose addresses are all public, or that is excepted.

    Raises:
        RefusedAddressError: one of them is not.
    """
    closed = [address for address in addresses if not is_public(ip_address(address))]
    if closed and host not in private_hosts:
        raise RefusedAddressError(
            f"{host} is {closed[0]}, an address that is not public; where that is meant, name "
            f"the host in CATALOGUE_PRIVATE_HOSTS"
        )


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Tells whether an address is one of the internet's, whatever form of IPv6 it is wrapped in."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or [None])[0]
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast


def get(
    http: httpx.Client,
    url: str,
    params: Mapping[str, str],
    *,
    most_bytes: int = MOST_BYTES,
    deadline_s: float = DEADLINE_S,
) -> httpx.Response:
    """Returns an answer read to its end, whatever its status, unpacked.

    Raises:
        OutboundError: it did not come, not whole, not in time, or is larger than `most_bytes`.
    """
    ends_at = time.monotonic() + deadline_s
    try:
        with http.stream("GET", url, params=dict(params)) as answer:
            body = b"".join(_capped(answer, most_bytes=most_bytes, ends_at=ends_at))
    except httpx.HTTPError as error:
        reason = str(error) or type(error).__name__
        raise OutboundError(url, reason, may_succeed_later=isinstance(error, _PASSING)) from error
    except (httpx.InvalidURL, ValueError) as error:
        raise OutboundError(url, f"this is no address that can be asked ({error})") from error
    headers = [
        (name, value)
        for name, value in answer.headers.multi_items()
        if name.lower() not in ("content-encoding", "content-length", "transfer-encoding")
    ]
    return httpx.Response(answer.status_code, headers=headers, content=body, request=answer.request)


# What may be over the next time: no connection, none in time, one that was cut.
_PASSING = (httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError)


def _capped(answer: httpx.Response, *, most_bytes: int, ends_at: float) -> Iterator[bytes]:
    """Yields the body; unpacked bytes count, so that a small bomb is caught too."""
    left = most_bytes
    for part in answer.iter_bytes(2**16):
        left -= len(part)
        if left < 0:
            raise httpx.DecodingError(f"the answer is larger than {most_bytes / 2**20:,.0f} MB")
        if time.monotonic() > ends_at:
            raise httpx.ReadTimeout("the answer did not end in time")
        yield part


def retry_after_s(answer: httpx.Response, *, now: datetime) -> int | None:
    """Returns how many seconds an answer asks to wait (RFC 9110 §10.2.3: seconds or a date)."""
    text = answer.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return int(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0, round((moment - now).total_seconds()))
