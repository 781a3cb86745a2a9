"""The parameters of one batch of files, gathered as plain rows and written a table at a time."""

from collections.abc import Iterable, Mapping, Sequence, Set

from catalogue.models import Dataset, DatasetParameter, Parameter, Sample, SampleParameter
from catalogue.models.base import BY_HAND
from catalogue.models.dataset import parameter_key
from ingest.nexus.quantities import in_si, slot_of
from ingest.record import ExtractedParameter
from ingest.storing.bulk import insert_rows
from ingest.storing.rows import Rows

_COLUMNS = (
    *("type", "number", "number_min", "number_max", "error", "unit"),
    *("si_value", "si_min", "si_max", "si_error", "text", "source"),
)
LONGEST_SOURCE = 500
# What stands in these columns: the type first, the source last.
Values = tuple[int, *tuple[object, ...], str]


class Parameters:
    """Parameters of datasets and samples; what a person entered stays, and keeps the file's out.

    Of a quantity that each device has, only the value that a person replaced is kept out.
    """

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._of_datasets: dict[tuple[int, int, str], tuple[Dataset, str, Values]] = {}
        self._of_samples: dict[tuple[int, int, str], tuple[str, Values]] = {}

    def add(
        self,
        dataset: Dataset,
        samples: Mapping[str, Sample],
        extracted: Iterable[ExtractedParameter],
    ) -> None:
        """Gathers the parameters of one file; samples: by their groups, the dataset's own first."""
        said: set[str] = set()
        by_hand = {id(row): row.values_by_hand() for row in (dataset, *samples.values())}
        for each in extracted:
            values, slot = self._values(each), slot_of(each.name, each.source[:LONGEST_SOURCE])
            sample = _sample_of(each, samples)
            if sample is not None and not _is_given_up(by_hand[id(sample)], each.name, slot):
                self._of_samples[sample.pk, values[0], each.source] = slot, values
            if each.of == "sample":
                # What is known of a can or a reference is not said of the dataset.
                if each.name in said or sample not in (None, dataset.sample):
                    continue
                said.add(each.name)
            if not _is_given_up(by_hand[id(dataset)], each.name, slot):
                # Of devices whose paths are equal as far as the column goes, the last one is kept.
                self._of_datasets[id(dataset), values[0], values[-1]] = (dataset, slot, values)

    def _values(self, extracted: ExtractedParameter) -> Values:
        value = extracted.value
        si = in_si(extracted)
        kind = self._rows.parameter_type(extracted.name, si.unit if si else "")
        number = value if isinstance(value, float) else None
        return (
            kind.pk,
            *(number, extracted.minimum, extracted.maximum, extracted.error, extracted.unit[:50]),
            *((si.value, si.minimum, si.maximum, si.error) if si else (None,) * 4),
            value if isinstance(value, str) else "",
            extracted.source[:LONGEST_SOURCE],
        )

    def write(self, *, changed: Sequence[Dataset]) -> None:
        """Writes what was gathered; `changed` are the datasets that had parameters before.

        The datasets have to have their keys by now.
        """
        changed_ids = [dataset.pk for dataset in changed]
        mine = _entered_by_hand(DatasetParameter, "dataset", changed_ids)
        DatasetParameter.objects.filter(dataset__in=changed_ids).exclude(source=BY_HAND).delete()
        rows = (
            (dataset.pk, *values)
            for dataset, slot, values in self._of_datasets.values()
            if (dataset.pk, values[0], slot) not in mine
        )
        insert_rows(DatasetParameter, ("dataset", *_COLUMNS), list(rows))
        samples = {sample_id for sample_id, _, _ in self._of_samples}
        mine = _entered_by_hand(SampleParameter, "sample", samples)
        rows = (
            (sample_id, *values)
            for (sample_id, _, _), (slot, values) in self._of_samples.items()
            if (sample_id, values[0], slot) not in mine
        )
        insert_rows(SampleParameter, ("sample", *_COLUMNS), list(rows))


def _is_given_up(by_hand: Set[str], name: str, slot: str) -> bool:
    """Tells whether a person has removed the value that would fill this slot."""
    if not by_hand:
        return False
    known = parameter_key(name)
    if slot:
        return known in by_hand or parameter_key(name, slot) in by_hand
    # One value, wherever in the file it stands by now.
    return known in by_hand or any(key.startswith(f"{known} ") for key in by_hand)


def _entered_by_hand(
    model: type[Parameter], owner: str, ids: Iterable[int]
) -> set[tuple[int, int, str]]:
    """Returns (owner, type, slot) of the parameters that people entered."""
    wanted = list(ids)
    if not wanted:
        return set()
    rows = model._default_manager.filter(**{f"{owner}__in": wanted}, source=BY_HAND)
    columns = rows.values_list(owner, "type", "type__name", "replaces")
    return {(row, kind, slot_of(name, place)) for row, kind, name, place in columns}


def _sample_of(extracted: ExtractedParameter, samples: Mapping[str, Sample]) -> Sample | None:
    """Returns the sample that a parameter is of, by its group; None where it is of the dataset."""
    if extracted.of != "sample":
        return None
    groups = (group for group in samples if extracted.source.startswith(f"{group}/"))
    return next((samples[group] for group in groups), None)
