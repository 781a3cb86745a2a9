"""The rows of one batch of files, gathered first and then written kind by kind."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import PurePath
from typing import TypeVar
from zoneinfo import ZoneInfo

from catalogue.models import (
    Datafile,
    Dataset,
    DatasetKind,
    DatasetParameter,
    Facility,
    Investigation,
    Parameter,
    Sample,
    SampleParameter,
)
from catalogue.vocabulary.definitions import technique_codes
from catalogue.vocabulary.units import SiQuantity, to_si
from ingest.lineage import Lineage
from ingest.nexus.quantities import DIMENSIONS
from ingest.placement import Placement
from ingest.record import ExtractedParameter, ExtractedRecord, Problem, ReadResult, Sourced
from ingest.refusal import day_of, refuse_late
from ingest.rows import Rows
from ingest.team import Teams
from ingest.visits import Visits

ParameterRow = TypeVar("ParameterRow", bound=Parameter)

_DATASET_VALUES = (
    "investigation",
    "instrument",
    "sample",
    "name",
    "title",
    "kind",
    "program",
    "description",
    "definition",
    "run_number",
    "start",
    "end",
    "default_plot",
    "sources",
    "file_count",
    "size_bytes",
    "modified_at",
)
_DATAFILE_VALUES = ("name", "size_bytes", "modified", "sha256")


class Batch:
    """Datasets and all that belongs to them, for a few hundred files of one facility at a time.

    A file that is known by its path updates its dataset, so that doing the same again changes
    nothing.
    """

    def __init__(self, facility: Facility, *, paths: Iterable[str]) -> None:
        self._zone = ZoneInfo(facility.time_zone)
        self._visits, self._teams, self._rows = Visits(facility), Teams(), Rows()
        known = Datafile.objects.filter(path__in=list(paths)).select_related("dataset")
        self._known = {row.path: row for row in known}
        self._names: dict[int, set[str]] = {}
        self._new: list[Dataset] = []
        self._changed: list[Dataset] = []
        self._moved: list[int] = []
        self._files: list[Datafile] = []
        self._techniques: list[tuple[Dataset, list[int]]] = []
        self._parameters: list[DatasetParameter] = []
        self._sample_parameters: dict[tuple[int, int, str], SampleParameter] = {}
        self._lineage = Lineage()
        self.investigation_ids: set[int] = set()

    def add(
        self, result: ReadResult, record: ExtractedRecord, placement: Placement
    ) -> tuple[Problem, ...]:
        """Gathers the rows of one file and returns warnings that only the catalogue can give.

        Raises:
            RefusedFile: the catalogue cannot take it; nothing has been written for it.
        """
        spot = self._visits.find(record, placement)
        self._admit(result, record, spot.investigation)
        investigation, instrument = self._visits.make(spot)
        warnings = self._teams.add(investigation, record)
        sample = self._sample(investigation, record)
        dataset = self._dataset(result, record, investigation)
        dataset.instrument, dataset.sample = instrument, sample
        self._files.append(_datafile(self._known.get(result.stamp.path), result, dataset))
        self._lineage.add(dataset, record)
        self._add_techniques(dataset, record)
        self._add_parameters(dataset, sample, record)
        return warnings

    def _admit(
        self, result: ReadResult, record: ExtractedRecord, investigation: Investigation | None
    ) -> None:
        """A dataset that moves to another visit is as new there as one from a new file."""
        if investigation is None:
            return
        known = self._known.get(result.stamp.path)
        if known is None or known.dataset.investigation_id != investigation.pk:
            day = day_of(record, result.stamp, zone=self._zone)
            refuse_late(record, investigation, day=day, zone=self._zone)

    def _sample(self, investigation: Investigation, record: ExtractedRecord) -> Sample | None:
        """Returns the first sample a file names; NeXus means the others for the same beam."""
        return self._rows.sample(investigation, record.samples[0]) if record.samples else None

    def _dataset(
        self, result: ReadResult, record: ExtractedRecord, investigation: Investigation
    ) -> Dataset:
        known = self._known.get(result.stamp.path)
        dataset = known.dataset if known else Dataset()
        (self._changed if known else self._new).append(dataset)
        if dataset.investigation_id not in (None, investigation.pk):
            self.investigation_ids.add(dataset.investigation_id)
            self._moved.append(dataset.pk)
        if dataset.investigation_id != investigation.pk:
            dataset.name = self._free_name(investigation, result.stamp.path)
        dataset.investigation = investigation
        self.investigation_ids.add(investigation.pk)
        _describe(dataset, record)
        dataset.file_count, dataset.size_bytes = 1, result.stamp.size_bytes
        return dataset

    def _free_name(self, investigation: Investigation, path: str) -> str:
        """Returns the file's name without its endings, with the folders it takes to be unique."""
        if investigation.pk not in self._names:
            names = Dataset.objects.filter(investigation=investigation).values_list(
                "name", flat=True
            )
            self._names[investigation.pk] = set(names)
        taken = self._names[investigation.pk]
        name = next(name for name in _names(path) if name not in taken)
        taken.add(name)
        return name

    def _add_techniques(self, dataset: Dataset, record: ExtractedRecord) -> None:
        """The definition tells the technique; without one, a single-technique instrument does."""
        codes = technique_codes(_text(record.definition), _text(record.probe))
        found = self._rows.techniques(codes)
        if not found and dataset.instrument is not None:
            offered = self._rows.techniques_of(dataset.instrument)
            found = offered if len(offered) == 1 else []
        self._techniques.append((dataset, [row.pk for row in found]))

    def _add_parameters(
        self, dataset: Dataset, sample: Sample | None, record: ExtractedRecord
    ) -> None:
        for extracted in record.parameters:
            if extracted.of == "sample" and sample is not None:
                row = self._fill(SampleParameter(sample=sample), extracted)
                self._sample_parameters[sample.pk, row.type_id, row.source] = row
            self._parameters.append(self._fill(DatasetParameter(dataset=dataset), extracted))

    def _fill(self, row: ParameterRow, extracted: ExtractedParameter) -> ParameterRow:
        value = extracted.value
        quantity = _in_si(extracted)
        row.type = self._rows.parameter_type(extracted.name, quantity.unit if quantity else "")
        row.unit, row.source = extracted.unit[:50], extracted.source[:500]
        if isinstance(value, float):
            row.number, row.si_value = value, quantity.value if quantity else None
        elif isinstance(value, datetime):
            row.moment = value
        else:
            row.text = value
        return row

    def write(self) -> dict[str, Datafile]:
        """Writes everything that was gathered, and returns the files by path."""
        Dataset.objects.bulk_create(self._new)
        Dataset.objects.bulk_update(self._changed, _DATASET_VALUES)
        # An early release was granted for the visit it leaves. Only these are written: what was
        # read of the others may be older than a release or a withdrawal.
        Dataset.objects.filter(pk__in=self._moved).update(released_early_on=None)
        written = Datafile.objects.bulk_create(
            self._files,
            update_conflicts=True,
            unique_fields=["path"],
            update_fields=_DATAFILE_VALUES,
        )
        self._lineage.write(changed=self._changed, moved=self._moved, files=written)
        self._write_techniques()
        self._write_parameters()
        return {row.path: row for row in written}

    def _write_techniques(self) -> None:
        through = Dataset.techniques.through
        through.objects.filter(dataset__in=self._changed).delete()
        through.objects.bulk_create(
            through(dataset_id=dataset.pk, technique_id=technique)
            for dataset, techniques in self._techniques
            for technique in techniques
        )

    def _write_parameters(self) -> None:
        DatasetParameter.objects.filter(dataset__in=self._changed).exclude(source="").delete()
        DatasetParameter.objects.bulk_create(self._parameters, ignore_conflicts=True)
        SampleParameter.objects.bulk_create(self._sample_parameters.values(), ignore_conflicts=True)


