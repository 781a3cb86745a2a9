"""The names that datasets get from the paths of their files, unique in their investigation."""

from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import PurePath

from django.db.models import F

from catalogue.models import Dataset, Investigation
from catalogue.models.lookups import Among


class FreeNames:
    """Names for the files of one batch, by one query an investigation, or two.

    Folders in a name are looked at only where the names of files do not do.
    """

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths = list(paths)
        self._short = sorted({next(names_from(path)) for path in self._paths})
        self._taken: dict[int, set[str]] = {}
        self._with_folders: set[int] = set()

    def take(self, investigation: Investigation, path: str) -> str:
        """Returns the file's name without its endings, with the folders it takes to be unique."""
        taken = self._taken_in(investigation)
        name = next(names_from(path))
        if name in taken:
            self._look_at_folders(investigation)
            free = (longer for longer in names_from(path) if longer not in taken)
            name = next(free, None) or self._numbered(investigation, path)
        taken.add(name)
        return name

    def is_free(self, investigation: Investigation, name: str) -> bool:
        """Tells whether no dataset of an investigation has a name yet."""
        return not Dataset.objects.filter(investigation=investigation, name=name).exists()

    def _taken_in(self, investigation: Investigation) -> set[str]:
        if investigation.pk not in self._taken:
            self._taken[investigation.pk] = _taken_among(self._short, investigation)
        return self._taken[investigation.pk]

    def _look_at_folders(self, investigation: Investigation) -> None:
        if investigation.pk not in self._with_folders:
            self._with_folders.add(investigation.pk)
            names = sorted({name for path in self._paths for name in names_from(path)})
            self._taken[investigation.pk] |= _taken_among(names, investigation)

    def _numbered(self, investigation: Investigation, path: str) -> str:
        """Returns `run-7 (2)`, `run-7 (3)`, …: for a file whose every name is another's."""
        stem = next(names_from(path))[:280]
        rows = Dataset.objects.filter(investigation=investigation, name__startswith=f"{stem} (")
        taken = self._taken_in(investigation) | set(rows.values_list("name", flat=True))
        return next(name for number in count(2) if (name := f"{stem} ({number})") not in taken)


def _taken_among(names: list[str], investigation: Investigation) -> set[str]:
    rows = Dataset.objects.filter(Among(F("name"), names), investigation=investigation)
    return set(rows.values_list("name", flat=True))


def names_from(path: str) -> Iterator[str]:
    """Yields `run-7`, `raw/run-7`, `data/raw/run-7` for `/data/raw/run-7.nxs`."""
    pure = PurePath(path)
    parts = [*pure.parts[1:-1], pure.name.split(".")[0] or pure.name]
    for depth in range(1, len(parts) + 1):
        yield "/".join(parts[-depth:])[-300:]
