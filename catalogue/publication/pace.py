"""How often the registrar is asked: one count for all workers, kept in the database."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from catalogue.models import RegistrarPace

# DataCite counts in windows of five minutes: 3,000 requests of an account (support.datacite.org).
WINDOW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class SharedPace:
    """At most `requests` a window, and none while the registrar has asked for a pause."""

    requests: int

    def wait_s(self) -> float:
        now = timezone.now()
        with transaction.atomic():
            row = _locked(now)
            free_at = self._free_at(row, now)
            if free_at > now:
                return (free_at - now).total_seconds()
            row.requests += 1
            row.save(update_fields=["window_began_at", "requests"])
        return 0.0

    def pause(self, seconds: float) -> None:
        now = timezone.now()
        with transaction.atomic():
            row = _locked(now)
            row.paused_until = max(row.paused_until, now + timedelta(seconds=seconds))
            row.save(update_fields=["paused_until"])

    def _free_at(self, row: RegistrarPace, now: datetime) -> datetime:
        if now >= row.window_began_at + WINDOW:
            row.window_began_at, row.requests = now, 0
        is_full = row.requests >= self.requests
        window_ends = row.window_began_at + WINDOW if is_full else now
        return max(row.paused_until, window_ends)


def _locked(now: datetime) -> RegistrarPace:
    RegistrarPace.objects.bulk_create(
        [RegistrarPace(pk=1, window_began_at=now, paused_until=now)], ignore_conflicts=True
    )
    return RegistrarPace.objects.select_for_update().get(pk=1)
