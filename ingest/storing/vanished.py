"""Files that are no longer where the catalogue knows them: marked, never deleted."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from os.path import realpath
from pathlib import Path

from catalogue.models import Datafile
from ingest.stamps import is_storable
from ingest.storing.known import is_gone

# Rows fetched at a time, so that a million files of a folder need no memory.
CHUNK = 5000


@dataclass(frozen=True, slots=True)
class Missing:
    """How many files were found to be missing now, and how many are back."""

    vanished: int = 0
    returned: int = 0


def mark_vanished(folders: Iterable[Path], seen: Collection[str], *, now: datetime) -> Missing:
    """Marks the known files below folders that are gone, and unmarks those that are back.

    seen: the paths that a walk of these folders has found. A file that was not seen is looked for
    by its path alone, so that a folder that could not be listed marks nothing; a mark is taken off
    by itself where the file is back.
    """
    vanished: list[int] = []
    returned: list[int] = []
    # Below a folder whose name the database cannot hold, nothing is known.
    for folder in filter(is_storable, map(realpath, folders)):
        for pk, path, is_marked in _known_below(folder):
            if path in seen or not is_gone(path):
                returned += [pk] * is_marked
            elif not is_marked:
                vanished.append(pk)
    Datafile.objects.filter(pk__in=vanished).update(vanished_at=now)
    Datafile.objects.filter(pk__in=returned).update(vanished_at=None)
    return Missing(len(vanished), len(returned))


def _known_below(folder: str) -> Iterator[tuple[int, str, bool]]:
    """Yields (pk, path, whether it is marked) of the files below a folder."""
    rows = Datafile.objects.filter(path__startswith=folder.rstrip("/") + "/")
    for pk, path, vanished_at in rows.values_list("pk", "path", "vanished_at").iterator(CHUNK):
        yield pk, path, vanished_at is not None
