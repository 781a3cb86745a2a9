"""Finds the NeXus files below given paths by name and stat alone; opens none of them."""

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from ingest.record import FileStamp

# Endings seen on NeXus files anywhere in the name (`sans33722.nxs.ngv`, `PLP0057863.nx.hdf`).
ENDINGS = frozenset({".nxs", ".nx", ".nexus", ".h5", ".hdf5", ".hdf", ".nx5", ".he5"})


class BadPathError(Exception):
    """A path that was asked for cannot be looked at."""

    def __init__(self, path: Path, message: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path


class NoSuchPathError(BadPathError):
    """A path that was asked for is neither a file nor a folder."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "no such file or folder; check the spelling and the mount.")


class ClosedPathError(BadPathError):
    """A path that was asked for is one that the system does not let us look at."""

    def __init__(self, path: Path, error: OSError) -> None:
        super().__init__(path, f"{error.strerror}; let the account that runs this look at it.")


class NoFolderError(BadPathError):
    """A path that was to be a folder is something else."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "not a folder; name the folder that holds the files.")


def pass_over(_error: OSError) -> None:
    """Says nothing of a folder or a file that cannot be looked at."""


def check_folder(path: Path) -> None:
    """Looks into a folder once.

    Raises:
        NoSuchPathError, NoFolderError, ClosedPathError: there is none, or we may not look.
    """
    try:
        with os.scandir(path) as entries:
            next(entries, None)
    except FileNotFoundError:
        raise NoSuchPathError(path) from None
    except NotADirectoryError:
        raise NoFolderError(path) from None
    except OSError as error:
        raise ClosedPathError(path, error) from error


def find_files(
    paths: Iterable[Path], *, on_error: Callable[[OSError], None] = pass_over
) -> Iterator[FileStamp]:
    """Yields the stamp of each file, folder by folder in the order of their names.

    A file that is named is taken whatever it is called; of a folder, the regular files with one of
    NeXus's endings. Hidden names are passed over, and links inside a folder are not followed: what
    lies behind them belongs to another folder. Links on the way to a path are the operator's own:
    they are resolved here, so that a file has one path, and no later reader follows any. What
    vanishes meanwhile is passed over.

    on_error: told of each folder below a path, or file in it, that cannot be looked at.

    Raises:
        NoSuchPathError: one of the paths does not exist.
        ClosedPathError: one of the paths may not be looked at.
    """
    for path in paths:
        try:
            real = _real(path)
            status = real.lstat()
        except (FileNotFoundError, NotADirectoryError):
            raise NoSuchPathError(path) from None
        except OSError as error:
            raise ClosedPathError(path, error) from error
        if stat.S_ISDIR(status.st_mode):
            yield from _in_folder(real, on_error)
        else:
            yield _stamp(real, status)


def _real(path: Path) -> Path:
    """Returns a path without links, but for one that stands in a file's place."""
    if path.is_dir():
        return Path(os.path.realpath(path))
    return Path(os.path.realpath(path.parent), path.name)


def _in_folder(folder: Path, on_error: Callable[[OSError], None]) -> Iterator[FileStamp]:
    def tell(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            on_error(error)

    for where, folders, names in os.walk(folder, onerror=tell):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(filter(is_nexus_name, names)):
            path = os.path.join(where, name)
            try:
                status = os.stat(path, follow_symlinks=False)
            except OSError as error:
                tell(error)
                continue
            if stat.S_ISREG(status.st_mode):
                yield _stamp(path, status)


def is_nexus_name(name: str) -> bool:
    """Tells whether a file's name says NeXus or HDF5."""
    if name.startswith(".") or name.endswith("."):
        return False
    return any(f".{suffix}" in ENDINGS for suffix in name.lower().split(".")[1:])


def _stamp(path: Path | str, status: os.stat_result) -> FileStamp:
    return FileStamp(str(path), status.st_size, status.st_mtime_ns)
