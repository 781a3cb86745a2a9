"""A PaNOSC search API on this machine: real HTTP, a small catalogue, delays and faults on demand.

`python -m tests.fakes.panosc_provider --port 3001 --delay 2 --fault drip` runs one; `--items` says
how many documents it invents. It understands where (equality), query, limit, skip and include, and
ignores what else it is asked, as real ones do.
"""

import argparse
import gzip
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

Json = dict[str, Any]
CLASSES = ("datasets", "documents", "instruments")


@dataclass
class Catalogue:
    """What a provider holds: items by class in lower case, files by the pid of their dataset."""

    items: dict[str, list[Json]] = field(default_factory=dict)
    files: dict[str, list[Json]] = field(default_factory=dict)

    def find(self, name: str, asked: Json) -> list[Json]:
        found = [item for item in self.items.get(name, []) if _meets(item, asked.get("where"))]
        words = str(asked.get("query", "")).lower().split()
        if words:
            found = [{**item, "score": item.get("score", score(item, words))} for item in found]
            found = [item for item in found if item["score"] != 0]
            found.sort(key=lambda item: -(item["score"] or 0))
        return found


def score(item: Json, words: list[str]) -> float:
    """Returns the share of the words that an item's title holds, below 1."""
    title = str(item.get("title") or item.get("name") or "").lower()
    return 0.99 * sum(word in title for word in words) / len(words)


def _meets(item: Json, where: Json | None) -> bool:
    return all(item.get(key) == value for key, value in (where or {}).items())


class FakeProvider(ThreadingHTTPServer):
    """delay_s: before each answer; fault: a name in FAULTS, or none; totals: X-Total-Count or not.

    requests: the addresses asked, in order. `fault` and `delay_s` may be changed while it runs.
    """

    daemon_threads = True
    # Drops of a slow answer must not keep a test from ending.
    block_on_close = False

    def __init__(
        self,
        catalogue: Catalogue | None = None,
        *,
        port: int = 0,
        delay_s: float = 0,
        fault: str = "",
        totals: bool = True,
    ) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.catalogue = catalogue or Catalogue()
        self.delay_s = delay_s
        self.fault = fault
        self.totals = totals
        self.requests: list[str] = []
        self.stopping = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/api"


