"""Many services asked at once: each within its time and size, all of them by one deadline.

One event loop in a thread of its own does it for the whole process, so that connections stay open
from one request to the next, a slow answer costs no thread, and is dropped the moment its time is
up, however it trickles.
"""

import asyncio
import atexit
import logging
import os
import queue
import socket
import threading
import time
import zlib
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

import httpx

from catalogue.outbound import RefusedAddressError, check_addresses

logger = logging.getLogger(__name__)

# Names that do not resolve hold a thread for as long as the system's resolver tries.
RESOLVERS = 32
# zlib: gzip or zlib, whichever the header says.
ANY_HEADER = 47


class Trouble(StrEnum):
    """Why there is no answer."""

    LATE = "late"
    UNREACHABLE = "unreachable"
    TOO_LARGE = "too large"
    GARBLED = "garbled"
    NOT_ALLOWED = "not allowed"


@dataclass(frozen=True, slots=True)
class Call:
    """One GET. `key` tells the replies of a round apart."""

    key: str
    url: str
    timeout_s: float
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of a call: an answer of any status, or the trouble and a word about it."""

    key: str
    seconds: float
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    trouble: Trouble | None = None
    message: str = ""


class TroubleError(Exception):
    """A call came to nothing."""

    def __init__(self, trouble: Trouble, message: str) -> None:
        super().__init__(message)
        self.trouble = trouble


class Round:
    """Calls made together; iterating gives their replies as they come, and lets more be made.

    most_bytes: of one answer, unpacked; private_hosts: see `public_client`. Nothing outlives the
    block: what is still under way at its end is dropped.
    """

    def __init__(
        self, deadline_s: float, *, most_bytes: int, private_hosts: Collection[str]
    ) -> None:
        self.began = time.monotonic()
        self.deadline = self.began + deadline_s
        self.most_bytes = most_bytes
        self.private_hosts = private_hosts
        self._replies: queue.SimpleQueue[Reply] = queue.SimpleQueue()
        self._under_way: dict[str, Future[None]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for task in self._under_way.values():
            task.cancel()

    @property
    def seconds_left(self) -> float:
        return max(self.deadline - time.monotonic(), 0)

    def ask(self, call: Call) -> None:
        """Starts a call; it ends with its own time or with the round's, whichever is sooner."""
        engine = _engine()
        timeout_s = min(call.timeout_s, self.seconds_left)
        answer = self._answer(engine, call, timeout_s)
        self._under_way[call.key] = asyncio.run_coroutine_threadsafe(answer, engine.loop)

    def __iter__(self) -> Iterator[Reply]:
        while self._under_way:
            try:
                # A little more than is left: the loop cancels the calls, this only waits for it.
                reply = self._replies.get(timeout=self.seconds_left + 0.25)
            except queue.Empty:
                # Where even the loop is behind, the deadline holds all the same.
                yield from self._given_up()
                return
            if self._under_way.pop(reply.key, None) is not None:
                yield reply

    def _given_up(self) -> Iterator[Reply]:
        for key, task in list(self._under_way.items()):
            task.cancel()
            del self._under_way[key]
            yield Reply(key, time.monotonic() - self.began, trouble=Trouble.LATE)

    async def _answer(self, engine: "_Engine", call: Call, timeout_s: float) -> None:
        began = time.monotonic()
        reply = Reply(call.key, 0, trouble=Trouble.UNREACHABLE)
        try:
            async with asyncio.timeout(timeout_s):
                reply = await self._exchange(engine, call, began)
        except TroubleError as error:
            reply = _failed(call, began, error.trouble, str(error))
        except RefusedAddressError as error:
            reply = _failed(call, began, Trouble.NOT_ALLOWED, str(error))
        except TimeoutError:
            reply = _failed(call, began, Trouble.LATE, f"no answer within {timeout_s:.1f} s")
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            reply = _failed(call, began, Trouble.UNREACHABLE, str(error) or type(error).__name__)
        except Exception:
            logger.exception("asking %s failed", call.key)
        finally:
            self._replies.put(reply)

    async def _exchange(self, engine: "_Engine", call: Call, began: float) -> Reply:
        url = httpx.URL(call.url)
        client, failure = engine.client(url.host), None
        for address in await self._addresses(url):
            request = _request(client, url, address, call.headers)
            try:
                response = await client.send(request, stream=True)
            except httpx.ConnectError as error:
                failure = error
                continue
            try:
                body = await self._body(response)
            finally:
                await response.aclose()
            seconds = time.monotonic() - began
            return Reply(call.key, seconds, response.status_code, dict(response.headers), body)
        raise failure or httpx.ConnectError(f"{url.host} has no address")

    async def _addresses(self, url: httpx.URL) -> list[str]:
        """Returns where a host is, in the order to try; the very addresses that were checked."""
        port = url.port or (443 if url.scheme == "https" else 80)
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(url.host, port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        check_addresses(url.host.lower(), addresses, private_hosts=self.private_hosts)
        return addresses

    async def _body(self, response: httpx.Response) -> bytes:
        """Returns the body; neither packed nor unpacked does more than is allowed reach memory."""
        packed = bytearray()
        async for chunk in response.aiter_raw():
            packed += chunk
            if len(packed) > self.most_bytes:
                raise _too_large(self.most_bytes)
        encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
        if encoding in ("", "identity"):
            return bytes(packed)
        if encoding not in ("gzip", "deflate"):
            raise TroubleError(Trouble.GARBLED, f"answers in the encoding {encoding[:20]!r}")
        return unpacked(bytes(packed), most_bytes=self.most_bytes)


def unpacked(packed: bytes, *, most_bytes: int) -> bytes:
    """Returns the content of a gzip or zlib stream.

    Raises:
        TroubleError: it is none, or has more than `most_bytes` in it.
    """
    machine = zlib.decompressobj(ANY_HEADER)
    try:
        content = machine.decompress(packed, most_bytes + 1)
    except zlib.error as error:
        raise TroubleError(Trouble.GARBLED, f"cannot be unpacked: {error}") from None
    if len(content) > most_bytes:
        raise _too_large(most_bytes)
    if not machine.eof:
        raise TroubleError(Trouble.GARBLED, "cannot be unpacked: it ends too early")
    return content


def _too_large(most_bytes: int) -> TroubleError:
    return TroubleError(Trouble.TOO_LARGE, f"answers with more than {most_bytes / 1e6:.0f} MB")


def _failed(call: Call, began: float, trouble: Trouble, message: str) -> Reply:
    return Reply(call.key, time.monotonic() - began, trouble=trouble, message=message[:300])


def _request(
    client: httpx.AsyncClient, url: httpx.URL, address: str, headers: Mapping[str, str]
) -> httpx.Request:
    """Returns a GET of a URL at one address of its host; TLS still asks for the host's name."""
    named = {"Host": url.netloc.decode(), "Accept": "application/json", "Accept-Encoding": "gzip"}
    return client.build_request(
        "GET",
        url.copy_with(host=address),
        headers=named | dict(headers),
        extensions={"sni_hostname": url.host},
    )


class _Engine:
    """The event loop of this process, in its thread, and the connections it keeps."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.loop.set_default_executor(ThreadPoolExecutor(RESOLVERS, "resolver"))
        self.thread = threading.Thread(target=self.loop.run_forever, name="outbound", daemon=True)
        self.thread.start()
        # One per host: a pool knows connections by address, and several hosts may share one.
        self._clients: dict[str, httpx.AsyncClient] = {}

    def client(self, host: str) -> httpx.AsyncClient:
        """Returns the client of a host; time is each call's own, proxies would look up names."""
        if host not in self._clients:
            limits = httpx.Limits(max_connections=None, max_keepalive_connections=8)
            self._clients[host] = httpx.AsyncClient(
                limits=limits, timeout=httpx.Timeout(None), trust_env=False
            )
        return self._clients[host]

    async def _close(self) -> None:
        for client in self._clients.values():
            await client.aclose()

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self.loop).result(timeout=2)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(timeout=2)
        self.loop.close()


_lock = threading.Lock()
_running: list[_Engine] = []


def _engine() -> _Engine:
    """Returns the process's engine, started with the first call."""
    with _lock:
        if not _running:
            _running.append(_Engine())
        return _running[0]


def stop() -> None:
    """Closes every connection and ends the loop; the next call starts it anew."""
    while _running:
        _running.pop().stop()


atexit.register(stop)
# A forked child has the loop but not its thread.
os.register_at_fork(after_in_child=_running.clear)
