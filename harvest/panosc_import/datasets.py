"""A dataset item and what belongs to it, as rows."""

from typing import Any

from django.db.models import Sum

from catalogue.models import Datafile, Dataset, DatasetParameter, Investigation, Sample
from catalogue.search.columns import canonical_uuid
from harvest.panosc_import.items import (
    DatasetItem,
    FileItem,
    ItemError,
    ParameterItem,
    SampleItem,
)
from harvest.panosc_import.shared_rows import SharedRows

# Where an imported value stands: in no file, and entered by nobody here.
SOURCE = "imported"


def find_dataset(pid: str) -> Dataset | None:
    """Returns the dataset of that pid, which an import has made before.

    Raises:
        ItemError: it is one that the catalogue has by itself.
    """
    uid = canonical_uuid(pid)
    known = Dataset.objects.select_related("investigation__proposal__facility")
    row = known.filter(uid=uid, pid="").first() if uid else known.filter(pid=pid).first()
    if row is not None and row.name != pid:
        raise ItemError("is a dataset that this catalogue has by itself; left as it is")
    return row


def store_dataset(
    item: DatasetItem, row: Dataset | None, home: Investigation, shared: SharedRows
) -> tuple[Dataset, list[str]]:
    """Writes a dataset and all that belongs to it, and returns it with what could not be kept.

    What a person has entered here since stays; so does the investigation, with its embargo.
    """
    remarks: list[str] = []
    row = row or _new(item, home)
    _write_columns(row, item, shared)
    row.techniques.set(_techniques(item, shared, remarks))
    _write_samples(row, item)
    write_parameters(row.parameters, "dataset", row, item.parameters, shared)
    _write_files(row, item.files)
    _count(row, item)
    return row, remarks


def _new(item: DatasetItem, home: Investigation) -> Dataset:
    uid = canonical_uuid(item.pid)
    named = {"uid": uid} if uid else {"pid": item.pid}
    return Dataset(investigation=home, name=item.pid, **named)


def _write_columns(row: Dataset, item: DatasetItem, shared: SharedRows) -> None:
    given: dict[str, Any] = {"title": item.title, "start": item.created}
    if item.instrument:
        given["instrument"] = shared.instrument(item.instrument, is_public=item.is_public)
    changed = {
        name: value
        for name, value in given.items()
        if not row.is_by_hand(name) and getattr(row, name) != value
    }
    for name, value in changed.items():
        setattr(row, name, value)
        row.sources[name] = SOURCE
    if changed or row.pk is None:
        row.save()


def _techniques(item: DatasetItem, shared: SharedRows, remarks: list[str]) -> list[Any]:
    found = []
    for technique in item.techniques:
        try:
            found.append(shared.technique(technique))
        except ItemError as error:
            remarks.append(f"{error}; left out")
    return found


def _write_samples(row: Dataset, item: DatasetItem) -> None:
    samples = [_sample(row.investigation, each) for each in item.samples]
    first, others = samples[:1], samples[1:]
    sample = first[0] if first else None
    if row.sample != sample and not row.is_by_hand("sample"):
        row.sample = sample
        row.save(update_fields=["sample", "modified_at"])
    row.further_samples.set(others)


def _sample(investigation: Investigation, item: SampleItem) -> Sample:
    samples = investigation.samples
    row = samples.filter(pid=item.pid).first() if item.pid else None
    row = row or samples.filter(name=item.name, pid="").first()
    if row is None:
        is_taken = samples.filter(name=item.name).exists()
        name = f"{item.name} ({item.pid})" if is_taken else item.name
        return samples.create(name=name[:300], pid=item.pid, description=item.description)
    if (row.pid, row.description) != (item.pid, item.description):
        row.pid, row.description = item.pid, item.description
        row.save(update_fields=["pid", "description", "modified_at"])
    return row


def write_parameters(
    rows: Any, owner: str, parent: Any, items: tuple[ParameterItem, ...], shared: SharedRows
) -> None:
    """Brings the imported parameters of a dataset or an investigation in step with the items."""
    model = rows.model
    wanted: dict[tuple[int, str], Any] = {}
    for item in items:
        values = shared.values_of(item)
        type_id = values["type"].pk  # type: ignore[attr-defined]
        source = _next_source(type_id, wanted)
        wanted[type_id, source] = model(**{owner: parent}, source=source, **values)
    imported = {(row.type_id, row.source): row for row in rows.filter(source__startswith=SOURCE)}
    if {key: _said(row) for key, row in imported.items()} == {
        key: _said(row) for key, row in wanted.items()
    }:
        return
    rows.filter(pk__in=[row.pk for row in imported.values()]).delete()
    model.objects.bulk_create(wanted.values())


def _next_source(type_id: int, taken: dict[tuple[int, str], Any]) -> str:
    """Returns where a value stands: the first `imported`, another of its name `imported 2`."""
    count = sum(1 for known, _ in taken if known == type_id)
    return f"{SOURCE} {count + 1}" if count else SOURCE


def _said(row: DatasetParameter) -> tuple[object, ...]:
    si = row.si_value, row.si_min, row.si_max, row.si_error
    return row.number, row.number_min, row.number_max, row.error, row.unit, si, row.text


def _write_files(row: Dataset, items: tuple[FileItem, ...]) -> None:
    wanted = {_path(row, place, item): item for place, item in enumerate(items)}
    known = {file.path: file for file in row.files.filter(path__startswith=_prefix(row))}
    row.files.filter(pk__in=[known[path].pk for path in known.keys() - wanted.keys()]).delete()
    for path, item in wanted.items():
        values = {
            "name": item.name,
            "public_path": item.path,
            "size_bytes": item.size_bytes,
            "modified": row.start or row.created_at,
        }
        file = known.get(path)
        if file is None or any(getattr(file, name) != value for name, value in values.items()):
            Datafile.objects.update_or_create(path=path, dataset=row, defaults=values)


def _prefix(row: Dataset) -> str:
    return f"imported:{row.uid}/"


def _path(row: Dataset, place: int, item: FileItem) -> str:
    """Returns a name that is no path of this machine: another catalogue's word opens no file."""
    return f"{_prefix(row)}{place}/{item.name}"


def _count(row: Dataset, item: DatasetItem) -> None:
    """Writes number and size of the files; the size as it was given, if it was."""
    count = row.files.count()
    total = row.files.aggregate(total=Sum("size_bytes"))["total"]
    size = item.size_bytes if item.size_bytes is not None else total
    if (row.file_count, row.size_bytes) != (count, size):
        Dataset.objects.filter(pk=row.pk).update(file_count=count, size_bytes=size)
