"""What reading one file may cost, and the warnings collected on the way; pure."""

from collections import Counter
from dataclasses import dataclass, field

from ingest.nexus.text import show
from ingest.record import Problem, Severity


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one file may cost; reaching a limit is a warning, the file is still read.

    `objects` links looked at (the largest of 1254 files of many facilities has 121 825, the median
    113); `depth` groups below the root; `siblings` of one class in a group (a time-of-flight
    instrument has hundreds of detector banks); `signals` fields of an NXdata that are asked for
    @signal; `field_bytes` and `attribute_bytes` of one value as stored, `chunk_bytes` of a chunk
    that must be unpacked for it; `total_bytes` of all values together; `elements` of an array of
    numbers, and `series_bytes` of all longer ones that are summed up; `text_chars` kept of one
    text; `findings` of one kind.
    """

    objects: int = 50_000
    depth: int = 10
    siblings: int = 64
    signals: int = 64
    field_bytes: int = 64 * 1024
    attribute_bytes: int = 16 * 1024
    chunk_bytes: int = 16 * 1024**2
    total_bytes: int = 8 * 1024**2
    elements: int = 64
    series_bytes: int = 4 * 1024**2
    text_chars: int = 4096
    findings: int = 10


@dataclass(slots=True)
class Findings:
    """Warnings collected on the way, at most `limit` of a kind, the rest counted."""

    limit: int
    problems: list[Problem] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, code: str, path: str, message: str) -> None:
        """Keep one warning, or count it."""
        self.counts[code] += 1
        if self.counts[code] <= self.limit:
            self.problems.append(Problem(Severity.WARNING, code, message, path))

    def add_unreadable(self, path: str, error: Exception) -> None:
        """Keep the warning that something in the file could not be read."""
        reason = show(error, 120)
        self.add("unreadable_object", path, f"{path}: cannot be read ({reason}); skipped.")

    def all(self) -> tuple[Problem, ...]:
        """Return the warnings, and one more for each kind that had too many."""
        more = {code: count - self.limit for code, count in self.counts.items()}
        summaries = (
            Problem(Severity.WARNING, code, f"{count} more findings of the kind {code}.")
            for code, count in more.items()
            if count > 0
        )
        return (*self.problems, *summaries)
