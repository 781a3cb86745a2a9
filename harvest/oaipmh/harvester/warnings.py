"""The defects of a run, written down by kind: how often, and the first ones in full."""

from collections.abc import Iterable

from harvest.models import HarvestRun, HarvestWarning
from harvest.oaipmh.harvester.defects import Defect, Finding

MOST_EXAMPLES = 20


class WarningBook:
    """Collects findings between two pages, and writes each page's with the page."""

    def __init__(self, run: HarvestRun) -> None:
        self._run = run
        self._rows: dict[Defect, HarvestWarning] = {}
        self._unwritten: set[Defect] = set()

    def note(self, finding: Finding) -> None:
        row = self._rows.setdefault(
            finding.defect, HarvestWarning(run=self._run, defect=finding.defect)
        )
        row.times += 1
        if len(row.examples) < MOST_EXAMPLES:
            row.examples.append(
                {
                    "page": self._run.pages + 1,
                    "identifier": finding.identifier,
                    "message": finding.message[:500],
                }
            )
        self._unwritten.add(finding.defect)

    def note_all(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            self.note(finding)

    def write(self) -> None:
        for defect in sorted(self._unwritten):
            self._rows[defect].save()
        self._unwritten.clear()
