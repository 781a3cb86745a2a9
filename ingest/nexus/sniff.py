"""What a file is before libhdf5 touches it: a regular HDF5 file, or a reason with its remedy."""

import errno
import os
import stat
import struct

from ingest.nexus.text import show
from ingest.nexus.unreadable import UnreadableFile, refuse

HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"
HDF4_SIGNATURE = b"\x0e\x03\x13\x01"
HEAD_BYTES = 4096

# A text-mode transfer drops or adds carriage returns; a UTF-8 decoder replaces the byte 0x89, a
# Latin-1 one widens it. The signature was chosen to show this (HDF5 File Format 3.0 §II.A).
DAMAGED_SIGNATURES = {
    b"\x89HDF\n\x1a\n": "line endings were converted by a text-mode transfer",
    b"\x89HDF\r\r\n\x1a\r\n": "line endings were converted by a text-mode transfer",
    b"\xef\xbf\xbdHDF": "its bytes passed through a UTF-8 decoder",
    b"\xc2\x89HDF": "its bytes passed through a Latin-1 decoder",
}
POINTERS = {b"version https://git-lfs": "Git LFS", b"/annex/objects/": "git-annex"}

# The errors of open(2) that say what stands there instead of a file.
OPEN_ERRORS = {
    errno.ENOENT: ("not_found", "does not exist; was it moved while it was queued?"),
    errno.ELOOP: (
        "symbolic_link",
        "leads through a symbolic link; give the file's real path",
    ),
    errno.EACCES: ("permission_denied", "may not be read; give the ingest account read access"),
    errno.EPERM: ("permission_denied", "may not be read; give the ingest account read access"),
    errno.ENXIO: ("not_a_file", "is a socket or a device; give a regular file"),
    errno.EISDIR: ("not_a_file", "is a directory; give the files in it"),
    errno.ENOTDIR: ("not_found", "has a file where a directory is named; check the path"),
    errno.ENAMETOOLONG: ("not_found", "is longer than the file system allows; check the path"),
}


def open_regular(path: str) -> int:
    """Open a regular file for reading and return its descriptor, without ever blocking.

    A FIFO blocks an ordinary open until somebody writes, hence O_NONBLOCK. A symbolic link is
    refused wherever it stands, since whoever may write to a data directory could put one that leads
    anywhere in the place of a file or folder, also after it was looked at. The links that are the
    operator's own are resolved before (`ingest.walk`): the path is absolute and real.

    Raises:
        UnreadableFile: not_found, symbolic_link, not_a_file, permission_denied, cannot_open.
    """
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        descriptor = os.open(path, flags)
    except (OSError, ValueError) as error:
        raise _explain_open(error) from None
    refusal = _find_fault(descriptor, path)
    if refusal is not None:
        os.close(descriptor)
        raise refusal
    return descriptor


def _find_fault(descriptor: int, path: str) -> UnreadableFile | None:
    """Return why an open file is not to be read, None where it is the one at its path itself."""
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        message = "The path is a directory, FIFO or device; give a regular file."
        return refuse("not_a_file", message)
    try:
        opened = os.readlink(f"/proc/self/fd/{descriptor}")
    except OSError:
        message = "Whether a link was followed cannot be told without /proc; mount it."
        return refuse("cannot_open", message, retry=True)
    # A file that was replaced meanwhile is still the one that stood there (proc_pid_fd(5)).
    if opened not in (path, f"{path} (deleted)"):
        return _explain_open(OSError(errno.ELOOP, ""))
    return None


def _explain_open(error: OSError | ValueError) -> UnreadableFile:
    number = error.errno if isinstance(error, OSError) else None
    code, reason = OPEN_ERRORS.get(number or 0, ("cannot_open", "cannot be opened"))
    if code != "cannot_open":
        return refuse(code, f"The path {reason}.")
    # A file that cannot be reached may come back: network mounts fail for minutes at a time.
    detail = os.strerror(number) if number else "the path holds a NUL"
    return refuse(code, f"The path {reason} ({detail}); look at the mount.", retry=True)


