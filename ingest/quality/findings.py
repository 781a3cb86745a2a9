"""Findings as people read them: by severity, the worst first, each with what to do; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ingest.record import Severity
from ingest.validation.result import ADVICE


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a table. `advice` is '' where the message itself says what to do."""

    path: str
    code: str
    message: str
    advice: str


@dataclass(frozen=True, slots=True)
class FindingGroup:
    """All findings of one severity."""

    label: str
    findings: tuple[Finding, ...]


def groups_of(findings: Iterable[Mapping[str, str]]) -> list[FindingGroup]:
    """Return stored findings by severity, errors first, in the order they were made."""
    kept = list(findings)
    groups = [
        FindingGroup(
            f"{severity.capitalize()}s",
            tuple(_finding(each) for each in kept if each.get("severity") == severity),
        )
        for severity in (Severity.ERROR, Severity.WARNING)
    ]
    return [group for group in groups if group.findings]


def _finding(stored: Mapping[str, str]) -> Finding:
    code = stored.get("code", "")
    return Finding(stored.get("path", ""), code, stored.get("message", ""), ADVICE.get(code, ""))
