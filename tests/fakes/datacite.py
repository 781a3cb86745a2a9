"""A DataCite REST API on this machine: real HTTP, real states and validation, faults on demand.

    python -m tests.fakes.datacite --port 8100 --faults 0.2

serves it until Ctrl-C. It answers PUT, POST, GET and DELETE of /dois as datacite/lupo does, with
its errors, its cursor pages and its rate limit; `datacite_rules` holds the rules, `faults` what can
go wrong. Nothing is kept when it ends.
"""

import argparse
import base64
import json
import math
import sys
import threading
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from tests.fakes.datacite_rules import DOI, Repository, error, errors, merged, problems
from tests.fakes.faults import Fault, Faults, RateLimit

Json = dict[str, Any]
CONTENT_TYPE = "application/vnd.api+json"
MOST_A_PAGE = 1000


class FakeDataCite(ThreadingHTTPServer):
    """The server and what it holds.

    dois: attributes by DOI in lower case; requests: what was asked, in order; minted: how often
    each DOI came into being.
    """

    daemon_threads = True
    request_queue_size = 100

    def __init__(
        self,
        repository: Repository = Repository(),  # noqa: B008 a frozen value
        *,
        port: int = 0,
        faults: Faults | None = None,
        limit: RateLimit | None = None,
    ) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.repository = repository
        self.faults = faults or Faults()
        self.limit = limit
        self.dois: dict[str, Json] = {}
        self.minted: Counter[str] = Counter()
        self.requests: list[str] = []
        self.changing = threading.Lock()

    def handle_error(self, request: object, client_address: object) -> None:
        """Says nothing: clients that are killed hang up in the middle of a request."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def account(self) -> tuple[str, str]:
        return (self.repository.account, self.repository.password)

    def upsert(self, doi: str, sent: Json, *, is_new: bool = False) -> tuple[int, Json]:
        """Returns the answer to PUT or, for what has to be new, POST."""
        known = self.dois.get(doi)
        if known and is_new:
            return 422, errors([{"source": "doi", "title": "This DOI has already been taken"}])
        if not known and not DOI.fullmatch(doi):
            return 422, errors([{"source": "doi", "title": "Is invalid"}])
        if not self.repository.owns(doi):
            return 403, error(403, "You are not authorized to access this resource.")
        attributes = merged(known, sent, doi)
        if found := problems(attributes, self.repository):
            return 422, errors(found)
        self.dois[doi] = attributes
        self.minted[doi] += known is None
        return 200 if known else 201, {"data": self.resource(doi)}

    def delete(self, doi: str) -> tuple[int, Json | None]:
        if doi not in self.dois:
            return not_found()
        if self.dois[doi]["state"] != "draft":
            return 405, error(405, "Method not allowed")
        del self.dois[doi]
        return 204, None

    def page(self, query: Mapping[str, list[str]]) -> tuple[int, Json]:
        """Returns one page of a repository's DOIs, by cursor: base64 of the last one before."""
        size = min(int(query.get("page[size]", ["25"])[0]), MOST_A_PAGE)
        cursor = query.get("page[cursor]", ["1"])[0]
        after = "" if cursor == "1" else base64.urlsafe_b64decode(cursor + "==").decode()
        client = query.get("client-id", [self.repository.account])[0].lower()
        mine = sorted(self.dois) if client == self.repository.account.lower() else []
        rest = [doi for doi in mine if doi > after]
        shown = rest[:size]
        answer: Json = {
            "data": [self.resource(doi) for doi in shown],
            "meta": {"total": len(mine), "totalPages": math.ceil(len(mine) / size)},
            "links": {},
        }
        if len(rest) > size:
            following = base64.urlsafe_b64encode(shown[-1].encode()).decode().rstrip("=")
            rest_of_query = f"client-id={quote(client)}&page[size]={size}"
            answer["links"]["next"] = f"{self.url}/dois?{rest_of_query}&page[cursor]={following}"
        return 200, answer

    def resource(self, doi: str) -> Json:
        client = {"data": {"id": self.repository.account.lower(), "type": "clients"}}
        return {
            "id": doi,
            "type": "dois",
            "attributes": self.dois[doi],
            "relationships": {"client": client},
        }


