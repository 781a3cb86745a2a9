"""Attributes and datasets of HDF5 → plain values, within what reading one file may cost."""

import math
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Any, TypeAlias

import h5py
import hdf5plugin  # noqa: F401 - registers the compression filters that facilities write with
import numpy as np
from h5py import h5a, h5d, h5g, h5p, h5s, h5t

from ingest.nexus.limits import Findings, Limits
from ingest.nexus.series import sum_up
from ingest.nexus.text import decode_text, shorten, show
from ingest.nexus.tree import NexusField, Scalar, Value

Owner: TypeAlias = h5g.GroupID | h5d.DatasetID
Memory: TypeAlias = tuple[np.dtype[Any], h5t.TypeID]
# h5py translates the error stack of libhdf5 into these.
HDF5_ERRORS = (
    *(OSError, RuntimeError, KeyError, ValueError, TypeError, AttributeError, OverflowError),
)


class ValueReader:
    """Reads single values of one file and counts what they cost."""

    def __init__(self, limits: Limits, findings: Findings) -> None:
        self.limits = limits
        self.findings = findings
        self.bytes_left = limits.total_bytes
        self.series_left = limits.series_bytes

    def read_attributes(self, owner: Owner, path: str, names: Iterable[bytes]) -> dict[str, Value]:
        """Return those of the named attributes that exist and are short."""
        found: dict[str, Value] = {}
        for name in names:
            try:
                value = self.read_attribute(owner, name) if h5a.exists(owner, name) else None
            except HDF5_ERRORS as error:
                self.findings.add_unreadable(f"{path}@{name.decode()}", error)
                continue
            if value is not None:
                found[name.decode()] = value
        return found

    def read_attribute(self, owner: Owner, name: bytes) -> Value | None:
        attribute = h5a.open(owner, name)
        size = attribute.get_storage_size()
        memory = _memory_type(attribute.get_type())
        if memory is None or not 0 < size <= self.limits.attribute_bytes or not self.spend(size):
            return None
        try:
            # Nearly all are scalars, and to ask for the shape costs more than to read the value.
            array = np.empty((), dtype=memory[0])
            attribute.read(array, mtype=memory[1])
        except TypeError:
            array = np.empty(attribute.shape, dtype=memory[0])
            attribute.read(array, mtype=memory[1])
        return self.to_value(array)

    def read_field(
        self,
        dataset: h5d.DatasetID,
        name: str,
        path: str,
        attributes: Iterable[bytes],
        *,
        is_series: bool = False,
    ) -> NexusField:
        """Return a dataset with its value where that is small and inside the file.

        is_series: a long array of numbers is summed up.
        """
        found = self.read_attributes(dataset, path, attributes)
        try:
            value = self.read_value(dataset, path, is_series=is_series)
        except HDF5_ERRORS as error:
            self.findings.add_unreadable(path, error)
            value = None
        return NexusField(name, path, value, found)

    def read_value(
        self, dataset: h5d.DatasetID, path: str, *, is_series: bool = False
    ) -> Value | None:
        # The layout comes first: the mere shape of a virtual dataset can open its source files.
        # Only values that stand in one piece in this very file have an offset there, and most do;
        # to copy the list of properties that tells the other layouts costs more than to read.
        is_plain = dataset.get_offset() is not None
        layout = None if is_plain else dataset.get_create_plist()
        if layout is not None and not self.is_inside(layout, path):
            return None
        kind = dataset.get_type()
        memory = _memory_type(kind)
        if memory is None:
            return None
        if is_plain and dataset.get_storage_size() == kind.get_size():
            if not self.fits(kind.get_size(), 0, kind, path):
                return None
            # HDF5 itself refuses to read more than the one value that it is asked for.
            return self.to_value(_read(dataset, (), memory, _single()))
        unpacked = _chunk_bytes(layout, kind) if layout is not None else 0
        return self.read_array(dataset, memory, kind, unpacked, path, is_series=is_series)

    def read_array(
        self,
        dataset: h5d.DatasetID,
        memory: Memory,
        kind: h5t.TypeID,
        unpacked: int,
        path: str,
        *,
        is_series: bool,
    ) -> Value | None:
        """Return the values of a dataset where they are metadata, or the sum of a series.

        unpacked: what a chunk of it holds, in bytes.
        """
        shape = dataset.shape
        count = math.prod(shape) if shape is not None else 0
        size = count * kind.get_size()
        if count == 0:
            return None
        if memory[0].kind in "iufb" and count > self.limits.elements:
            if memory[0].kind == "b" or not is_series:
                return None  # data, not metadata
            if self.spend_on_series(size, unpacked, path):
                return sum_up(_read(dataset, shape, memory, h5s.ALL))
            return None
        if not self.fits(size, unpacked, kind, path):
            return None
        return self.to_value(_read(dataset, shape, memory, h5s.ALL))

    def is_inside(self, layout: h5p.PropDCID, path: str) -> bool:
        """Tell whether the values stand in this file, and report where they do not."""
        if layout.get_layout() == h5d.VIRTUAL:
            numbers = range(min(int(layout.get_virtual_count()), 10))
            sources = sorted({str(layout.get_virtual_filename(each)) for each in numbers})
            message = f"{path}: virtual dataset over {show(', '.join(sources))}; not read."
            self.findings.add("virtual_dataset", path, message)
            return False
        if layout.get_external_count():
            file = decode_text(layout.get_external(0)[0])
            message = f"{path}: values stored in the file {show(file)}; not read."
            self.findings.add("external_storage", path, message)
            return False
        return True

    def fits(self, size: int, unpacked: int, kind: h5t.TypeID, path: str) -> bool:
        """Tell whether a value may be read: as stored, as unpacked, and within the whole budget."""
        if size <= self.limits.field_bytes and unpacked <= self.limits.chunk_bytes:
            return self.spend(size, path)
        if isinstance(kind, h5t.TypeStringID):
            message = f"{path}: a text of {size} bytes is no metadata; not read. Shorten it."
            self.findings.add("value_too_large", path, message)
        return False

    def spend_on_series(self, size: int, unpacked: int, path: str) -> bool:
        """Tell whether a long array may be read, within the budget of all of them."""
        self.series_left -= size
        if self.series_left >= 0 and unpacked <= self.limits.chunk_bytes:
            return True
        message = (
            f"{path}: too many numbers to sum up; not read. Write their average_value, "
            f"minimum_value and maximum_value into the NXlog."
        )
        self.findings.add("series_too_long", path, message)
        return False

    def spend(self, size: int, path: str = "") -> bool:
        self.bytes_left -= size
        if self.bytes_left >= 0:
            return True
        message = f"More than {self.limits.total_bytes} bytes of metadata; the rest was not read."
        self.findings.add("byte_budget", path, message)
        return False

    def to_value(self, array: np.ndarray[Any, Any]) -> Value | None:
        """Return an array as a scalar or a tuple; a row of single characters is one text."""
        if array.size == 1:
            return self.to_scalar(array.item())
        if array.dtype.kind == "S" and array.dtype.itemsize == 1 and array.ndim:
            array = np.ascontiguousarray(array).view(f"S{array.shape[-1]}")
        values = tuple(self.to_scalar(each) for each in array.ravel().tolist())
        return values[0] if len(values) == 1 else values or None

    def to_scalar(self, item: Scalar | bytes) -> Scalar:
        if not isinstance(item, bytes):
            return item
        self.bytes_left -= len(item)  # the length of a variable-length string shows only now
        return shorten(decode_text(item[: 4 * self.limits.text_chars]), self.limits.text_chars)


