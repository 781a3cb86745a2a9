"""The door to HDF5: one file in, an immutable tree of plain values out; nothing else opens one."""

import os
from collections import Counter
from dataclasses import dataclass, replace
from functools import cache

from h5py import h5d, h5f, h5g, h5l, h5o, h5p

from ingest.nexus.hdf5_values import HDF5_ERRORS, Owner, ValueReader
from ingest.nexus.limits import Findings, Limits
from ingest.nexus.plan import Plan, merge
from ingest.nexus.sniff import check_signature, open_regular, still_being_written
from ingest.nexus.text import decode_text, natural_key, show
from ingest.nexus.tree import (
    ENTRY_CLASSES,
    NexusField,
    NexusFile,
    NexusGroup,
    default_steps,
    resolve_class,
)
from ingest.nexus.unreadable import UnreadableFile, refuse

ROOT_ATTRIBUTES = (b"default", b"file_name")
# What is asked of a group that is only passed on the way to the default plot.
PASSAGE = Plan(attributes={b"default": None, b"signal": None})
MAX_SOFT_LINKS = 8
Link = tuple[bytes, int]  # a link's name as stored and its type, one of h5l.TYPE_*


def read_nexus(path: str, plan: Plan, limits: Limits | None = None) -> NexusFile:
    """Return the tree of one file: its entries, and of the first one what the plan asks.

    External links, external raw storage and virtual datasets are reported and never followed: they
    can name any file that the ingest account may read (HDFGroup/hdf5#6618).

    Raises:
        UnreadableFile: the file is no readable HDF5 file; its problem says why.
    """
    descriptor = open_regular(path)
    try:
        check_signature(descriptor)
        return _Walk(open_descriptor(descriptor), limits or Limits()).read(plan)
    finally:
        os.close(descriptor)


def open_descriptor(descriptor: int) -> h5f.FileID:
    """Open the file behind a descriptor: the one that was examined, whatever its name is by now."""
    try:
        return h5f.open(b"/dev/fd/%d" % descriptor, h5f.ACC_RDONLY, _access())
    except HDF5_ERRORS as error:
        raise _explain_open(str(error)) from None


@cache
def _access() -> h5p.PropFAID:
    access = h5p.create(h5p.FILE_ACCESS)
    access.set_fclose_degree(h5f.CLOSE_STRONG)
    access.set_file_locking(False, True)  # locks fail on read-only and network file systems
    return access


def _explain_open(reason: str) -> UnreadableFile:
    if "already open for" in reason or "consistency flags" in reason:
        return still_being_written()
    if "truncated" in reason:
        message = "The file is truncated; wait until its copy has ended, or copy it again."
        return refuse("truncated", message, retry=True)
    # A file whose writer has not flushed yet looks the same as a damaged one, hence the retry.
    message = f"The HDF5 structure is damaged: {show(reason, 160)}; copy or write the file again."
    return refuse("damaged_hdf5", message, retry=True)


@dataclass(frozen=True, slots=True)
class _Place:
    """A group of the file beside what is wanted of it.

    `passage` is what is left of the path to the default plot that a group above names.
    """

    group: h5g.GroupID
    path: str
    nx_class: str
    plan: Plan
    passage: tuple[str, ...] = ()
    depth: int = 1

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


