"""The door to HDF5: one file in, an immutable tree of plain values out; nothing else uses h5py."""

import os
from collections.abc import Collection
from functools import cache
from typing import Any, TypeAlias

import h5py
import hdf5plugin  # noqa: F401 - registers the compression filters that facilities write with
import numpy as np
from h5py import h5a, h5d, h5f, h5g, h5l, h5o, h5p, h5s, h5t

from ingest.nexus.limits import Findings, Limits
from ingest.nexus.sniff import check_signature, open_regular, still_being_written
from ingest.nexus.text import decode_text, natural_key, shorten, show
from ingest.nexus.tree import NexusField, NexusFile, NexusGroup, Scalar, Value, resolve_class
from ingest.nexus.unreadable import UnreadableFile, refuse

# Groups whose content is catalogue metadata. The rest (NXcollection, NXpositioner, …) holds most
# objects of a file and none of its catalogue fields; it is named, not read.
READ_CLASSES = frozenset(
    {
        *("NXentry", "NXsubentry", "NXinstrument", "NXsample", "NXsample_component", "NXuser"),
        *("NXsource", "NXmonochromator", "NXbeam", "NXdetector", "NXmonitor", "NXlog"),
        *("NXenvironment", "NXsensor", "NXnote", "NXprocess", "NXvelocity_selector"),
    }
)
CLASS_ATTRIBUTES = (b"NX_class", b"canSAS_class")
GROUP_ATTRIBUTES = (b"default", b"signal", b"name", b"short_name")
FIELD_ATTRIBUTES = (b"units", b"unit", b"short_name", b"version")
ROOT_ATTRIBUTES = (b"default", b"file_name", b"file_time", b"creator", b"NeXus_version")
MAX_SOFT_LINKS = 8
Link = tuple[bytes, int]  # a link's name as stored and its type, one of h5l.TYPE_*
Child: TypeAlias = h5g.GroupID | h5d.DatasetID
# h5py translates the error stack of libhdf5 into these.
HDF5_ERRORS = (
    *(OSError, RuntimeError, KeyError, ValueError, TypeError, AttributeError, OverflowError),
)


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
        return _Walk(open_descriptor(descriptor), limits or Limits(), wanted).read()
    finally:
        os.close(descriptor)


def open_descriptor(descriptor: int) -> h5f.FileID:
    """Open the file behind a descriptor: the one that was examined, whatever its name is by now."""
    access = h5p.create(h5p.FILE_ACCESS)
    access.set_fclose_degree(h5f.CLOSE_STRONG)
    access.set_file_locking(False, True)  # locks fail on read-only and network file systems
    try:
        return h5f.open(b"/dev/fd/%d" % descriptor, h5f.ACC_RDONLY, access)
    except HDF5_ERRORS as error:
        raise _explain_open(str(error)) from None


def _explain_open(reason: str) -> UnreadableFile:
    if "already open for" in reason or "consistency flags" in reason:
        return still_being_written()
    if "truncated" in reason:
        message = "The file is truncated; wait until its copy has ended, or copy it again."
        return refuse("truncated", message, retry=True)
    # A file whose writer has not flushed yet looks the same as a damaged one, hence the retry.
    message = f"The HDF5 structure is damaged: {show(reason, 160)}; copy or write the file again."
    return refuse("damaged_hdf5", message, retry=True)


