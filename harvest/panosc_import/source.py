"""Where an import reads: a file of answers, or a live search API, page by page."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

KINDS = ("instruments", "documents", "datasets")
PAGE = 100
# Everything a catalogue says of an item, in one request a page.
_RELATED: dict[str, list[Any]] = {
    "instruments": [],
    "documents": [
        {"relation": "datasets"},
        {"relation": "members", "scope": {"include": ["person", "affiliation"]}},
        {"relation": "parameters"},
    ],
    "datasets": [
        {"relation": name}
        for name in ("instrument", "techniques", "samples", "parameters", "files")
    ],
}


class SourceError(Exception):
    """The file or the remote catalogue cannot be read; the message says why and what to do."""


class FileSource:
    """A JSON object of three arrays: `instruments`, `datasets` and `documents`."""

    def __init__(self, path: Path) -> None:
        self._answers = _read(path)

    def rows(self, kind: str) -> Iterator[object]:
        found = self._answers.get(kind, [])
        if not isinstance(found, list):
            raise SourceError(f"{kind}: expected an array of items")
        return iter(found)

    def total(self, kind: str) -> int | None:
        found = self._answers.get(kind, [])
        return len(found) if isinstance(found, list) else None


class RemoteSource:
    """A live search API. `client`: its base URL is the part before `/Datasets`."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def rows(self, kind: str) -> Iterator[object]:
        """Yields every item of a kind, a page a request.

        Raises:
            SourceError: a page cannot be had, or the server gives the same one again.
        """
        skip = 0
        first: object = None
        while page := self._page(kind, skip):
            if page[0] == first:
                raise SourceError(f"{kind}: the server ignores `skip`; save its answers in a file")
            first = page[0]
            yield from page
            skip += len(page)

    def total(self, kind: str) -> int | None:
        try:
            count = self._get(f"{kind.capitalize()}/count", {})
        except SourceError:
            return None
        number = count.get("count") if isinstance(count, dict) else count
        return number if isinstance(number, int) else None

    def _page(self, kind: str, skip: int) -> list[Any]:
        asked = {"include": _RELATED[kind], "limit": PAGE, "skip": skip}
        # The default order is the protocol's own: none is asked for, as few servers know `order`.
        found = self._get(kind.capitalize(), {"filter": json.dumps(asked)})
        if not isinstance(found, list):
            raise SourceError(f"{kind}: expected an array, got {type(found).__name__}")
        return found

    def _get(self, path: str, parameters: dict[str, str]) -> Any:
        try:
            response = self._client.get(path, params=parameters)
            response.raise_for_status()
            return response.json()
        except httpx.HTTPStatusError as error:
            message = f"{error.request.url} answers {error.response.status_code}: "
            raise SourceError(message + error.response.text[:300]) from error
        except (httpx.HTTPError, ValueError) as error:
            raise SourceError(f"{self._client.base_url}{path}: {error}") from error


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise SourceError(f"{path} is not JSON: {error}") from error
    if not isinstance(found, dict) or not found.keys() & set(KINDS):
        raise SourceError(
            f"{path}: expected an object with any of the arrays {', '.join(KINDS)}, "
            f"as a search API answers them"
        )
    return found