def _describe(dataset: Dataset, record: ExtractedRecord) -> None:
    dataset.title = _text(record.title)[:1000]
    dataset.description = _text(record.description)
    dataset.definition = _text(record.definition)[:100]
    dataset.kind = record.kind.value if record.kind else DatasetKind.RAW
    dataset.program = _program(record)[:200]
    dataset.run_number = _text(record.run_number)[:100]
    dataset.default_plot = _text(record.default_plot)[:500]
    dataset.start = record.start.value if record.start else None
    dataset.end = record.end.value if record.end else None
    dataset.sources = _sources(record)


def _program(record: ExtractedRecord) -> str:
    """Returns name and version of the program; many names hold the version already."""
    name, version = _text(record.program), _text(record.program_version)
    return name if version in name else f"{name} {version}"


def _in_si(extracted: ExtractedParameter) -> SiQuantity | None:
    """Returns the value in SI; the parameter's dimension tells A for ångström from A for ampere."""
    if not isinstance(extracted.value, float):
        return None
    dimension = DIMENSIONS.get(extracted.name, "")
    return to_si(extracted.value, extracted.unit, dimension=dimension)


def _sources(record: ExtractedRecord) -> dict[str, str]:
    """Returns where in the file each value stands, by field."""
    fields = {name: getattr(record, name) for name in ExtractedRecord.__slots__}
    found = {name: field.source for name, field in fields.items() if isinstance(field, Sourced)}
    if record.samples:
        found["sample"] = record.samples[0].source
    return found


def _text(field: Sourced[str] | None) -> str:
    return field.value if field else ""


def _names(path: str) -> Iterator[str]:
    """Yields `run-7`, `raw/run-7`, …, `run-7 (2)`, … without end, for `/data/raw/run-7.nxs`."""
    pure = PurePath(path)
    parts = [*pure.parts[1:-1], pure.name.split(".")[0] or pure.name]
    for depth in range(1, len(parts) + 1):
        yield "/".join(parts[-depth:])[-300:]
    for number in count(2):
        yield f"{parts[-1][:280]} ({number})"


def _datafile(known: Datafile | None, result: ReadResult, dataset: Dataset) -> Datafile:
    stamp = result.stamp
    row = known or Datafile(path=stamp.path)
    row.dataset = dataset
    row.name = PurePath(stamp.path).name[:300]
    row.size_bytes = stamp.size_bytes
    row.modified = datetime.fromtimestamp(stamp.mtime_ns / 1e9, UTC)
    row.sha256 = result.sha256
    return row
