"""The health of the providers, in their rows: shared by all workers, read with the list itself."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import F

from catalogue.formats.panosc import moment
from catalogue.search.errors import FilterError
from catalogue.search.values import shown
from harvest.federation.answers import WORKING, Answer
from harvest.federation.breaker import Breaker, breaker_of, pause_after
from harvest.federation.provider import Provider
from harvest.models import FederationProvider

Json = dict[str, Any]

# A provider that works is written down so often at most: nearly all requests write nothing.
NEWS_AFTER = timedelta(minutes=1)


def chosen_providers(keys: str = "") -> list[FederationProvider]:
    """Returns those that are enabled, or of these the named ones; this catalogue comes first.

    One query, health included. keys: by comma, '' for all.

    Raises:
        FilterError: there is none of that name.
    """
    rows = list(FederationProvider.objects.filter(is_enabled=True).order_by("pk"))
    rows.sort(key=lambda row: not row.is_own)
    wanted = [key.strip() for key in keys.split(",") if key.strip()]
    known = {row.slug for row in rows}
    for key in wanted:
        if key not in known:
            names = ", ".join(sorted(known)) or "none"
            raise FilterError("provider", f"there is no {shown(key)}; there are: {names}")
    return [row for row in rows if not wanted or row.slug in wanted]


def value_of(row: FederationProvider) -> Provider:
    return Provider(
        key=row.slug,
        facility=row.facility,
        base_url=row.base_url or f"{settings.BASE_URL}/panosc-api",
        timeout_s=row.timeout_s,
        weight=row.weight,
        is_comparable=row.is_comparable or row.is_own,
        is_own=row.is_own,
    )


def health_of(row: FederationProvider, *, now: datetime) -> Json:
    """Returns what anybody may know of a provider's health."""
    known: Json = {
        "key": row.slug,
        "facility": row.facility,
        "url": value_of(row).base_url,
        "breaker": breaker_of(row.retry_at, now=now).value,
        "answered_at": moment(row.answered_at),
        "failed_at": moment(row.failed_at),
        "latency_ms": row.latency_ms,
    }
    return {name: value for name, value in known.items() if value is not None}


def admitted(rows: Iterable[FederationProvider], *, now: datetime) -> set[int]:
    """Returns the keys of the rows that may be asked: of those that fail, none or one at a time.

    Whoever moves `retry_at` first makes the trial, and all others see the provider resting.
    """
    return {row.pk for row in rows if _is_admitted(row, now)}


def _is_admitted(row: FederationProvider, now: datetime) -> bool:
    state = breaker_of(row.retry_at, now=now)
    if state is not Breaker.HALF_OPEN:
        return state is Breaker.CLOSED
    waiting = FederationProvider.objects.filter(pk=row.pk, retry_at=row.retry_at)
    return waiting.update(retry_at=now + (pause_after(row.failures) or timedelta())) == 1


def record(row: FederationProvider, answer: Answer, *, now: datetime) -> None:
    """Writes down what became of a provider, where that is news."""
    if answer.state in WORKING:
        _record_success(row, answer, now)
    else:
        _record_failure(row, answer, now)


def _record_success(row: FederationProvider, answer: Answer, now: datetime) -> None:
    is_old = row.answered_at is None or now - row.answered_at > NEWS_AFTER
    if row.failures or row.retry_at or is_old:
        FederationProvider.objects.filter(pk=row.pk).update(
            failures=0,
            retry_at=None,
            answered_at=now,
            latency_ms=round(answer.seconds * 1000),
            error="",
        )


def _record_failure(row: FederationProvider, answer: Answer, now: datetime) -> None:
    pause = pause_after(row.failures + 1)
    FederationProvider.objects.filter(pk=row.pk).update(
        failures=F("failures") + 1,
        retry_at=now + pause if pause else None,
        failed_at=now,
        error=f"{answer.state.value}: {answer.note}"[:300],
    )
