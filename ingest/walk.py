"""Finds the NeXus files below given paths by name and stat alone; opens none of them."""

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from ingest.record import FileStamp

# Endings seen on NeXus files anywhere in the name (`sans33722.nxs.ngv`, `PLP0057863.nx.hdf`).
ENDINGS = frozenset({".nxs", ".nx", ".nexus", ".h5", ".hdf5", ".hdf", ".nx5", ".he5"})


class NoSuchPathError(Exception):
    """A path that was asked for is neither a file nor a folder."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path}: no such file or folder; check the spelling and the mount.")
        self.path = path


def find_files(paths: Iterable[Path]) -> Iterator[FileStamp]:
    """Yields the stamp of each file, folder by folder in the order of their names.

    A file that is named is taken whatever it is called; of a folder, the regular files with one of
    NeXus's endings. Hidden names are passed over, and links inside a folder are not followed: what
    lies behind them belongs to another folder.

    Raises:
        NoSuchPathError: one of the paths does not exist.
    """
    for path in paths:
        absolute = Path(os.path.abspath(path))
        if absolute.is_dir():
            yield from _in_folder(absolute)
        elif absolute.exists() or absolute.is_symlink():
            yield _stamp(absolute)
        else:
            raise NoSuchPathError(path)


def _in_folder(folder: Path) -> Iterator[FileStamp]:
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(where, name)
            if is_nexus_name(name) and stat.S_ISREG(path.lstat().st_mode):
                yield _stamp(path)


def is_nexus_name(name: str) -> bool:
    """Tells whether a file's name says NeXus or HDF5."""
    return not name.startswith(".") and not ENDINGS.isdisjoint(
        suffix.lower() for suffix in Path(name).suffixes
    )


def _stamp(path: Path) -> FileStamp:
    status = path.lstat()
    return FileStamp(str(path), status.st_size, status.st_mtime_ns)