class Handler(BaseHTTPRequestHandler):
    server: FakeDataCite
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_PUT(self) -> None:
        self._serve(lambda sent: self.server.upsert(self._doi(), sent))

    def do_POST(self) -> None:
        self._serve(
            lambda sent: self.server.upsert(str(sent.get("doi", "")).lower(), sent, is_new=True)
        )

    def do_DELETE(self) -> None:
        self._serve(lambda _: self.server.delete(self._doi()))

    def do_GET(self) -> None:
        self._serve(lambda _: self._look_up())

    def _look_up(self) -> tuple[int, Json]:
        address = urlsplit(self.path)
        if address.path == "/heartbeat":
            return 200, {}
        if address.path == "/dois":
            return self.server.page(parse_qs(address.query))
        doi = self._doi()
        return (
            (200, {"data": self.server.resource(doi)}) if doi in self.server.dois else not_found()
        )

    def _serve(self, act: Any) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.requests.append(f"{self.command} {self.path}")
        fault = self.server.faults.next()
        if self._is_spoilt(fault) or self._is_refused():
            return
        try:
            sent = json.loads(body)["data"]["attributes"] if body else {}
        except (ValueError, KeyError, TypeError):
            self._answer(
                400, error(400, "You need to provide a payload following the JSONAPI spec")
            )
            return
        if fault and fault.kind == "ignored":
            sent.pop("event", None)
        with self.server.changing:
            status, answer = act(sent)
        if fault and fault.kind == "lost":
            self.close_connection = True
            return
        self._answer(status, answer)

    def _is_spoilt(self, fault: Fault | None) -> bool:
        """Tells whether a fault has taken the place of the answer."""
        if fault is None:
            return False
        time.sleep(fault.seconds)
        if fault.kind == "status":
            title = "Too many requests." if fault.status == 429 else "Something went wrong."
            self._answer(fault.status, error(fault.status, title), fault.headers)
        if fault.kind == "dropped":
            self.close_connection = True
        return fault.kind in ("status", "dropped")

    def _is_refused(self) -> bool:
        wait_s = self.server.limit.wait_s() if self.server.limit else 0.0
        if wait_s:
            headers = {"Retry-After": str(math.ceil(wait_s))}
            self._answer(429, error(429, "Too many requests."), headers)
            return True
        account = ":".join(self.server.account).encode()
        if self.headers.get("Authorization") != "Basic " + b64encode(account).decode():
            self._answer(401, error(401, "Bad credentials."))
            return True
        return False

    def _doi(self) -> str:
        return unquote(urlsplit(self.path).path.removeprefix("/dois/")).lower()

    def _answer(
        self, status: int, body: Json | None, headers: Mapping[str, str] | None = None
    ) -> None:
        content = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", CONTENT_TYPE)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *arguments: object) -> None:
        """Says nothing: who wants to know looks at `requests`."""


def not_found() -> tuple[int, Json]:
    return 404, error(404, "The resource you are looking for doesn't exist.")


@contextmanager
def fake_datacite(
    repository: Repository = Repository(),  # noqa: B008 a frozen value
    *,
    faults: Faults | None = None,
    limit: RateLimit | None = None,
) -> Iterator[FakeDataCite]:
    """Serves a fake for as long as the block lasts."""
    with FakeDataCite(repository, faults=faults, limit=limit) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.05], daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def main() -> None:
    options = _parser().parse_args()
    account, _, password = options.account.partition(":")
    server = FakeDataCite(
        Repository(
            account,
            password,
            tuple(options.prefix or ["10.1234", "10.5072"]),
            tuple(options.domain),
        ),
        port=options.port,
        faults=Faults(rate=options.faults, seed=options.seed),
        limit=RateLimit(options.limit, options.window) if options.limit else None,
    )
    sys.stdout.write(f"DataCite as a fake: {server.url} (account {options.account})\n")
    sys.stdout.flush()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        states = Counter(attributes["state"] for attributes in server.dois.values())
        sys.stdout.write(f"{dict(states)}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.fakes.datacite",
        description="Serves DataCite's REST API from memory: its states, validation and errors.",
    )
    parser.add_argument("--port", type=int, default=8100)
    parser.add_argument("--account", default="TEST.REPO:secret", metavar="NAME:PASSWORD")
    parser.add_argument("--prefix", action="append", help="a DOI prefix that the account owns")
    parser.add_argument("--domain", action="append", default=[], help="where URLs may point")
    parser.add_argument("--faults", type=float, default=0.0, help="share of requests that go wrong")
    parser.add_argument("--seed", type=int, default=1, help="makes the same faults come again")
    parser.add_argument("--limit", type=int, default=0, help="requests a window; 0: no limit")
    parser.add_argument("--window", type=float, default=300.0, help="seconds of a window")
    return parser


if __name__ == "__main__":
    main()
