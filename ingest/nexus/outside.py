"""A complete search of one HDF5 file for what would be read from another."""

from collections.abc import Iterator

from h5py import h5d, h5f, h5g, h5l, h5o

from ingest.nexus.hdf5_values import HDF5_ERRORS
from ingest.nexus.reader import open_descriptor
from ingest.nexus.text import decode_text
from ingest.nexus.unreadable import refuse

HERE = "."  # the name by which a virtual dataset refers to its own file
INTERNAL_LINKS = (h5l.TYPE_HARD, h5l.TYPE_SOFT)


def check_no_outside(descriptor: int, *, max_objects: int) -> None:
    """Return where everything the open file leads to stands in the file itself.

    Unlike the reader, which looks at what the catalogue needs, this looks at every object that is
    reached by hard links; soft links lead to nothing else.

    Raises:
        UnreadableFile: links_outside, too_many_objects, damaged_hdf5, and what opening raises.
    """
    file = open_descriptor(descriptor)
    try:
        for count, (path, reason) in enumerate(_walk(file)):
            if reason:
                message = (
                    f"{path} {reason}; what stands in other files is never read, so the file "
                    "cannot be validated."
                )
                raise refuse("links_outside", message)
            if count >= max_objects:
                message = f"The file has more than {max_objects} objects; validate it by hand."
                raise refuse("too_many_objects", message)
    finally:
        file.close()


def _walk(file: h5f.FileID) -> Iterator[tuple[str, str]]:
    """Yield the path of each object and how it leads outside, '' where it does not.

    A list in place of recursion, since groups may nest thousands deep; each object once, since hard
    links may lead back up.
    """
    root = h5g.open(file, b"/")
    waiting = [(root, "")]
    seen = {_address(root)}
    while waiting:
        group, parent = waiting.pop()
        for name, kind in _links(group, parent):
            path = f"{parent}/{decode_text(name)}"
            if kind not in INTERNAL_LINKS:
                yield path, "is a link to another file"
                continue
            if b"/" in name:  # libhdf5 would read it as a path, whose steps were not looked at
                yield path, "has a slash in its name"
                continue
            child = _open(group, name) if kind == h5l.TYPE_HARD else None
            if child is None or (address := _address(child)) in seen:
                yield path, ""
                continue
            seen.add(address)
            yield path, _leads_outside(child) if isinstance(child, h5d.DatasetID) else ""
            if isinstance(child, h5g.GroupID):
                waiting.append((child, path))


def _links(group: h5g.GroupID, path: str) -> list[tuple[bytes, int]]:
    """Return the name and kind of every link; what cannot be listed might lead anywhere."""
    links: list[tuple[bytes, int]] = []

    def collect(name: bytes, info: h5l.LinkInfo) -> None:
        links.append((name, info.type))

    try:
        group.links.iterate(collect, info=True)
    except HDF5_ERRORS:
        message = f"The group {path or '/'} is damaged; copy or write the file again."
        raise refuse("damaged_hdf5", message) from None
    return links


def _open(group: h5g.GroupID, name: bytes) -> h5g.GroupID | h5d.DatasetID | None:
    try:
        return h5o.open(group, name)
    except HDF5_ERRORS:
        return None


def _address(child: h5g.GroupID | h5d.DatasetID) -> int:
    return int(h5o.get_info(child).addr)


def _leads_outside(dataset: h5d.DatasetID) -> str:
    layout = dataset.get_create_plist()
    if layout.get_external_count():
        return "is stored in another file"
    if layout.get_layout() == h5d.VIRTUAL:
        sources = (layout.get_virtual_filename(at) for at in range(layout.get_virtual_count()))
        if any(source != HERE for source in sources):
            return "is a virtual dataset over other files"
    return ""
