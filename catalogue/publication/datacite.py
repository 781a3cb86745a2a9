"""The DataCite REST API (support.datacite.org/docs/api): idempotent PUTs, read back, and pages."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote

import httpx
from django.utils import timezone

from catalogue import outbound
from catalogue.models import DoiState

CONTENT_TYPE = "application/vnd.api+json"
MOST_A_PAGE = 1000
# How long nobody asks a registrar that does not answer at all.
PAUSE_S = 60

# The events that lead to a state, from whichever DataCite holds the DOI in: `hide` works on a
# findable one, `register` on a draft, and what does not apply is ignored. A DOI begins as a draft.
EVENTS: dict[DoiState, tuple[str, ...]] = {
    DoiState.DRAFT: ("",),
    DoiState.FINDABLE: ("publish",),
    DoiState.REGISTERED: ("hide", "register"),
}


class RegistrarError(Exception):
    """The registrar refused a DOI or could not be reached.

    may_succeed_later: trying the same again makes sense (an outage, a rate limit).
    retry_after_s: how long the registrar asks to wait, if it says so. status: of its HTTP answer.
    """

    def __init__(
        self,
        doi: str,
        reason: str,
        *,
        may_succeed_later: bool,
        retry_after_s: int | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(f"DOI {doi}: {reason}")
        self.doi = doi
        self.may_succeed_later = may_succeed_later
        self.retry_after_s = retry_after_s
        self.status = status


class RegistrarPausedError(RegistrarError):
    """Nothing was asked: the window is used up, or the registrar has asked everybody to wait."""

    def __init__(self, doi: str, wait_s: float) -> None:
        super().__init__(
            doi,
            f"waits {wait_s:.0f} s for its turn",
            may_succeed_later=True,
            retry_after_s=max(1, round(wait_s)),
        )


@dataclass(frozen=True, slots=True)
class Held:
    """A DOI as DataCite holds it. `stamp`: when it says that it changed it last."""

    doi: str
    state: DoiState
    url: str
    stamp: str
    attributes: dict[str, Any]


class Pace(Protocol):
    """Says when the registrar may be asked, for all workers together."""

    def wait_s(self) -> float:
        """Counts a request and returns 0, or returns how long there is none to be had."""
        ...

    def pause(self, seconds: float) -> None:
        """Lets nobody ask for a while."""
        ...


class NoPace:
    """Asks as often as it likes: for tests."""

    def wait_s(self) -> float:
        return 0.0

    def pause(self, seconds: float) -> None:
        return None


class DataCiteRegistrar:
    """Registers the DOIs of one DataCite repository."""

    hands_out_test_dois = False

    def __init__(self, client: httpx.Client, *, repository: str, pace: Pace) -> None:
        self._client = client
        self._repository = repository
        self._pace = pace

    def register(self, doi: str, *, wanted: DoiState, url: str, metadata: dict[str, Any]) -> Held:
        """Upserts the DOI and returns it as DataCite then holds it.

        An event that is not allowed in the present state is silently ignored by DataCite, and an
        answer may be lost after the change was made: so the state is read back, never assumed.

        Raises:
            RegistrarError: it was refused or not reached.
        """
        for event in EVENTS[wanted]:
            wish = {"event": event} if event else {}
            self._put(doi, {**metadata, "doi": doi, "url": url, **wish})
            held = self._get(doi)
            if held.state is wanted:
                break
        return held

    def discard(self, doi: str) -> None:
        """Deletes a draft; one that DataCite does not hold is deleted already.

        Raises:
            RegistrarError: it is no draft any more (405), or was not reached.
        """
        try:
            self._send("DELETE", f"/dois/{quote(doi)}", doi)
        except RegistrarError as error:
            if error.status != httpx.codes.NOT_FOUND:
                raise

    def pages(self) -> Iterator[list[Held]]:
        """Yields all that DataCite holds of the repository, by cursor, a thousand at a time.

        Raises:
            RegistrarError: a page could not be read; what came before it stands.
        """
        path = f"/dois?client-id={quote(self._repository.lower())}"
        address = f"{path}&page[size]={MOST_A_PAGE}&page[cursor]=1"
        while address:
            answer = self._send("GET", address, "(all)").json()
            yield [_held(item) for item in answer["data"]]
            address = answer.get("links", {}).get("next") or ""

    def _put(self, doi: str, attributes: dict[str, Any]) -> None:
        body = {"data": {"type": "dois", "id": doi, "attributes": attributes}}
        self._send("PUT", f"/dois/{quote(doi)}", doi, json=body)

    def _get(self, doi: str) -> Held:
        return _held(self._send("GET", f"/dois/{quote(doi)}", doi).json()["data"])

    def _send(self, method: str, address: str, doi: str, **content: Any) -> httpx.Response:
        if wait_s := self._pace.wait_s():
            raise RegistrarPausedError(doi, wait_s)
        try:
            answer = self._client.request(
                method, address, headers={"Content-Type": CONTENT_TYPE}, **content
            )
        except httpx.HTTPError as error:
            self._pace.pause(PAUSE_S)
            reason = f"DataCite did not answer ({type(error).__name__})"
            raise RegistrarError(doi, reason, may_succeed_later=True) from error
        if answer.is_error:
            raise self._refusal(doi, answer)
        return answer

    def _refusal(self, doi: str, answer: httpx.Response) -> RegistrarError:
        retry_after_s = outbound.retry_after_s(answer, now=timezone.now())
        is_busy = answer.status_code == httpx.codes.TOO_MANY_REQUESTS
        if is_busy:
            self._pace.pause(PAUSE_S if retry_after_s is None else retry_after_s)
        # Wrong credentials are mended in the settings, for every DOI at once.
        is_locked_out = answer.status_code == httpx.codes.UNAUTHORIZED
        return RegistrarError(
            doi,
            f"DataCite answered {answer.status_code}: {_titles(answer)}",
            may_succeed_later=is_busy or is_locked_out or answer.is_server_error,
            retry_after_s=retry_after_s,
            status=answer.status_code,
        )


def _held(item: dict[str, Any]) -> Held:
    attributes = item["attributes"]
    return Held(
        doi=attributes["doi"].lower(),
        state=DoiState(attributes["state"]),
        url=attributes.get("url") or "",
        stamp=attributes.get("updated") or "",
        attributes=attributes,
    )


def _titles(answer: httpx.Response) -> str:
    """Returns DataCite's sentences (`{"errors": [{"title": …, "source": …}]}`), or the raw text."""
    try:
        errors = answer.json()["errors"]
        return "; ".join(f"{item.get('source', '')} {item['title']}".strip() for item in errors)
    except (ValueError, KeyError, TypeError):
        return answer.text[:300]