def _read(
    dataset: h5d.DatasetID, shape: tuple[int, ...], memory: Memory, space: h5s.SpaceID | int
) -> np.ndarray[Any, Any]:
    array = np.empty(shape, dtype=memory[0])
    dataset.read(space, h5s.ALL, array, mtype=memory[1])
    return array


def _memory_type(kind: h5t.TypeID) -> Memory | None:
    """Return the numpy and HDF5 types to read into, None for types without a plain value."""
    if isinstance(kind, h5t.TypeStringID):
        if kind.is_variable_str():
            return _variable_text(kind.get_cset())
        return _fixed_text(kind.get_size()), kind
    if isinstance(kind, h5t.TypeEnumID) and kind.dtype.kind != "b":
        kind = kind.get_super()
    if isinstance(kind, h5t.TypeIntegerID | h5t.TypeFloatID | h5t.TypeEnumID):
        return _number(kind.dtype)
    return None


@cache
def _single() -> h5s.SpaceID:
    return h5s.create(h5s.SCALAR)


@cache
def _variable_text(character_set: int) -> Memory:
    """Return h5py's object type: reading C string pointers into Python objects ends in SIGSEGV."""
    dtype = h5py.string_dtype("utf-8" if character_set == h5t.CSET_UTF8 else "ascii")
    return dtype, h5t.py_create(dtype)


@lru_cache(maxsize=512)
def _fixed_text(size: int) -> np.dtype[Any]:
    return np.dtype(f"S{size}")


@lru_cache(maxsize=512)
def _number(dtype: np.dtype[Any]) -> Memory:
    return dtype, h5t.py_create(dtype)


def _chunk_bytes(layout: h5p.PropDCID, kind: h5t.TypeID) -> int:
    """Return what a chunk of a dataset holds, 0 where it is not stored in chunks."""
    if layout.get_layout() != h5d.CHUNKED:
        return 0
    chunk: tuple[int, ...] = layout.get_chunk()
    return math.prod(chunk) * int(kind.get_size())
