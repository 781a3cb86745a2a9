"""Which dataset was made from which: names in files, matched with the files that are known."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable

from django.db.models import F, Q

from catalogue.models import Datafile, Dataset, DatasetInput
from ingest.record import ExtractedRecord

File = tuple[int, int, str]  # the dataset, its investigation, and the path


class Lineage:
    """The inputs that the datasets of one batch name; they may be stored already, or come later."""

    def __init__(self) -> None:
        self._inputs: list[DatasetInput] = []

    def add(self, dataset: Dataset, record: ExtractedRecord) -> None:
        """Gathers the names of the files a dataset was made from."""
        for named in record.inputs:
            file_name = re.split(r"[/\\]", named.value)[-1]
            if file_name:
                row = DatasetInput(dataset=dataset, name=named.value[:500])
                row.file_name, row.source = file_name[:300], named.source[:500]
                self._inputs.append(row)

    def write(
        self, *, changed: Collection[Dataset], moved: Collection[int], files: Iterable[Datafile]
    ) -> None:
        """Writes the inputs, and links those whose file is known by now."""
        DatasetInput.objects.filter(dataset__in=changed).delete()
        DatasetInput.objects.bulk_create(self._inputs, ignore_conflicts=True)
        if moved:
            strangers = DatasetInput.objects.filter(made_from__in=moved).exclude(
                dataset__investigation__proposal=F("made_from__investigation__proposal")
            )
            strangers.update(made_from=None)
        owners = {row.dataset_id for row in self._inputs}
        link_inputs(owners, {row.name for row in files})


def link_inputs(dataset_ids: Collection[int], file_names: Collection[str]) -> None:
    """Links the inputs of these datasets, and those that name one of these files.

    A file of the same path is taken, else the only one of that name in the investigation, else the
    only one in the proposal. Two of a name are none: a wrong origin is worse than an open one.
    """
    unknown = DatasetInput.objects.filter(
        Q(dataset__in=dataset_ids) | Q(file_name__in=file_names), made_from__isnull=True
    ).select_related("dataset__investigation")
    rows = list(unknown)
    known = _find_files(rows)
    linked = []
    for row in rows:
        investigation = row.dataset.investigation
        files = known[investigation.proposal_id, row.file_name]
        row.made_from_id = _choose(row, investigation.pk, files)
        if row.made_from_id is not None:
            linked.append(row)
    DatasetInput.objects.bulk_update(linked, ["made_from"])


def _find_files(rows: Collection[DatasetInput]) -> dict[tuple[int, str], list[File]]:
    """Returns the files that may be meant, by proposal and name."""
    found: dict[tuple[int, str], list[File]] = defaultdict(list)
    if rows:
        files = Datafile.objects.filter(
            name__in={row.file_name for row in rows},
            dataset__investigation__proposal__in={
                row.dataset.investigation.proposal_id for row in rows
            },
        ).select_related("dataset__investigation")
        for file in files:
            investigation = file.dataset.investigation
            key = (investigation.proposal_id, file.name)
            found[key].append((file.dataset_id, investigation.pk, file.path))
    return found


def _choose(row: DatasetInput, investigation_id: int, files: list[File]) -> int | None:
    others = [file for file in files if file[0] != row.dataset_id]
    same_path = {dataset for dataset, _, path in others if path == row.name}
    same_visit = {dataset for dataset, where, _ in others if where == investigation_id}
    for candidates in (same_path, same_visit, {dataset for dataset, _, _ in others}):
        if candidates:
            return candidates.pop() if len(candidates) == 1 else None
    return None
