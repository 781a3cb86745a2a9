"""A DataCite REST API on this machine: real HTTP, real states, faults on demand.

It follows DataCite's rules as far as the catalogue uses them: PUT upserts and merges, an event that
the present state does not allow is silently ignored, GET reads back, wrong credentials are 401.
"""

import json
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

# (present state, event) -> next state; everything else changes nothing.
TRANSITIONS = {
    ("draft", "publish"): "findable",
    ("draft", "register"): "registered",
    ("registered", "publish"): "findable",
    ("findable", "hide"): "registered",
}
REQUIRED = ("titles", "creators", "publisher", "publicationYear", "types", "url")


class FakeDataCite(ThreadingHTTPServer):
    """dois: attributes by DOI; faults: answers (status, headers) to give in place of the next.

    A fault of status 0 makes the change and then drops the connection: the answer is lost.
    """

    daemon_threads = True

    def __init__(self, account: tuple[str, str] = ("TEST.REPO", "secret")) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.authorization = "Basic " + b64encode(":".join(account).encode()).decode()
        self.account = account
        self.dois: dict[str, dict[str, Any]] = {}
        self.faults: list[tuple[int, dict[str, str]]] = []
        self.requests: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def upsert(self, doi: str, attributes: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        known = self.dois.get(doi)
        merged = {"state": "draft", **(known or {}), **attributes}
        state = TRANSITIONS.get((merged["state"], attributes.get("event", "")), merged["state"])
        missing = [name for name in REQUIRED if not merged.get(name)]
        if state != "draft" and missing:
            errors = [{"source": name, "title": "can't be blank"} for name in missing]
            return 422, {"errors": errors}
        self.dois[doi] = {**merged, "state": state}
        return 200 if known else 201, self.resource(doi)

    def resource(self, doi: str) -> dict[str, Any]:
        return {"data": {"id": doi, "type": "dois", "attributes": self.dois[doi]}}


class Handler(BaseHTTPRequestHandler):
    server: FakeDataCite

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        fault = self._next_fault()
        if self._is_refused(fault):
            return
        attributes = json.loads(body)["data"]["attributes"]
        status, answer = self.server.upsert(self._doi(), attributes)
        if fault is not None:
            self.close_connection = True
            return
        self._answer(status, answer)

    def do_GET(self) -> None:
        if self._is_refused(self._next_fault()):
            return
        if self._doi() in self.server.dois:
            self._answer(200, self.server.resource(self._doi()))
        else:
            self._answer(404, {"errors": [{"title": "The resource is not found."}]})

    def _doi(self) -> str:
        return unquote(self.path.removeprefix("/dois/")).lower()

    def _next_fault(self) -> tuple[int, dict[str, str]] | None:
        self.server.requests.append(f"{self.command} {self.path}")
        return self.server.faults.pop(0) if self.server.faults else None

    def _is_refused(self, fault: tuple[int, dict[str, str]] | None) -> bool:
        if self.headers.get("Authorization") != self.server.authorization:
            self._answer(401, {"errors": [{"status": "401", "title": "Bad credentials."}]})
            return True
        if fault is None or fault[0] == 0:
            return False
        self._answer(fault[0], {"errors": [{"title": "Injected fault."}]}, fault[1])
        return True

    def _answer(
        self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None
    ) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/vnd.api+json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *arguments: object) -> None:
        """Says nothing: the tests look at `requests`."""


@contextmanager
def fake_datacite() -> Iterator[FakeDataCite]:
    """Serves a fake for as long as the block lasts."""
    with FakeDataCite() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