class _Walk:
    """One pass over one open file."""

    def __init__(self, file: h5f.FileID, limits: Limits) -> None:
        self.file = file
        self.limits = limits
        self.findings = Findings(limits.findings)
        self.values = ValueReader(limits, self.findings)
        self.objects_left = limits.objects
        self.has_signal = False

    def read(self, plan: Plan) -> NexusFile:
        """Return the tree and close the file."""
        try:
            root = self.read_root(h5g.open(self.file, b"/"), plan)
        except HDF5_ERRORS as error:
            raise _explain_open(str(error)) from None
        finally:
            self.file.close()
        return NexusFile(root, self.findings.all())

    def read_root(self, root: h5g.GroupID, plan: Plan) -> NexusGroup:
        """Return the root with its entries: the one of @default first, then in natural order.

        The first is the one that is catalogued, and the only one that is read (BLISS writes
        dozens), unless it has no instrument: then the second may hold what was measured. The others
        are asked for what `plan.further` names.
        """
        asked = dict.fromkeys((*ROOT_ATTRIBUTES, *plan.attributes))
        attributes = self.values.read_attributes(root, "/", asked)
        default = default_steps("", attributes)[:1]
        named = [(decode_text(link[0]), link) for link in self.list_links(root, "/")]
        named.sort(key=lambda each: ((each[0],) != default, natural_key(each[0])))
        entries: list[NexusGroup] = []
        for name, link in named:
            path = f"/{name}"
            child = self.open_child(root, link, path)
            nx_class = self.read_class(child, path) if isinstance(child, h5g.GroupID) else ""
            if nx_class not in ENTRY_CLASSES:
                continue
            is_read = not _are_enough(entries)
            asked_of = plan if is_read else plan.further
            if asked_of is None or len(entries) >= self.limits.siblings:
                entries.append(NexusGroup(name, path, nx_class, is_read=False))
                continue
            entry = self.read_group(_Place(child, path, nx_class, asked_of.groups["NXentry"]))
            entries.append(replace(entry, is_read=is_read))
        return NexusGroup("", "/", "NXroot", attributes, {}, tuple(entries))

    def read_group(self, place: _Place) -> NexusGroup:
        """Return one group with what the plan asks of it, and with the way to the default plot."""
        path = place.path
        attributes = self.values.read_attributes(place.group, path, place.plan.attributes)
        if place.nx_class == "NXdata":
            self.has_signal |= "signal" in attributes
            signal = self.find_signal(place)
            return NexusGroup(place.name, path, place.nx_class, attributes, signal)
        passage = place.passage or default_steps(place.name, attributes)
        fields, groups = self.read_children(place, passage)
        return NexusGroup(place.name, path, place.nx_class, attributes, fields, groups)

    def read_children(
        self, place: _Place, passage: tuple[str, ...]
    ) -> tuple[dict[str, NexusField], tuple[NexusGroup, ...]]:
        """Return the fields and groups below one, those that are wanted."""
        fields: dict[str, NexusField] = {}
        groups: list[NexusGroup] = []
        seen: Counter[str] = Counter()
        asks_for_any = place.plan.asks_for_classes
        for link in self.list_links(place.group, place.path):
            name, asked = decode_text(link[0]), place.plan.fields.get(link[0])
            is_wanted = asks_for_any or asked is not None or name in place.plan.groups
            # An external link is not opened either, but it is reported.
            if not is_wanted and passage[:1] != (name,) and link[1] != h5l.TYPE_EXTERNAL:
                continue
            path = f"{place.path}/{name}"
            child = self.open_child(place.group, link, path, is_field=asked is not None)
            if isinstance(child, h5g.GroupID):
                inner = self.find_place(place, passage, child, name)
                if inner and seen[inner.nx_class] < self.limits.siblings:
                    seen[inner.nx_class] += 1
                    groups.append(self.read_group(inner))
            elif child is not None and asked is not None:
                is_series = link[0] in place.plan.series
                fields[name] = self.values.read_field(child, name, path, asked, is_series=is_series)
        return fields, tuple(groups)

    def find_place(
        self, parent: _Place, passage: tuple[str, ...], group: h5g.GroupID, name: str
    ) -> _Place | None:
        """Return a child group with what is wanted of it, None where that is nothing."""
        path = f"{parent.path}/{name}"
        nx_class = self.read_class(group, path)
        plan = parent.plan.find(nx_class, name)
        is_passed = passage[:1] == (name,)
        if is_passed:
            plan = merge(plan, PASSAGE) if plan else PASSAGE
        if plan is None:
            return None
        if parent.depth >= self.limits.depth:
            self.findings.add("too_deep", path, f"{path}: groups nest too deeply; not read.")
            return None
        ahead = passage[1:] if is_passed else ()
        return _Place(group, path, nx_class, plan, ahead, parent.depth + 1)

    def find_signal(self, place: _Place) -> dict[str, NexusField]:
        """Return the field of an NXdata that bears @signal=1 itself, as files before 2014 have it.

        Asked only until one NXdata of the file is known to have a signal.
        """
        if self.has_signal:
            return {}
        for link in self.list_links(place.group, place.path)[: self.limits.signals]:
            name = decode_text(link[0])
            path = f"{place.path}/{name}"
            child = self.open_child(place.group, link, path, is_field=True)
            found = self.values.read_attributes(child, path, (b"signal",)) if child else {}
            if found.get("signal") in (1, "1"):
                self.has_signal = True
                return {name: NexusField(name, path, None, found)}
        return {}

    def read_class(self, group: h5g.GroupID, path: str) -> str:
        declared = self.values.read_attributes(group, path, (b"NX_class",))
        if declared:
            return resolve_class(declared["NX_class"], None)
        cansas = self.values.read_attributes(group, path, (b"canSAS_class",))
        return resolve_class(None, cansas.get("canSAS_class"))

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
            self.findings.add_unreadable(path, error)
        if self.objects_left < 0:
            message = f"{path}: the file has more than {self.limits.objects} links; rest not read."
            self.findings.add("object_budget", path, message)
        return links

    def open_child(
        self, group: h5g.GroupID, link: Link, path: str, *, is_field: bool = False
    ) -> Owner | None:
        """Return the object behind a link, None where it is outside, missing or damaged.

        Of the hard links, a dataset is opened only where `is_field` says that it is wanted.
        """
        name, kind = link
        try:
            if kind != h5l.TYPE_HARD:
                return self.follow(group, link, path, MAX_SOFT_LINKS)
            return _open_hard(group, name, is_field=is_field)
        except HDF5_ERRORS as error:
            self.findings.add_unreadable(path, error)
            return None

    def follow(self, group: h5g.GroupID, link: Link, path: str, hops: int) -> Owner | None:
        """Open one link by hand, since libhdf5 would follow external links on the way."""
        name, kind = link
        if kind == h5l.TYPE_HARD:
            return _open_hard(group, name, is_field=True)
        if kind == h5l.TYPE_SOFT:
            return self.follow_soft(group, group.links.get_val(name), path, hops)
        if kind == h5l.TYPE_EXTERNAL:
            file, target = (decode_text(each) for each in group.links.get_val(name))
            message = f"{path}: external link to {show(file)} at {show(target)}; not followed."
            self.findings.add("external_link", path, message)
        return None

    def follow_soft(self, group: h5g.GroupID, target: bytes, path: str, hops: int) -> Owner | None:
        """Open a soft link's target one component at a time; every component may be a link."""
        if hops == 0:
            message = f"{path}: soft links run in a circle; point the link at an object."
            self.findings.add("link_loop", path, message)
            return None
        current: Owner | None = h5g.open(self.file, b"/") if target.startswith(b"/") else group
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


def _are_enough(entries: list[NexusGroup]) -> bool:
    """Tell whether the entries read so far say where the data come from, or are two."""
    has_instrument = entries and any(True for _ in entries[0].groups_of("NXinstrument"))
    return bool(has_instrument) or len(entries) > 1


def _open_hard(group: h5g.GroupID, name: bytes, *, is_field: bool) -> Owner | None:
    """Open the group, or the dataset where one is wanted, that a hard link of this group leads to.

    Raises:
        ValueError: libhdf5 would read the name as a path, whose first step may lead outside.
    """
    if b"/" in name:
        raise ValueError("the name of a link holds a slash")
    if is_field:  # opened at once: to ask for the type first costs as much
        child = h5o.open(group, name)
        return child if isinstance(child, h5d.DatasetID | h5g.GroupID) else None
    is_group = h5g.get_objinfo(group, name).type == h5g.GROUP
    return h5g.open(group, name) if is_group else None
