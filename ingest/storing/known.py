"""Files that the catalogue has already: at the same path, or moved there from another one."""

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import F

from catalogue import audit
from catalogue.models import Datafile, Facility
from catalogue.models.lookups import Among
from ingest.models import IngestRun
from ingest.record import ReadResult
from ingest.storing.refusal import path_of_another_facility
from ingest.storing.visits import Spot

# Looked at for a batch: where the same bytes lie in more places, all of them are copies.
MOST_COPIES = 1000
_JOINS = ("dataset__investigation__proposal", "dataset__instrument", "dataset__sample")


@dataclass(frozen=True, slots=True)
class Move:
    """A file that is no longer where it was."""

    row: Datafile
    old_path: str


class KnownFiles:
    """What the catalogue knows of one batch of files.

    A file is taken to have moved where its checksum and size are those of a file of the same
    facility that is gone from its place; where that one is still there, this is a copy.
    """

    def __init__(self, facility: Facility, results: Sequence[ReadResult]) -> None:
        self._facility = facility
        rows = _rows_of(_keys_of(results))
        paths = {result.stamp.path for result in results}
        self._by_path = {row.path: row for row in rows if row.path in paths}
        self._gone: dict[tuple[str, int | None], list[Datafile]] = {}
        for row in rows:
            is_ours = row.dataset.investigation.proposal.facility_id == facility.pk
            if is_ours and row.path not in paths and is_gone(row.path):
                self._gone.setdefault((row.sha256, row.size_bytes), []).append(row)
        self._moves: list[Move] = []

    def find(self, result: ReadResult, spot: Spot) -> Datafile | None:
        """Returns the row of a file; None for a new one.

        A file that moved is the same dataset only where it stays in its investigation: a name of a
        folder, and no more, must not carry data from one team to another.

        Raises:
            RefusedFile: the path is that of a file of another facility.
        """
        known = self._by_path.get(result.stamp.path)
        if known is not None:
            owner = known.dataset.investigation.proposal.facility_id
            if owner != self._facility.pk:
                raise path_of_another_facility(result.stamp.path)
            return known
        gone = self._gone.get((result.sha256, result.stamp.size_bytes), [])
        return next((row for row in gone if _belongs(row, spot)), None)

    def take(self, row: Datafile, path: str) -> None:
        """Moves a row that was found to the path its file has now, if that is another."""
        if row.path != path:
            self._gone[row.sha256, row.size_bytes].remove(row)
            self._moves.append(Move(row, row.path))
            self._by_path[path] = row
            row.path = path

    def write_moves(self) -> None:
        """Writes the new places, before the files themselves are written; the old runs go."""
        for move in self._moves:
            Datafile.objects.filter(pk=move.row.pk).update(path=move.row.path)
            audit.note(
                "move",
                move.row.dataset,
                actor=None,
                reason="The file was found in another place, by its checksum.",
                before={"path": move.old_path},
                after={"path": move.row.path},
            )
        old = [move.old_path for move in self._moves]
        IngestRun.objects.filter(path__in=old).delete()


def _belongs(row: Datafile, spot: Spot) -> bool:
    """Tells whether a file that is gone may be the one at this spot."""
    dataset = row.dataset
    if dataset.is_by_hand("investigation"):
        # Where a person put it says nothing; what its file named does.
        return dataset.named_visit == spot.named_visit
    return spot.investigation is not None and dataset.investigation_id == spot.investigation.pk


def investigations_of(results: Sequence[ReadResult]) -> set[int]:
    """Returns where the files of a batch may be known, to be locked before they are looked up."""
    keys = _keys_of(results)
    if not keys:
        return set()
    rows = Datafile.objects.filter(Among(F("pk"), list(keys)))
    return set(rows.values_list("dataset__investigation", flat=True))


def _keys_of(results: Sequence[ReadResult]) -> set[int]:
    """Returns the keys of the files that lie at the paths of a batch or have its checksums.

    Asked of one table by its indexes: joined with what they belong to, and without statistics of
    new tables yet, the database looked at every file of the facility for each batch.
    """
    paths = [result.stamp.path for result in results]
    sums = [result.sha256 for result in results if result.sha256]
    rows = Datafile.objects.order_by().values_list("pk", flat=True)
    by_sum = rows.filter(Among(F("sha256"), sums))[:MOST_COPIES]
    return {*rows.filter(Among(F("path"), paths)), *by_sum}


def _rows_of(keys: Collection[int]) -> list[Datafile]:
    """Returns files with what they belong to, the oldest first; most batches know none."""
    if not keys:
        return []
    rows = Datafile.objects.filter(Among(F("pk"), list(keys)))
    return list(rows.select_related(*_JOINS).order_by("pk"))


def is_gone(path: str) -> bool:
    """Tells whether nothing is at a path; a folder that cannot be looked at is no proof."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False
