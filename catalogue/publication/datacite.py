"""The DataCite REST API (support.datacite.org/docs/api): one idempotent PUT, read back."""

from typing import Any

import httpx

from catalogue.models import DoiState

CONTENT_TYPE = "application/vnd.api+json"


class RegistrarError(Exception):
    """DataCite refused a DOI or could not be reached.

    may_succeed_later: trying the same again makes sense (an outage, a rate limit).
    retry_after_s: how long DataCite asks to wait, if it says so.
    """

    def __init__(
        self, doi: str, reason: str, *, may_succeed_later: bool, retry_after_s: int | None = None
    ) -> None:
        super().__init__(f"DOI {doi}: {reason}")
        self.doi = doi
        self.may_succeed_later = may_succeed_later
        self.retry_after_s = retry_after_s


class DataCiteRegistrar:
    """Registers DOIs of one DataCite repository."""

    hands_out_test_dois = False

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def register(self, doi: str, *, event: str, url: str, metadata: dict[str, Any]) -> DoiState:
        """Upserts the DOI and returns the state DataCite then reports.

        An event that is not allowed in the present state is silently ignored by DataCite, and an
        answer may be lost after the change was made: so the state is read back, never assumed.
        """
        attributes = {**metadata, "doi": doi, "url": url, "event": event}
        body = {"data": {"type": "dois", "id": doi, "attributes": attributes}}
        self._send("PUT", doi, json=body)
        answer = self._send("GET", doi)
        return DoiState(answer.json()["data"]["attributes"]["state"])

    def _send(self, method: str, doi: str, **content: Any) -> httpx.Response:
        try:
            answer = self._client.request(
                method, f"/dois/{doi}", headers={"Content-Type": CONTENT_TYPE}, **content
            )
        except httpx.HTTPError as error:
            reason = f"DataCite did not answer ({type(error).__name__})"
            raise RegistrarError(doi, reason, may_succeed_later=True) from error
        if answer.is_error:
            raise _refusal(doi, answer)
        return answer


def _refusal(doi: str, answer: httpx.Response) -> RegistrarError:
    wait = answer.headers.get("Retry-After", "")
    return RegistrarError(
        doi,
        f"DataCite answered {answer.status_code}: {_titles(answer)}",
        may_succeed_later=answer.status_code == httpx.codes.TOO_MANY_REQUESTS
        or answer.is_server_error,
        retry_after_s=int(wait) if wait.isdigit() else None,
    )


def _titles(answer: httpx.Response) -> str:
    """Returns DataCite's sentences (`{"errors": [{"title": …, "source": …}]}`), or the raw text."""
    try:
        errors = answer.json()["errors"]
        return "; ".join(f"{item.get('source', '')} {item['title']}".strip() for item in errors)
    except (ValueError, KeyError, TypeError):
        return answer.text[:300]
