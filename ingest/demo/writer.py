"""Writes a tree of values to a NeXus file in a dialect; the demonstration's only door to HDF5."""

from datetime import datetime
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from ingest.demo.dialects import Dialect, spell_date
from ingest.demo.encodings import EncodedText, TextEncoding, encode_text
from ingest.demo.tree import Array, Field, Group, Link

# Smaller datasets only grow by being chunked.
_WORTH_COMPRESSING_BYTES = 4096

# What stands before the HDF5 signature where a facility keeps a preview there.
_USER_BLOCK_TEXT = b"PREVIEW none\n"


def write_file(path: Path, root: Group, dialect: Dialect) -> None:
    """Writes the tree to `path`; equal trees give equal bytes, so no clock is asked."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w", userblock_size=dialect.user_block_bytes) as file:
        _write_members(file, root, dialect)
    if dialect.user_block_bytes:
        _fill_user_block(path)


def _fill_user_block(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(_USER_BLOCK_TEXT)


def _write_members(parent: h5py.Group, group: Group, dialect: Dialect) -> None:
    _write_attribute(parent, "NX_class", group.nx_class, dialect)
    for name, value in group.attributes.items():
        _write_attribute(parent, name, value, dialect)
    for name, member in group.members.items():
        _write_member(parent, name, member, dialect)


def _write_member(
    parent: h5py.Group, name: str, member: Group | Field | Link, dialect: Dialect
) -> None:
    match member:
        case Group():
            _write_members(parent.create_group(name), member, dialect)
        case Field():
            _write_field(parent, name, member, dialect)
        case Link():
            _write_link(parent, name, f"/{dialect.entry}/{member.target}", dialect)


def _write_link(parent: h5py.Group, name: str, target: str, dialect: Dialect) -> None:
    # Old writers made hard links and noted where the data were first written.
    if dialect.old_plots:
        parent[name] = parent.file[target]
        _write_attribute(parent[name], "target", target, dialect)
    else:
        parent[name] = h5py.SoftLink(target)


def _write_field(parent: h5py.Group, name: str, field: Field, dialect: Dialect) -> None:
    dataset = _create_dataset(parent, name, field.value, dialect)
    if field.unit:
        unit = dialect.units.get(field.unit, field.unit)
        _write_attribute(dataset, "units", unit, dialect)
    for key, value in field.attributes.items():
        _write_attribute(dataset, key, value, dialect)


def _create_dataset(parent: h5py.Group, name: str, value: Any, dialect: Dialect) -> h5py.Dataset:
    if isinstance(value, datetime):
        value = spell_date(value, dialect.dates)
    if isinstance(value, str):
        text = encode_text(value, dialect.texts)
        return parent.create_dataset(name, data=text.value, dtype=text.dtype, track_times=False)
    array = np.atleast_1d(value) if dialect.numbers_in_arrays else np.asarray(value)
    return parent.create_dataset(name, data=array, track_times=False, **_storage(array, dialect))


def _storage(array: Array, dialect: Dialect) -> dict[str, Any]:
    if not dialect.compressed or array.nbytes < _WORTH_COMPRESSING_BYTES:
        return {}
    return {"chunks": _chunks(array), "compression": "gzip", "compression_opts": 3, "shuffle": True}


def _chunks(array: Array) -> tuple[int, ...]:
    """Frames are read one by one, so each is a chunk; everything else is one chunk."""
    return (1, *array.shape[1:]) if array.ndim > 2 else array.shape


def _write_attribute(target: Any, name: str, value: Any, dialect: Dialect) -> None:
    if isinstance(value, str):
        text = encode_text(value, dialect.attributes)
        target.attrs.create(name, text.value, dtype=text.dtype)
    elif isinstance(value, tuple):
        texts = _encode_texts(value, dialect.attributes)
        target.attrs.create(name, texts.value, dtype=texts.dtype)
    else:
        target.attrs[name] = value


def _encode_texts(values: tuple[str, ...], encoding: TextEncoding) -> EncodedText:
    """Returns several texts in the attribute's character set; fixed ones as long as the longest."""
    if encoding in (TextEncoding.VLEN_UTF8, TextEncoding.VLEN_ASCII):
        return EncodedText(list(values), encode_text("", encoding).dtype)
    stored = np.array([value.encode("ascii") for value in values])
    return EncodedText(stored, stored.dtype)
