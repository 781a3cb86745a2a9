"""The names that datasets get from the paths of their files, unique in their investigation."""

from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import PurePath

from catalogue.models import Dataset, Investigation


class FreeNames:
    """Names for the files of one batch, by one query an investigation."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._wanted = {name for path in paths for name in names_from(path)}
        self._taken: dict[int, set[str]] = {}

    def take(self, investigation: Investigation, path: str) -> str:
        """Returns the file's name without its endings, with the folders it takes to be unique."""
        taken = self._taken_in(investigation)
        free = next((name for name in names_from(path) if name not in taken), None)
        name = free or self._numbered(investigation, path)
        taken.add(name)
        return name

    def is_free(self, investigation: Investigation, name: str) -> bool:
        """Tells whether no dataset of an investigation has a name yet."""
        return not Dataset.objects.filter(investigation=investigation, name=name).exists()

    def _taken_in(self, investigation: Investigation) -> set[str]:
        if investigation.pk not in self._taken:
            rows = Dataset.objects.filter(investigation=investigation, name__in=self._wanted)
            self._taken[investigation.pk] = set(rows.values_list("name", flat=True))
        return self._taken[investigation.pk]

    def _numbered(self, investigation: Investigation, path: str) -> str:
        """Returns `run-7 (2)`, `run-7 (3)`, …: for a file whose every name is another's."""
        stem = next(names_from(path))[:280]
        rows = Dataset.objects.filter(investigation=investigation, name__startswith=f"{stem} (")
        taken = self._taken_in(investigation) | set(rows.values_list("name", flat=True))
        return next(name for number in count(2) if (name := f"{stem} ({number})") not in taken)


def names_from(path: str) -> Iterator[str]:
    """Yields `run-7`, `raw/run-7`, `data/raw/run-7` for `/data/raw/run-7.nxs`."""
    pure = PurePath(path)
    parts = [*pure.parts[1:-1], pure.name.split(".")[0] or pure.name]
    for depth in range(1, len(parts) + 1):
        yield "/".join(parts[-depth:])[-300:]