class Handler(BaseHTTPRequestHandler):
    server: FakeProvider
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.requests.append(self.path)
        self.server.stopping.wait(self.server.delay_s)
        with suppress(ConnectionError):
            FAULTS[self.server.fault](self)

    def answer(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        self.send(status, json.dumps(body).encode(), headers or {})

    def send(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def honest(self) -> None:
        """Answers as the protocol has it."""
        parts = urlsplit(self.path)
        place = [unquote(part) for part in parts.path.removeprefix("/api").strip("/").split("/")]
        if place[0].lower() not in CLASSES:
            self.unknown()
        elif len(place) == 1:
            self.items(place[0].lower())
        elif place[1] == "count":
            found = self.server.catalogue.find(place[0].lower(), {"where": self.asked("where")})
            self.answer(200, {"count": len(found)})
        else:
            self.item(place[0].lower(), place[1:])

    def items(self, name: str) -> None:
        asked = self.asked("filter")
        found = self.server.catalogue.find(name, asked)
        self.page(found, asked)

    def page(self, found: list[Json], asked: Json) -> None:
        skip, limit = int(asked.get("skip", 0)), int(asked.get("limit", 0))
        headers = {"X-Total-Count": str(len(found))} if self.server.totals else {}
        self.answer(200, found[skip : skip + limit if limit else None], headers)

    def item(self, name: str, place: list[str]) -> None:
        held = self.server.catalogue.items.get(name, [])
        item = next((item for item in held if item.get("pid") == place[0]), None)
        if item is None:
            self.unknown()
        elif place[1:] == ["files"]:
            self.page(self.server.catalogue.files.get(place[0], []), self.asked("filter"))
        elif place[1:] == ["files", "count"]:
            self.answer(200, {"count": len(self.server.catalogue.files.get(place[0], []))})
        else:
            self.answer(200, item)

    def unknown(self) -> None:
        message = 'Unknown id "?".'
        self.answer(404, {"error": {"statusCode": 404, "message": message}})

    def asked(self, name: str) -> Json:
        found: Json = json.loads(parse_qs(urlsplit(self.path).query).get(name, ["{}"])[0])
        return found

    # --- faults -----------------------------------------------------------------------------
    def refuse_include(self) -> None:
        """Answers 400 to a filter with relations, and honestly without."""
        if "include" in self.asked("filter"):
            message = "Relation is not defined"
            self.answer(400, {"error": {"statusCode": 400, "message": message}})
        else:
            self.honest()

    def drip(self) -> None:
        """Sends a byte now and then: no single read takes long, the answer never ends."""
        self.send_response(200)
        self.send_header("Content-Length", "1000000")
        self.end_headers()
        while not self.server.stopping.wait(0.02):
            self.wfile.write(b" ")
            self.wfile.flush()

    def flood(self) -> None:
        """Sends an array without an end, as fast as it is taken."""
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(b"[")
        while not self.server.stopping.is_set():
            self.wfile.write(b'{"pid":"10.5072/flood","title":"flood"},' * 2000)
        self.close_connection = True

    def bomb(self) -> None:
        """Sends 16 MB of nothing in a few kB of gzip."""
        packed = gzip.compress(b" " * 2**24, compresslevel=1)
        self.send(200, packed, {"Content-Encoding": "gzip"})

    def hang(self) -> None:
        self.server.stopping.wait()
        self.close_connection = True

    def drop(self) -> None:
        self.close_connection = True

    def log_message(self, format: str, *arguments: object) -> None:
        """Says nothing: the tests look at `requests`."""


def _says(status: int, content: bytes, **headers: str) -> Callable[[Handler], None]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler: handler.send(status, content, named)


FAULTS: dict[str, Callable[[Handler], None]] = {
    "": Handler.honest,
    "refuse-include": Handler.refuse_include,
    "drip": Handler.drip,
    "flood": Handler.flood,
    "bomb": Handler.bomb,
    "hang": Handler.hang,
    "drop": Handler.drop,
    "garbage": _says(200, b"<html>It works!</html>"),
    "not-utf-8": _says(200, b'[{"pid":"\xff\xfe"}]'),
    "deep": _says(200, b"[" * 100_000),
    "object": _says(200, b'{"pid":"10.5072/lone","title":"no list"}'),
    "null": _says(200, b"null"),
    "scalars": _says(200, b'[1,null,"x",[],{"title":"no pid"},{"pid":7,"title":"number"}]'),
    "nan": _says(200, b'[{"pid":"10.5072/nan","title":"nan","score":NaN}]'),
    "surrogate": _says(200, b'[{"pid":"10.5072/half","title":"half \\ud800","score":0.4}]'),
    "string-count": _says(200, b'{"count":"1000"}'),
    "error": _says(500, b'{"error":{"message":"Cannot read properties of undefined"}}'),
    "busy": _says(503, b"", Retry_After="120"),
    "moved": _says(301, b"", Location="https://elsewhere.example.org/api"),
    "empty": _says(200, b""),
}


@contextmanager
def fake_provider(catalogue: Catalogue | None = None, **options: Any) -> Iterator[FakeProvider]:
    """Serves a fake for as long as the block lasts."""
    server = FakeProvider(catalogue, **options)
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.02), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stopping.set()
        server.shutdown()
        server.server_close()
        thread.join()


def documents(number: int, *, prefix: str = "10.5072/fake", title: str = "Fake") -> list[Json]:
    """Returns documents as a provider would have them, the oldest first."""
    return [
        {
            "pid": f"{prefix}.{place}",
            "doi": f"{prefix}.{place}",
            "title": f"{title} document {place}",
            "type": "publication",
            "isPublic": True,
            "summary": f"What was measured in run {place}.",
            "releaseDate": f"20{10 + place % 15}-03-01T00:00:00.000Z",
        }
        for place in range(number)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=3001)
    parser.add_argument("--delay", type=float, default=0, help="seconds before each answer")
    parser.add_argument("--fault", choices=list(FAULTS), default="")
    parser.add_argument("--items", type=int, default=50)
    parser.add_argument("--prefix", default="10.5072/fake")
    parser.add_argument("--title", default="Fake")
    parser.add_argument("--score", type=float, help="a score that every item has")
    options = parser.parse_args()
    items = documents(options.items, prefix=options.prefix, title=options.title)
    if options.score is not None:
        items = [{**item, "score": options.score} for item in items]
    catalogue = Catalogue(dict.fromkeys(CLASSES, items))
    with fake_provider(
        catalogue, port=options.port, delay_s=options.delay, fault=options.fault
    ) as server:
        sys.stdout.write(f"{server.url}\n")
        sys.stdout.flush()
        while True:
            time.sleep(60)


if __name__ == "__main__":
    main()
