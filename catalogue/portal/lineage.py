"""What a dataset was made from and what was made from it, as far as the viewer may see either."""

from dataclasses import dataclass

from django.utils import timezone

from catalogue.models import Dataset
from catalogue.policy.visibility import Viewer

# A calibration can have been made into hundreds.
LIMIT = 100


@dataclass(frozen=True, slots=True)
class Input:
    """A file that a dataset was made from; `dataset` is None where it is unknown or not shown."""

    name: str
    dataset: Dataset | None


def inputs_of(dataset: Dataset, viewer: Viewer, *, shows_paths: bool) -> list[Input]:
    """Returns what the dataset was made from, each with the dataset that the viewer may see."""
    rows = list(dataset.inputs.all())
    wanted = [row.made_from_id for row in rows if row.made_from_id is not None]
    seen = Dataset.objects.visible_to(viewer, today=timezone.localdate()).in_bulk(wanted)
    return [
        Input(row.name if shows_paths else row.file_name, seen.get(row.made_from_id or 0))
        for row in rows
    ]


def outputs_of(dataset: Dataset, viewer: Viewer) -> list[Dataset]:
    """Returns what was made from the dataset and the viewer may see."""
    seen = Dataset.objects.visible_to(viewer, today=timezone.localdate())
    return list(seen.filter(inputs__made_from=dataset).distinct().order_by("name", "pk")[:LIMIT])
