"""Small NeXus files for tests: one complete file, and what a test changes in it."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py

from ingest.record import FileStamp

# A path ending in @name is an attribute; None removes what the complete file has.
COMPLETE: dict[str, Any] = {
    "@default": "entry",
    "entry@NX_class": "NXentry",
    "entry@default": "data",
    "entry/title": "Water at 5 °C",
    "entry/start_time": "2026-03-01T10:00:00+01:00",
    "entry/end_time": "2026-03-01T11:00:00+01:00",
    "entry/definition": "NXsas",
    "entry/experiment_identifier": "ab12345-1",
    "entry/entry_identifier": "4711",
    "entry/instrument@NX_class": "NXinstrument",
    "entry/instrument/name": "Loki",
    "entry/instrument/source@NX_class": "NXsource",
    "entry/instrument/source/name": "Test Source",
    "entry/instrument/source/type": "Spallation Neutron Source",
    "entry/instrument/source/probe": "neutron",
    "entry/sample@NX_class": "NXsample",
    "entry/sample/name": "water",
    "entry/sample/temperature": 278.15,
    "entry/sample/temperature@units": "K",
    "entry/user@NX_class": "NXuser",
    "entry/user/name": "A. Person",
    "entry/data@NX_class": "NXdata",
    "entry/data@signal": "counts",
    "entry/data/counts": [1, 2, 3],
}


def write_nexus(path: Path | str, changes: Mapping[str, Any] | None = None, **fields: Any) -> Path:
    """Write a complete NeXus file with some values changed and return its path.

    `changes` maps HDF5 paths to values, `entry/sample/name` or `entry@default`; keywords are fields
    of the entry, `title="x"`. None leaves a value out; a value may be an h5py link.
    """
    wanted = {**COMPLETE, **(changes or {}), **{f"entry/{name}": v for name, v in fields.items()}}
    with h5py.File(path, "w") as file:
        for name, value in wanted.items():
            if value is not None:
                _write(file, name, value)
    return Path(path)


def _write(file: h5py.File, name: str, value: Any) -> None:
    owner, separator, attribute = name.partition("@")
    if separator:
        target = file.get(owner) if owner in file else file.require_group(owner or "/")
        target.attrs[attribute] = value
    else:
        file[owner] = value


def stamp_of(path: Path | str) -> FileStamp:
    """Return what `stat` says of a file."""
    status = os.lstat(path)
    return FileStamp(str(path), status.st_size, status.st_mtime_ns)
