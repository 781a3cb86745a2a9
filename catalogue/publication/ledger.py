"""Writes and checks the ledger of releases: one chain, one writer at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from catalogue.models import Investigation, ReleaseEvent
from catalogue.policy.chain import GENESIS, line_hash
from catalogue.policy.events import Case, Event
from catalogue.publication.act import Act

# Names the lock under which lines are written. It is taken after investigations and publications,
# and before the datestamp lock (DECISIONS 53).
LEDGER_LOCK = 5_074


@dataclass(frozen=True, slots=True)
class Line:
    """What a line of the ledger says of one event."""

    investigation: Investigation
    event: Event
    before: Case
    after: Case
    details: dict[str, Any] = field(default_factory=dict)


def append(lines: Sequence[Line], *, act: Act) -> None:
    """Writes lines at the end of the chain, in the transaction that makes them true."""
    if not lines:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LEDGER_LOCK])
    last = ReleaseEvent.objects.order_by("-number").values_list("number", "hash").first()
    newest, previous_hash = last or (0, GENESIS)
    rows = []
    for number, line in enumerate(lines, start=newest + 1):
        row = _row(number, line, act)
        row.previous_hash = previous_hash
        row.hash = previous_hash = line_hash(previous_hash, contents(row))
        rows.append(row)
    ReleaseEvent.objects.bulk_create(rows)


def _row(number: int, line: Line, act: Act) -> ReleaseEvent:
    policy = line.investigation.proposal.embargo_policy
    return ReleaseEvent(
        number=number,
        at=act.now,
        investigation_id=line.investigation.pk,
        label=str(line.investigation)[:100],
        action=line.event.action.value,
        actor_id=act.actor.pk if act.actor else None,
        actor_name=act.actor_name,
        actor_role=line.event.role.value,
        reason=line.event.reason,
        policy=str(policy) if policy else "",
        state_before=line.before.state.value,
        state_after=line.after.state.value,
        opens_before=line.before.opens,
        opens_after=line.after.opens,
        details=line.details,
    )


def contents(row: ReleaseEvent) -> dict[str, Any]:
    """Returns all that a line says: every column but the two hashes."""
    names = (column.attname for column in ReleaseEvent._meta.concrete_fields)
    return {name: getattr(row, name) for name in names if name not in ("previous_hash", "hash")}


@dataclass(frozen=True, slots=True)
class Fault:
    """A place where the ledger is not what was written, and what is wrong there."""

    number: int
    sentence: str


def faults(rows: Iterator[ReleaseEvent]) -> Iterator[Fault]:
    """Yields what is wrong with the chain; `rows` come in the order of their numbers."""
    expected, previous_hash = 1, GENESIS
    for row in rows:
        if row.number != expected:
            missing = (
                f"line {expected}"
                if row.number == expected + 1
                else (f"lines {expected} to {row.number - 1}")
            )
            yield Fault(row.number, f"{missing} before it: missing")
        elif row.previous_hash != previous_hash:
            yield Fault(row.number, "does not follow the line before it")
        if row.hash != line_hash(row.previous_hash, contents(row)):
            yield Fault(
                row.number, f"{row.label}, {row.at:%Y-%m-%d %H:%M}: its contents were changed"
            )
        expected, previous_hash = row.number + 1, row.hash


def strays() -> Iterator[Fault]:
    """Yields investigations whose state or day is not what the ledger's last word on them says."""
    last = ReleaseEvent.objects.order_by("investigation_id", "-number").distinct("investigation_id")
    for row in last.select_related("investigation").iterator(chunk_size=2000):
        try:
            now = (row.investigation.release_state, row.investigation.release_date)
        except Investigation.DoesNotExist:
            continue
        if now != (row.state_after, row.opens_after):
            yield Fault(
                row.number,
                f"{row.label}: the ledger left it {row.state_after}, opening {row.opens_after}; "
                f"the catalogue has {now[0]}, opening {now[1]}",
            )
