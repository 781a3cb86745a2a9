"""How tests ask at the door: in process, with the client of Django."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from ingest.models.door import BeamlineToken

FILES = "/ingest/files"


@dataclass(frozen=True)
class Door:
    """Somebody with a token."""

    client: Client
    token: BeamlineToken

    def post(self, body: Any, *, query: str = "", **headers: str) -> Any:
        """Sends a body as JSON; a text as it is."""
        text = body if isinstance(body, str | bytes) else json.dumps(body)
        return self.client.post(
            FILES + query, text, content_type="application/json", headers=self._headers(headers)
        )

    def path(self, path: Path | str, *, query: str = "", **rest: str) -> Any:
        """Sends one path, with a proposal where that is named."""
        headers = {name: rest.pop(name) for name in list(rest) if name.startswith("Idem")}
        return self.post({"path": str(path), **rest}, query=query, **headers)

    def upload(
        self,
        content: bytes,
        name: str = "run.nxs",
        *,
        query: str = "",
        key: str = "",
        **fields: Any,
    ) -> Any:
        file = SimpleUploadedFile(name, content)
        headers = {"Idempotency_Key": key} if key else {}
        return self.client.post(
            FILES + query, {"file": file, **fields}, headers=self._headers(headers)
        )

    def _headers(self, headers: dict[str, str]) -> dict[str, str]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return {"Authorization": f"Bearer {self.token.text}", **named}


def only(response: Any) -> dict[str, Any]:
    """Returns what became of the only file of a request that was understood."""
    assert response.status_code in (200, 201), response.content
    (told,) = response.json()["files"]
    return dict(told)


def problem(response: Any) -> tuple[int, str]:
    """Returns status and code of an error, which has the form of RFC 9457."""
    body = response.json()
    assert response.headers["Content-Type"] == "application/problem+json", body
    assert body["status"] == response.status_code
    assert {"type", "title", "detail"} <= body.keys()
    return body["status"], body["code"]