class _Walk:
    """One pass over one open file."""

    def __init__(
        self, file: h5f.FileID, limits: Limits, wanted: Collection[str] | None = None
    ) -> None:
        self.file = file
        self.limits = limits
        self.wanted = wanted
        self.findings = Findings(limits.findings)
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
        """Return the root: its groups in natural order with @default first, some with content."""
        attributes = self.read_attributes(root, "/", ROOT_ATTRIBUTES)
        links = self.list_links(root, "/")
        default = attributes.get("default")
        names = {link: decode_text(link[0]) for link in links}
        links.sort(key=lambda link: (names[link] != default, natural_key(names[link])))
        children: list[NexusGroup] = []
        for link in links:
            child = self.open_child(root, "", link)
            if isinstance(child, h5g.GroupID):
                read = sum(each.is_read for each in children)
                reads = read < self.limits.entries
                children.append(self.read_group(child, link[0], "", (root,), reads=reads))
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
        nx_class = self.read_class(group, path)
        # The same group again among its own ancestors is a hard or soft link that leads back up.
        if not (reads and nx_class in READ_CLASSES and group not in ancestors):
            signal = GROUP_ATTRIBUTES[1:2] if nx_class == "NXdata" else ()
            attributes = self.read_attributes(group, path, signal)
            return NexusGroup(text, path, nx_class, attributes, is_read=False)
        if len(ancestors) > self.limits.depth:
            self.findings.add("too_deep", path, f"{path}: groups nest too deeply; not read.")
            return NexusGroup(text, path, nx_class, is_read=False)
        return self.read_content(group, path, nx_class, (*ancestors, group))

    def read_content(
        self, group: h5g.GroupID, path: str, nx_class: str, ancestors: tuple[h5g.GroupID, ...]
    ) -> NexusGroup:
        attributes = self.read_attributes(group, path, GROUP_ATTRIBUTES)
        fields: list[NexusField] = []
        groups: list[NexusGroup] = []
        for link in self.list_links(group, path):
            child = self.open_child(group, path, link)
            if isinstance(child, h5d.DatasetID):
                fields.append(self.read_field(child, decode_text(link[0]), path))
            elif isinstance(child, h5g.GroupID):
                groups.append(self.read_group(child, link[0], path, ancestors))
        name = path.rpartition("/")[2]
        return NexusGroup(name, path, nx_class, attributes, tuple(fields), tuple(groups))

    def read_class(self, group: h5g.GroupID, path: str) -> str:
        declared = self.read_attributes(group, path, CLASS_ATTRIBUTES[:1]).get("NX_class")
        if not declared:
            cansas = self.read_attributes(group, path, CLASS_ATTRIBUTES[1:]).get("canSAS_class")
            return resolve_class(None, cansas)
        return resolve_class(declared, None)

    def list_links(self, group: h5g.GroupID, path: str) -> list[Link]:
        """Return the links of a group, no more than the object budget still allows."""
        links: list[Link] = []

        def collect(name: bytes, info: h5l.LinkInfo) -> bool | None:
            self.objects_left -= 1
            if self.objects_left >= 0:
                links.append((name, info.type))
            return self.objects_left < 0 or None

        try:
            group.links.iterate(collect, info=True)
        except HDF5_ERRORS as error:
            self.report_unreadable(path, error)
        if self.objects_left < 0:
            message = f"{path}: the file has more than {self.limits.objects} links; rest not read."
            self.findings.add("object_budget", path, message)
        return links

    def report_unreadable(self, path: str, error: Exception) -> None:
        reason = show(error, 120)
        self.findings.add("unreadable_object", path, f"{path}: cannot be read ({reason}); skipped.")

    def open_child(self, group: h5g.GroupID, parent: str, link: Link) -> Child | None:
        """Return the object behind a link, None where it is outside, missing or damaged."""
        path = f"{parent}/{decode_text(link[0])}"
        try:
            return self.follow(group, link, path, MAX_SOFT_LINKS)
        except HDF5_ERRORS as error:
            self.report_unreadable(path, error)
            return None

    def follow(self, group: h5g.GroupID, link: Link, path: str, hops: int) -> Child | None:
        """Open one link by hand, since libhdf5 would follow external links on the way."""
        name, kind = link
        if kind == h5l.TYPE_HARD:
            return h5o.open(group, name)
        if kind == h5l.TYPE_SOFT:
            return self.follow_soft(group, group.links.get_val(name), path, hops)
        if kind == h5l.TYPE_EXTERNAL:
            file, target = (decode_text(each) for each in group.links.get_val(name))
            message = f"{path}: external link to {show(file)} at {show(target)}; not followed."
            self.findings.add("external_link", path, message)
        return None

    def follow_soft(self, group: h5g.GroupID, target: bytes, path: str, hops: int) -> Child | None:
        """Open a soft link's target one component at a time; every component may be a link."""
        if hops == 0:
            message = f"{path}: soft links run in a circle; point the link at an object."
            self.findings.add("link_loop", path, message)
            return None
        current: Child | None = h5g.open(self.file, b"/") if target.startswith(b"/") else group
        for part in (each for each in target.split(b"/") if each not in (b"", b".")):
            if not isinstance(current, h5g.GroupID):
                return None
            if not current.links.exists(part):
                message = f"{path}: soft link to {show(decode_text(target))}, which does not exist."
                self.findings.add("broken_link", path, message)
                return None
            link = (part, current.links.get_info(part).type)
            current = self.follow(current, link, path, hops - 1)
        return current

    def read_attributes(
        self, owner: Child, path: str, names: tuple[bytes, ...]
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

    def read_attribute(self, owner: Child, name: bytes) -> Value | None:
        attribute = h5a.open(owner, name)
        size = attribute.get_storage_size()
        memory = _memory_type(attribute.get_type())
        if memory is None or not 0 < size <= self.limits.attribute_bytes or not self.spend(size):
            return None
        array = np.empty(attribute.shape, dtype=memory[0])
        attribute.read(array, mtype=memory[1])
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
        if memory[0].kind in "iufb" and size // kind.get_size() > self.limits.elements:
            return None  # data, not metadata
        array = np.empty(dataset.shape, dtype=memory[0])
        dataset.read(h5s.ALL, h5s.ALL, array, mtype=memory[1])
        return self.to_value(array)

    def is_inside(self, dataset: h5d.DatasetID, path: str) -> bool:
        """Tell whether the values stand in this file, and report where they do not."""
        layout = dataset.get_create_plist()
        if layout.get_layout() == h5d.VIRTUAL:
            numbers = range(_count(layout))
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

    def fits(self, dataset: h5d.DatasetID, size: int, path: str) -> bool:
        """Tell whether a value may be read: as stored, as unpacked, and within the whole budget."""
        layout = dataset.get_create_plist()
        chunked = layout.get_layout() == h5d.CHUNKED
        unpacked = _product(layout.get_chunk()) * dataset.get_type().get_size() if chunked else 0
        if size <= self.limits.field_bytes and unpacked <= self.limits.chunk_bytes:
            return self.spend(size, path)
        if isinstance(dataset.get_type(), h5t.TypeStringID):
            message = f"{path}: a text of {size} bytes is no metadata; not read. Shorten it."
            self.findings.add("value_too_large", path, message)
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
        if array.dtype.kind == "S" and array.dtype.itemsize == 1 and array.ndim and array.size > 1:
            array = np.ascontiguousarray(array).view(f"S{array.shape[-1]}")
        values = tuple(self.to_scalar(each) for each in array.ravel().tolist())
        return values[0] if len(values) == 1 else values or None

    def to_scalar(self, item: Scalar | bytes) -> Scalar:
        if not isinstance(item, bytes):
            return item
        self.bytes_left -= len(item)  # the length of a variable-length string shows only now
        return shorten(decode_text(item[: 4 * self.limits.text_chars]), self.limits.text_chars)


def _memory_type(kind: h5t.TypeID) -> tuple[np.dtype[Any], h5t.TypeID] | None:
    """Return the numpy and HDF5 types to read into, None for types without a plain value."""
    if isinstance(kind, h5t.TypeStringID):
        if kind.is_variable_str():
            return _variable_text(kind.get_cset())
        return np.dtype(f"S{kind.get_size()}"), kind
    if isinstance(kind, h5t.TypeEnumID) and kind.dtype.kind != "b":
        kind = kind.get_super()
    if isinstance(kind, h5t.TypeIntegerID | h5t.TypeFloatID | h5t.TypeEnumID):
        return kind.dtype, h5t.py_create(kind.dtype)
    return None


@cache
def _variable_text(character_set: int) -> tuple[np.dtype[Any], h5t.TypeID]:
    """Return h5py's object type: reading C string pointers into Python objects ends in SIGSEGV."""
    dtype = h5py.string_dtype("utf-8" if character_set == h5t.CSET_UTF8 else "ascii")
    return dtype, h5t.py_create(dtype)


def _name_type(kind: h5t.TypeID) -> str:
    return "text" if isinstance(kind, h5t.TypeStringID) else type(kind).__name__[4:-2].lower()


def _count(layout: h5p.PropDCID) -> int:
    return min(int(layout.get_virtual_count()), 10)


def _product(lengths: tuple[int, ...]) -> int:
    return int(np.prod(lengths, dtype=object))
