"""An import from start to end: instruments, datasets in the home of their document, documents.

Each item is one transaction. An item that cannot be taken is told of and stops no other.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from django.db import DatabaseError, transaction

from catalogue.models import Dataset
from harvest.panosc_import.datasets import find_dataset, store_dataset
from harvest.panosc_import.documents import home_of, publish_document, settle
from harvest.panosc_import.items import DatasetItem, DocumentItem, ItemError
from harvest.panosc_import.reading import read_dataset, read_document, read_instrument
from harvest.panosc_import.shared_rows import SharedRows


class Source(Protocol):
    def rows(self, kind: str) -> Iterator[object]: ...

    def total(self, kind: str) -> int | None: ...


@dataclass
class Report:
    """What came of an import; `remarks` say what was left out, `refused` what was not taken."""

    stored: Counter[str] = field(default_factory=Counter)
    refused: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    made: list[str] = field(default_factory=list)


class Import:
    """Moves one source into the catalogue; done again, it changes only what the source has changed.

    watch: is given the name of what follows and the rows, and yields the rows, as a progress bar.
    """

    def __init__(
        self,
        source: Source,
        shared: SharedRows,
        *,
        now: datetime,
        watch: Callable[[str, Iterator[object]], Iterator[object]] = lambda _kind, rows: rows,
    ) -> None:
        self._source = source
        self._shared = shared
        self._now = now
        self._watch = watch
        self._documents: dict[str, DocumentItem] = {}
        # The first document that names a dataset gives it its home.
        self._document_of: dict[str, str] = {}
        self._facility_of: dict[str, str] = {}
        self.report = Report(made=shared.made)

    def run(self) -> Report:
        for row in self._rows("instruments"):
            self._take("instruments", row, self._instrument)
        for row in self._rows("documents"):
            self._take("documents", row, self._read_document)
        for row in self._rows("datasets"):
            self._take("datasets", row, self._dataset)
        for pid in self._watch("publications", iter(self._documents)):
            self._take("documents", {"pid": pid}, self._document)
        return self.report

    def _rows(self, kind: str) -> Iterator[object]:
        return self._watch(kind, self._source.rows(kind))

    def _take(self, kind: str, row: object, store: Callable[[object], None]) -> None:
        try:
            with transaction.atomic():
                store(row)
        except (ItemError, DatabaseError) as error:
            self._shared.forget()
            self.report.refused.append(f"{kind} {_pid(row)}: {error}".rstrip())

    def _instrument(self, row: object) -> None:
        self._shared.instrument(read_instrument(row), is_public=True)
        self.report.stored["instruments"] += 1

    def _read_document(self, row: object) -> None:
        document = read_document(row)
        if document.pid in self._documents:
            raise ItemError("is there twice; the second is left out")
        self._documents[document.pid] = document
        self._remark("documents", document)
        for pid in document.dataset_pids:
            self._document_of.setdefault(pid, document.pid)

    def _dataset(self, row: object) -> None:
        item = read_dataset(row)
        known = find_dataset(item.pid)
        document = self._documents.get(self._document_of.get(item.pid, ""))
        facility = self._shared.facility(item.instrument.facility if item.instrument else "")
        home = (
            known.investigation
            if known
            else home_of(document, facility, is_public=item.is_public, now=self._now)
        )
        dataset, remarks = store_dataset(item, known, home, self._shared)
        if document:
            self._facility_of.setdefault(document.pid, facility.name)
        else:
            settle(home)
        self._remark("datasets", item, *remarks, *_differs(item, dataset))
        self.report.stored["datasets"] += 1

    def _document(self, row: object) -> None:
        document = self._documents[_pid(row)]
        missing = (
            len(set(document.dataset_pids))
            - Dataset.objects.filter(name__in=document.dataset_pids).count()
        )
        facility = self._shared.facility(self._facility_of.get(document.pid, ""))
        publish_document(document, facility, self._shared, now=self._now)
        if missing:
            self._remark("documents", document, f"{missing} of its datasets are not here")
        self.report.stored["documents"] += 1

    def _remark(self, kind: str, item: DatasetItem | DocumentItem, *others: str) -> None:
        self.report.remarks += [f"{kind} {item.pid}: {text}" for text in (*item.remarks, *others)]


def _differs(item: DatasetItem, row: Dataset) -> Iterator[str]:
    """Yields that a dataset is more or less open here than at its source: a person decides."""
    is_open = row.investigation.release_state == "open"
    if item.is_public and not is_open:
        yield "is public at its source and not here; release it here"
    if not item.is_public and is_open:
        yield "is not public at its source and public here; close it here if it must be"


def _pid(row: object) -> str:
    pid = row.get("pid") if isinstance(row, dict) else None
    return pid if isinstance(pid, str) else "without a pid"
