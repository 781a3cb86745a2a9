"""One endpoint as oaipmh-scythe asks it, through our own door and read with our own patience."""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from django.conf import settings
from django.utils import timezone
from lxml import etree
from oaipmh_scythe import Scythe
from oaipmh_scythe.exceptions import OAIPMHException
from oaipmh_scythe.iterator import OAIResponseIterator
from oaipmh_scythe.response import OAIResponse

from catalogue import outbound
from harvest.oaipmh.harvester.defects import Defect, Finding
from harvest.oaipmh.harvester.reading import NotOaiError, Reply, read

logger = logging.getLogger(__name__)

# Not now, or a fault of the moment: asked again.
_PASSING = frozenset({429, 500, 502, 503, 504})


class EndpointError(Exception):
    """An endpoint cannot be harvested now; the message says what it did and what to do."""


class PostponedError(EndpointError):
    """An endpoint asks for more patience than a worker has; `until` is when to come again."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"the endpoint asks to be left alone until {until:%Y-%m-%d %H:%M:%S} UTC")
        self.until = until


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a request is made, how long is waited between, and with what."""

    tries: int = 4
    first_wait_s: float = 5
    longest_wait_s: float = 300
    sleep: Callable[[float], None] = time.sleep


class Answer(OAIResponse):
    """An answer of scythe's whose XML has been read already, once, and mended where need be."""

    def __init__(self, http_response: Any, params: dict[str, str], reply: Reply) -> None:
        super().__init__(http_response, params)
        self.reply = reply

    @property
    def xml(self) -> etree._Element:
        return self.reply.root


class Endpoint(Scythe):
    """Scythe's requests, lists and errors; `harvest`, which everything there goes through, is ours.

    Scythe opens a client of its own for any address, reads answers of any size with a parser that
    takes a broken one for whole, and knows Retry-After only in seconds.
    """

    def __init__(
        self,
        base_url: str,
        *,
        patience: Patience | None = None,
        private_hosts: tuple[str, ...] | None = None,
        on_finding: Callable[[Finding], None] = lambda _: None,
    ) -> None:
        super().__init__(base_url, iterator=OAIResponseIterator)
        self._patience = patience or Patience()
        hosts = settings.PRIVATE_HOSTS if private_hosts is None else private_hosts
        self._http = outbound.public_client(contact=settings.ADMIN_EMAIL, private_hosts=hosts)
        self._note = on_finding

    def close(self) -> None:
        self._http.close()
        super().close()

    def lists(self, **arguments: str | None) -> Iterator[Answer]:
        """Yields the answers to ListRecords, one a page, from the beginning or from a token.

        Raises:
            OAIPMHException: the endpoint answers with an error of the protocol.
            EndpointError: it does not answer, or not with OAI-PMH.
        """
        return cast(Iterator[Answer], self.list_records(**arguments))  # type: ignore[arg-type]

    def harvest(self, query: dict[str, str]) -> Answer:
        """Asks until there is a whole answer, patience is at an end, or an error is sure.

        Raises:
            OAIPMHException: the endpoint answers with an error of the protocol, of any status.
            EndpointError: it does not answer, or not with OAI-PMH.
        """
        for attempt in range(1, self._patience.tries + 1):
            is_last = attempt == self._patience.tries
            try:
                return self._ask(query, is_last=is_last)
            except _AgainError as again:
                if is_last:
                    raise EndpointError(again.reason) from again
                self._wait(again, attempt)
        raise AssertionError("the last attempt answers or raises")

    def _ask(self, query: dict[str, str], *, is_last: bool) -> Answer:
        try:
            http = outbound.get(self._http, self.endpoint, query)
        except outbound.OutboundError as error:
            if error.may_succeed_later:
                raise _AgainError(str(error)) from error
            raise EndpointError(str(error)) from error
        try:
            answer = Answer(http, query, read(http.content))
            answer.raise_for_oaipmh_error()
        except NotOaiError as error:
            raise self._failure(http, str(error)) from error
        if http.is_error:
            raise self._failure(http, "")
        if answer.reply.is_cut and not is_last:
            raise _AgainError("the answer broke off")
        return answer

    def _failure(self, http: Any, what: str) -> Exception:
        status = http.status_code
        reason = f"HTTP {status} {http.reason_phrase}".rstrip() if http.is_error else what
        message = f"{http.url}: {reason}"
        if status in _PASSING:
            return _AgainError(message, outbound.retry_after_s(http, now=timezone.now()))
        return EndpointError(message)

    def _wait(self, again: "_AgainError", attempt: int) -> None:
        patience = self._patience
        wait_s = patience.first_wait_s * 2 ** (attempt - 1)
        if again.retry_after_s is not None:
            wait_s = again.retry_after_s
        self._note(Finding(Defect.OVERLOADED, f"{again.reason}; asked again after {wait_s:.0f} s"))
        if wait_s > patience.longest_wait_s:
            raise PostponedError(timezone.now() + timedelta(seconds=min(wait_s, MOST_POSTPONED_S)))
        patience.sleep(wait_s)


# Whoever asks for longer than a week is asked again after one.
MOST_POSTPONED_S = 7 * 86_400


class _AgainError(Exception):
    def __init__(self, reason: str, retry_after_s: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after_s = retry_after_s


__all__ = ["Answer", "Endpoint", "EndpointError", "OAIPMHException", "Patience", "PostponedError"]