def check_signature(descriptor: int) -> None:
    """Return where the open file is whole HDF5 as far as its first bytes tell.

    Raises:
        UnreadableFile: empty_file, xml_nexus, hdf4, lfs_pointer, damaged_signature, truncated,
            unknown_superblock, still_being_written, not_hdf5.
    """
    size = os.fstat(descriptor).st_size
    if size == 0:
        message = "The file is empty; wait until it has been written, or copy it again."
        raise refuse("empty_file", message, retry=True)
    offset = _find_signature(descriptor, size)
    if offset is None:
        raise _explain_other_format(os.pread(descriptor, HEAD_BYTES, 0), size)
    _check_superblock(os.pread(descriptor, 64, offset), size, offset)


def _find_signature(descriptor: int, size: int) -> int | None:
    """Return the offset of the signature: 0, 512, 1024, 2048, … (HDF5 File Format 3.0 §II.A)."""
    offset = 0
    while offset < size:
        if os.pread(descriptor, 8, offset) == HDF5_SIGNATURE:
            return offset
        offset = max(512, offset * 2)
    return None


def _explain_other_format(head: bytes, size: int) -> UnreadableFile:
    for signature, reason in DAMAGED_SIGNATURES.items():
        if head.startswith(signature):
            message = f"The HDF5 signature is damaged: {reason}; copy the file again as binary."
            return refuse("damaged_signature", message)
    if HDF5_SIGNATURE.startswith(head[:8]):
        return _truncated(size, len(HDF5_SIGNATURE))
    if head.startswith(HDF4_SIGNATURE):
        return refuse("hdf4", "The file is HDF4, not HDF5; convert it with h4toh5 or nxconvert.")
    for text, name in POINTERS.items():
        if text in head[:512]:
            message = f"The file is a {name} pointer, not the data; fetch the data it points to."
            return refuse("lfs_pointer", message)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and b"<NXroot" in head:
        return refuse("xml_nexus", "The file is XML NeXus; convert it to HDF5 with nxconvert.")
    start = show(head[:16].decode("ascii", "replace"))
    message = f"The file is not HDF5: it starts with {start}; give a NeXus/HDF5 file."
    return refuse("not_hdf5", message)


def _truncated(size: int, expected: int) -> UnreadableFile:
    message = (
        f"The file is truncated: {size} of {expected} bytes are there; "
        "wait until its copy has ended, or copy it again."
    )
    return refuse("truncated", message, retry=True)


def _check_superblock(superblock: bytes, size: int, offset: int) -> None:
    """Check the version, the write flags and the length that the superblock states.

    Versions 0 and 1 hold offsets from byte 24 and 28, 2 and 3 from byte 12, each of the size given
    in byte 13 or 9; the third of them is the end of the file (HDF5 File Format 3.0 §II.A).
    """
    if len(superblock) < 48:
        raise _truncated(size, offset + 48)
    version = superblock[8]
    if version > 3:
        message = f"The HDF5 superblock version {version} is unknown; 0 to 3 exist. Copy it again."
        raise refuse("unknown_superblock", message)
    # Bits 0 and 2 of version 3: open for writing, open for single-writer-multiple-readers.
    if version == 3 and superblock[11] & 0b101:
        raise still_being_written()
    start, width = {0: (24, 13), 1: (28, 13), 2: (12, 9), 3: (12, 9)}[version]
    if superblock[width] == 8:
        base, end = (struct.unpack_from("<Q", superblock, start + at)[0] for at in (0, 16))
        if size < (expected := _end_of_file(base, end, offset)):
            raise _truncated(size, expected)


def _end_of_file(base: int, end: int, offset: int) -> int:
    """Return the length a whole file has; the base address is 0 where a user block was added."""
    return int(end if base == offset else end + offset)


def still_being_written() -> UnreadableFile:
    """Return the exception for a file that another process has open for writing."""
    message = (
        "The file is open for writing or was not closed; wait until its writer has ended, "
        "or clear the flag of a dead one with h5clear -s."
    )
    return refuse("still_being_written", message, retry=True)
