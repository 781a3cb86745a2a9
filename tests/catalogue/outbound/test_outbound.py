"""The outbound door: whom it refuses, and what it caps."""

import gzip
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address

import httpx
import pytest

from catalogue import outbound

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        kind = self.path.partition("?")[0].strip("/")
        if kind == "loop":
            return self._send(302, b"", {"Location": "/loop"})
        if kind == "elsewhere":
            return self._send(302, b"", {"Location": "http://localhost:1/inside"})
        if kind == "file":
            return self._send(302, b"", {"Location": "file:///etc/passwd"})
        if kind == "bomb":
            return self._send(200, gzip.compress(bytes(2**22)), {"Content-Encoding": "gzip"})
        if kind == "cut":
            return self._send(200, b"only this", {"Content-Length": "4000"})
        return self._send(200, self.path.encode(), {})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with outbound.public_client(contact="a@b.example", private_hosts=["127.0.0.1"]) as client:
        yield client


def test_an_address_of_this_network_is_refused(server: str) -> None:
    with (
        outbound.public_client(contact="a@b.example") as client,
        pytest.raises(outbound.OutboundError, match=r"127\.0\.0\.1, an address that is not public"),
    ):
        outbound.get(client, server, {})


@pytest.mark.parametrize(
    "address",
    [
        *("10.0.0.1", "127.0.0.1", "169.254.169.254", "192.168.1.1", "100.64.0.1", "0.0.0.0"),
        *("::1", "fe80::1", "fd00::1", "::ffff:10.0.0.1", "2002:7f00:1::", "224.0.0.1"),
    ],
)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not outbound.is_public(ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8"])
def test_public_addresses(address: str) -> None:
    assert outbound.is_public(ip_address(address))


def test_an_excepted_host_is_asked_with_its_parameters(server: str, http: httpx.Client) -> None:
    answer = outbound.get(http, server, {"verb": "Identify"})
    assert (answer.status_code, answer.text) == (200, "/?verb=Identify")


def test_a_redirect_is_checked_like_an_address_that_was_entered(
    server: str, http: httpx.Client
) -> None:
    with pytest.raises(outbound.OutboundError, match=r"localhost is \S+, an address that is not"):
        outbound.get(http, f"{server}/elsewhere", {})


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("loop", "redirect"),
        ("file", "file://"),
        ("bomb", "larger than 1 MB"),
        ("cut", "peer closed connection"),
    ],
)
def test_what_is_endless_too_large_or_cut_off_is_an_error(
    server: str, http: httpx.Client, path: str, reason: str
) -> None:
    with pytest.raises(outbound.OutboundError, match=reason):
        outbound.get(http, f"{server}/{path}", {}, most_bytes=2**20)


def test_an_answer_that_does_not_end_in_time_is_an_error(server: str, http: httpx.Client) -> None:
    with pytest.raises(outbound.OutboundError, match="did not end in time"):
        outbound.get(http, server, {}, deadline_s=-1)


@pytest.mark.parametrize("url", ["http://", "http://[", "ftp://127.0.0.1/x", "http://127.0.0.1:x/"])
def test_what_is_no_address_is_an_error(http: httpx.Client, url: str) -> None:
    with pytest.raises(outbound.OutboundError):
        outbound.get(http, url, {})


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        ("Sun, 01 Mar 2026 12:01:00 GMT", 60),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0),
        ("soon", None),
        ("", None),
        ("-5", None),
    ],
)
def test_retry_after_in_seconds_or_as_a_date(header: str, seconds: int | None) -> None:
    answer = httpx.Response(503, headers={"Retry-After": header})
    assert outbound.retry_after_s(answer, now=NOW) == seconds
