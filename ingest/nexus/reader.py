"""The door to HDF5: one file in, an immutable tree of plain values out; nothing else uses h5py."""

import os
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field

import h5py
import hdf5plugin  # noqa: F401 - registers the compression filters that facilities write with
import numpy as np
from h5py import h5a, h5d, h5f, h5g, h5l, h5o, h5p, h5s, h5t

from ingest.nexus.sniff import check_signature, open_regular, refuse, still_being_written
from ingest.nexus.text import decode_text, show, shorten
from ingest.nexus.tree import NexusField, NexusFile, NexusGroup, Scalar, Value, resolve_class
from ingest.record import Problem, Severity

# Groups whose content is catalogue metadata. The rest (NXcollection, NXpositioner, NXtransformations,
# …) holds most objects of a file and none of its catalogue fields; it is named, not read.
READ_CLASSES = frozenset(
    "NXentry NXsubentry NXinstrument NXsample NXuser NXsource NXmonochromator NXbeam NXdetector "
    "NXmonitor NXlog NXenvironment NXsensor NXnote NXvelocity_selector NXidentifier".split()
)
ENTRY_CLASSES = frozenset({"NXentry", "NXsubentry"})
GROUP_ATTRIBUTES = (b"NX_class", b"canSAS_class", b"default", b"signal", b"name", b"short_name")
FIELD_ATTRIBUTES = (b"units", b"unit", b"short_name", b"version")
ROOT_ATTRIBUTES = (b"default", b"file_name", b"file_time", b"creator", b"NeXus_version")
MAX_SOFT_LINKS = 8
# h5py translates the error stack of libhdf5 into these.
HDF5_ERRORS = (OSError, RuntimeError, KeyError, ValueError, TypeError, AttributeError, OverflowError)


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one file may cost; reaching a limit is a warning, the file is still read.

    `objects` links looked at (the largest of 1254 files of many facilities has 121 825, the median
    113); `depth` groups below the root; `entries` NXentry whose content is read (BLISS writes
    dozens, one is catalogued); `field_bytes` and `attribute_bytes` of one value as stored,
    `chunk_bytes` of a chunk that must be unpacked for it; `total_bytes` of all values together;
    `text_chars` kept of one text; `findings` reported of one kind.
    """

    objects: int = 50_000
    depth: int = 10
    entries: int = 16
    field_bytes: int = 64 * 1024
    attribute_bytes: int = 16 * 1024
    chunk_bytes: int = 16 * 1024**2
    total_bytes: int = 8 * 1024**2
    text_chars: int = 4096
    findings: int = 10


def read_nexus(
    path: str, limits: Limits | None = None, *, wanted: Collection[str] | None = None
) -> NexusFile:
    """Return the tree of one file; `wanted` names the fields whose values are read, None all.

    External links, external raw storage and virtual datasets are reported and never followed: they
    can name any file that the ingest account may read (HDFGroup/hdf5#6618).

    Raises:
        UnreadableFile: the file is no readable HDF5 file; its problem says why.
    """
    descriptor = open_regular(path)
    try:
        check_signature(descriptor)
        return _Walk(_open(descriptor), limits or Limits(), wanted).read()
    finally:
        os.close(descriptor)


def _open(descriptor: int) -> h5f.FileID:
    """Open the file behind a descriptor: the one that was examined, whatever its name is by now."""
    access = h5p.create(h5p.FILE_ACCESS)
    access.set_fclose_degree(h5f.CLOSE_STRONG)
    access.set_file_locking(False, True)  # locks fail on read-only and network file systems
    try:
        return h5f.open(b"/dev/fd/%d" % descriptor, h5f.ACC_RDONLY, access)
    except HDF5_ERRORS as error:
        raise _explain_open(str(error)) from None


def _explain_open(reason: str) -> Exception:
    if "already open for" in reason or "consistency flags" in reason:
        return still_being_written()
    if "truncated" in reason:
        message = "The file is truncated; wait until its copy has ended, or copy it again."
        return refuse("truncated", message, retry=True)
    # A file whose writer has not flushed yet looks the same as a damaged one, hence the retry.
    message = f"The HDF5 structure is damaged: {show(reason, 160)}; copy or write the file again."
    return refuse("damaged_hdf5", message, retry=True)


@dataclass(slots=True)
class _Findings:
    """Warnings collected on the way, at most `limit` of a kind, the rest counted."""

    limit: int
    problems: list[Problem] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, code: str, path: str, message: str) -> None:
        self.counts[code] += 1
        if self.counts[code] <= self.limit:
            self.problems.append(Problem(Severity.WARNING, code, message, path))

    def all(self) -> tuple[Problem, ...]:
        more = {code: count - self.limit for code, count in self.counts.items()}
        summaries = (
            Problem(Severity.WARNING, code, f"{count} more findings of the kind {code}.")
            for code, count in more.items()
            if count > 0
        )
        return (*self.problems, *summaries)


class _Walk:
    """One pass over one open file."""

    def __init__(
        self, file: h5f.FileID, limits: Limits, wanted: Collection[str] | None = None
    ) -> None:
        self.file = file
        self.limits = limits
        self.wanted = wanted
        self.findings = _Findings(limits.findings)
        self.objects_left = limits.objects
        self.bytes_left = limits.total_bytes

    def read(self) -> NexusFile:
        """Return the tree and close the file."""
        try:
            root = self.read_root(h5g.open(self.file, b"/"))
        except HDF5_ERRORS as error:
            raise _explain_open(str(error)) from None
        finally:
            self.file.close()
        return NexusFile(root, self.findings.all())

    def read_root(self, root: h5g.GroupID) -> NexusGroup:
        """Return the root: its entries in natural order with @default first, only some with content."""
        attributes = self.read_attributes(root, "/", ROOT_ATTRIBUTES)
        opened = [(name, self.open_child(root, "/", name)) for name in self.list_names(root, "/")]
        groups = [(name, each) for name, each in opened if isinstance(each, h5g.GroupID)]
        default = attributes.get("default")
        groups.sort(key=lambda pair: (decode_text(pair[0]) != default, _natural(pair[0])))
        children, entries = [], 0
        for name, group in groups:
            is_entry = self.class_of(group, "/" + decode_text(name)) in ENTRY_CLASSES
            entries += is_entry
            reads = is_entry and entries <= self.limits.entries
            children.append(self.read_group(group, name, "", (root,), reads=reads))
        return NexusGroup("", "/", "NXroot", attributes, (), tuple(children))

    def read_group(
        self,
        group: h5g.GroupID,
        name: bytes,
        parent: str,
        ancestors: tuple[h5g.GroupID, ...],
        *,
        reads: bool = True,
    ) -> NexusGroup:
        """Return one group, with its content where its class matters to the catalogue."""
        text = decode_text(name)
        path = f"{parent}/{text}"
        attributes = self.read_attributes(group, path, GROUP_ATTRIBUTES)
        nx_class = resolve_class(attributes.get("NX_class"), attributes.get("canSAS_class"))
        # The same group again among its own ancestors is a hard or soft link that leads back up.
        reads = reads and nx_class in READ_CLASSES and group not in ancestors
        if reads and len(ancestors) >= self.limits.depth:
            self.findings.add("too_deep", path, f"{path}: groups nest too deeply; not read.")
            reads = False
        if not reads:
            return NexusGroup(text, path, nx_class, attributes, is_read=False)
        return self.read_children(group, path, nx_class, attributes, (*ancestors, group))

    def read_children(
        self,
        group: h5g.GroupID,
        path: str,
        nx_class: str,
        attributes: dict[str, Value],
        ancestors: tuple[h5g.GroupID, ...],
    ) -> NexusGroup:
        fields, groups = [], []
        for name in self.list_names(group, path):
            child = self.open_child(group, path, name)
            if isinstance(child, h5d.DatasetID):
                fields.append(self.read_field(child, decode_text(name), path))
            elif isinstance(child, h5g.GroupID):
                groups.append(self.read_group(child, name, path, ancestors))
        own_name = path.rpartition("/")[2]
        return NexusGroup(own_name, path, nx_class, attributes, tuple(fields), tuple(groups))

    def class_of(self, group: h5g.GroupID, path: str) -> str:
        attributes = self.read_attributes(group, path, GROUP_ATTRIBUTES[:2])
        return resolve_class(attributes.get("NX_class"), attributes.get("canSAS_class"))

    def list_names(self, group: h5g.GroupID, path: str) -> list[bytes]:
        """Return the link names in a group as bytes, no more than the object budget still allows."""
        names: list[bytes] = []

        def collect(name: bytes) -> bool | None:
            self.objects_left -= 1
            if self.objects_left >= 0:
                names.append(name)
            return self.objects_left < 0 or None

        try:
            group.links.iterate(collect)
            if self.objects_left < 0:
                message = f"{path}: the file has more than {self.limits.objects} links; rest not read."
                self.findings.add("object_budget", path, message)
        except HDF5_ERRORS as error:
            self.report_unreadable(path, error)
        return names

    def report_unreadable(self, path: str, error: Exception) -> None:
        reason = show(error, 120)
        self.findings.add("unreadable_object", path, f"{path}: cannot be read ({reason}); skipped.")

    def open_child(
        self, group: h5g.GroupID, parent: str, name: bytes
    ) -> h5g.GroupID | h5d.DatasetID | None:
        """Return the object behind a link, None where it is outside the file, missing or damaged."""
        path = f"{parent.rstrip('/')}/{decode_text(name)}"
        try:
            return self.follow(group, name, path, MAX_SOFT_LINKS)
        except HDF5_ERRORS as error:
            self.report_unreadable(path, error)
            return None

    def follow(
        self, group: h5g.GroupID, name: bytes, path: str, hops: int
    ) -> h5g.GroupID | h5d.DatasetID | None:
        """Open one link by hand, since libhdf5 would follow external links on the way."""
        kind = group.links.get_info(name).type
        if kind == h5l.TYPE_HARD:
            return h5o.open(group, name)
        if kind == h5l.TYPE_SOFT:
            return self.follow_soft(group, group.links.get_val(name), path, hops)
        if kind == h5l.TYPE_EXTERNAL:
            file, target = (decode_text(each) for each in group.links.get_val(name))
            message = f"{path}: external link to {show(file)} at {show(target)}; not followed."
            self.findings.add("external_link", path, message)
        return None

    def follow_soft(
        self, group: h5g.GroupID, target: bytes, path: str, hops: int
    ) -> h5g.GroupID | h5d.DatasetID | None:
        if hops == 0:
            message = f"{path}: soft links run in a circle; point the link at an object."
            self.findings.add("link_loop", path, message)
            return None
        current = h5g.open(self.file, b"/") if target.startswith(b"/") else group
        for part in (each for each in target.split(b"/") if each not in (b"", b".")):
            if not isinstance(current, h5g.GroupID) or not current.links.exists(part):
                message = f"{path}: soft link to {show(decode_text(target))}, which does not exist."
                self.findings.add("broken_link", path, message)
                return None
            current = self.follow(current, part, path, hops - 1)
        return current

    def read_attributes(
        self, owner: h5g.GroupID | h5d.DatasetID, path: str, names: tuple[bytes, ...]
    ) -> dict[str, Value]:
        """Return those of the named attributes that exist and are short."""
        found: dict[str, Value] = {}
        for name in names:
            try:
                value = self.read_attribute(owner, name) if h5a.exists(owner, name) else None
            except HDF5_ERRORS as error:
                self.report_unreadable(f"{path}@{name.decode()}", error)
                continue
            if value is not None:
                found[name.decode()] = value
        return found

    def read_attribute(self, owner: h5g.GroupID | h5d.DatasetID, name: bytes) -> Value | None:
        attribute = h5a.open(owner, name)
        if attribute.get_space().get_simple_extent_type() == h5s.NULL:
            return None
        size = attribute.get_storage_size()
        if size > self.limits.attribute_bytes or not self.spend(size):
            return None
        memory = _memory_type(attribute.get_type())
        if memory is None:
            return None
        array = np.empty(attribute.shape, dtype=memory)
        attribute.read(array, mtype=h5t.py_create(memory))
        return self.to_value(array)

    def read_field(self, dataset: h5d.DatasetID, name: str, parent: str) -> NexusField:
        """Return a dataset with its value where that is wanted, small and inside the file."""
        path = f"{parent}/{name}"
        if self.wanted is not None and name not in self.wanted:
            return NexusField(name, path, "", ())
        attributes = self.read_attributes(dataset, path, FIELD_ATTRIBUTES)
        try:
            shape, kind = dataset.shape, dataset.get_type()
            value = self.read_value(dataset, kind, path)
        except HDF5_ERRORS as error:
            self.report_unreadable(path, error)
            return NexusField(name, path, "", (), None, attributes)
        return NexusField(name, path, _name_type(kind), shape or (), value, attributes)

    def read_value(self, dataset: h5d.DatasetID, kind: h5t.TypeID, path: str) -> Value | None:
        space = dataset.get_space()
        if space.get_simple_extent_type() == h5s.NULL or not self.is_inside(dataset, path):
            return None
        size = space.get_simple_extent_npoints() * kind.get_size()
        memory = _memory_type(kind)
        if memory is None or size == 0 or not self.fits(dataset, size, path):
            return None
        array = np.empty(dataset.shape, dtype=memory)
        # Strings are read as h5py's own string type: reading variable-length ones as the type
        # stored in the file has crashed the process.
        dataset.read(h5s.ALL, h5s.ALL, array, mtype=h5t.py_create(memory))
        return self.to_value(array)

    def is_inside(self, dataset: h5d.DatasetID, path: str) -> bool:
        """Tell whether the values stand in this file, and report where they do not."""
        layout = dataset.get_create_plist()
        if layout.get_layout() == h5d.VIRTUAL:
            sources = sorted({str(layout.get_virtual_filename(each)) for each in range(_count(layout))})
            message = f"{path}: virtual dataset over {show(', '.join(sources))}; not read."
            self.findings.add("virtual_dataset", path, message)
            return False
        if layout.get_external_count():
            file = decode_text(layout.get_external(0)[0])
            message = f"{path}: values stored in the file {show(file)}; not read."
            self.findings.add("external_storage", path, message)
            return False
        return True

    def fits(self, dataset: h5d.DatasetID, size: int, path: str) -> bool:
        """Tell whether a value may be read: as stored, as unpacked, and within the whole budget."""
        layout = dataset.get_create_plist()
        chunked = layout.get_layout() == h5d.CHUNKED
        unpacked = _product(layout.get_chunk()) * dataset.get_type().get_size() if chunked else 0
        if size <= self.limits.field_bytes and unpacked <= self.limits.chunk_bytes:
            return self.spend(size, path)
        if self.wanted is not None:
            self.findings.add("value_too_large", path, f"{path}: {size} bytes; not read as metadata.")
        return False

    def spend(self, size: int, path: str = "") -> bool:
        self.bytes_left -= size
        if self.bytes_left >= 0:
            return True
        message = f"More than {self.limits.total_bytes} bytes of metadata; the rest was not read."
        self.findings.add("byte_budget", path, message)
        return False

    def to_value(self, array: np.ndarray) -> Value | None:
        """Return an array as a scalar or a tuple; rows of single characters become one text each."""
        if array.dtype.kind == "S" and array.dtype.itemsize == 1 and array.ndim and array.size > 1:
            array = np.ascontiguousarray(array).view(f"S{array.shape[-1]}")
        values = tuple(self.to_scalar(each) for each in array.ravel().tolist())
        return values[0] if len(values) == 1 else values or None

    def to_scalar(self, item: Scalar | bytes) -> Scalar:
        if not isinstance(item, bytes):
            return item
        self.bytes_left -= len(item)  # the length of a variable-length string shows only now
        return shorten(decode_text(item[: 4 * self.limits.text_chars]), self.limits.text_chars)


def _memory_type(kind: h5t.TypeID) -> np.dtype | None:
    """Return the numpy type to read into, None for types without a plain value."""
    if isinstance(kind, h5t.TypeStringID):
        if kind.is_variable_str():
            utf8 = kind.get_cset() == h5t.CSET_UTF8
            return h5py.string_dtype("utf-8" if utf8 else "ascii")
        return np.dtype(f"S{kind.get_size()}")
    if isinstance(kind, h5t.TypeEnumID):
        return np.dtype(bool) if kind.dtype.kind == "b" else kind.get_super().dtype
    if isinstance(kind, h5t.TypeIntegerID | h5t.TypeFloatID):
        return kind.dtype
    return None


def _name_type(kind: h5t.TypeID) -> str:
    return "text" if isinstance(kind, h5t.TypeStringID) else type(kind).__name__[4:-2].lower()


def _count(layout: h5p.PropDCID) -> int:
    return min(int(layout.get_virtual_count()), 10)


def _product(lengths: tuple[int, ...]) -> int:
    return int(np.prod(lengths, dtype=object))


def _natural(name: bytes) -> tuple[tuple[int, int, str], ...]:
    """Return a sort key that puts `2.1` before `10.1`."""
    text = decode_text(name)
    digits = "".join(each if each.isdecimal() and each.isascii() else " " for each in text).split()
    return (*((0, int(each), "") for each in digits), (1, 0, text))
