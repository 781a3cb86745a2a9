"""The door to nexusformat: an entry against the NeXus base classes and its definition."""

import codecs
import encodings.aliases
import logging
import os
import re
import resource
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import chardet
import hdf5plugin  # noqa: F401 - registers the compression filters that facilities write with
import nexusformat
import nexusformat.nexus.validate as nexus
import numpy.ma  # noqa: F401 - NumPy imports it when it is first needed: too late, see below
from nexusformat.nexus import NeXusError, nxload

from ingest.nexus.sniff import open_regular
from ingest.nexus.text import clean_text, shorten
from ingest.nexus.unreadable import UnreadableFile, refuse
from ingest.record import Problem, Severity

NAME = re.compile(r"NX\w+")
SUFFIX = ".nxdl.xml"
MESSAGE_CHARS = 300
SEVERITIES = {"error": Severity.ERROR, "warning": Severity.WARNING}
# What a heading of nexusformat's log names: an object by its path, or a group by name or class.
HEADING = re.compile(r"(?:Field|Link|Group|NX\w+): (?:(?P<path>/.*)|(?:\w+: )?(?P<name>.*))")
# Codes for nexusformat's sentences, the first that fits; `validation.result.ADVICE` has them too.
CODES = (
    (re.compile(r"This required .* is not in"), "required_missing"),
    (re.compile(r"This recommended .* is not in"), "recommended_missing"),
    (re.compile(r"broken link"), "broken_link"),
    (re.compile(r"is not a link as required"), "link_required"),
    (re.compile(r"no longer valid|deprecated"), "deprecated"),
    (re.compile(r"is not defined (in|as an attribute)"), "not_defined"),
    (re.compile(r"invalid class|should have a class|is a group, not"), "misplaced_class"),
    (re.compile(r"not a valid base class|no NeXus base class"), "unknown_class"),
    (re.compile(r"invalid name"), "invalid_name"),
    (re.compile(r"is not a valid NX_"), "wrong_type"),
    (re.compile(r"enumerated list"), "not_in_enumeration"),
    (re.compile(r"^Units of"), "units_missing"),
    (re.compile(r"signal", re.I), "signal"),
    (re.compile(r"ax[ie]s", re.I), "axes"),
)
OTHER = "other"


@dataclass(frozen=True, slots=True)
class Definitions:
    """The definitions that this installation checks against; made once per process."""

    applications: frozenset[str]
    validator: str


@cache
def load_definitions() -> Definitions:
    """Return the definitions with every class parsed and every module imported.

    Later on no file can be opened for it.
    """
    home = _home()
    for name in _names_in(home / "base_classes", home / "contributed_definitions"):
        try:
            nexus.get_validator(name, definitions=home)
        except NeXusError:
            continue  # it extends an application definition (NXxrd); it is no class of a group
    _load_encodings()
    nexus.logger.handlers.clear()
    # At WARNING, nexusformat drops headings without a finding of their own, and paths with them.
    nexus.logger.setLevel(logging.INFO)
    version = (home / "NXDL_VERSION").read_text(encoding="ascii").strip()
    return Definitions(
        frozenset(_names_in(home / "applications", home / "contributed_definitions")),
        f"nexusformat {nexusformat.__version__}, NeXus definitions {version}",
    )


def _load_encodings() -> None:
    """Import what decodes text that is no UTF-8: nexusformat has chardet guess the encoding."""
    chardet.detect("température".encode("latin-1"))
    for name in set(encodings.aliases.aliases.values()):
        with suppress(LookupError):  # some exist on Windows alone
            codecs.lookup(name)


def _home() -> Path:
    """Return the folder of the definitions; resolved, or nexusformat parses them all again."""
    return Path(nexus.get_definitions()).resolve()


def _names_in(*folders: Path) -> Iterator[str]:
    for folder in folders:
        for path in sorted(folder.glob(f"*{SUFFIX}")):
            yield path.name.removesuffix(SUFFIX)


def open_one_more_file() -> None:
    """Let this process open one more file at a time and never a second one, for good.

    nexusformat follows external links, HDF5 follows external storage and virtual datasets, and both
    take paths from the file; with one descriptor left, which the file itself takes, none of it can
    be opened. RLIMIT_NOFILE is POSIX: it needs no privilege, no kernel feature and no container
    setting, and a process cannot raise a hard limit again.
    """
    lowest_free = os.dup(0)
    os.close(lowest_free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free + 1, lowest_free + 1))


def find_violations(path: str, *, entry_path: str, definition: str) -> tuple[Problem, ...]:
    """Return what one entry has against the base classes and, unless '', its definition.

    Call it in a process of its own: nexusformat keeps what it logged of one file in global objects,
    and this takes away the power to open files.

    Raises:
        UnreadableFile: `file_changed`, another file stands at the path than the one examined;
            `validator_failed`, nexusformat failed at something it does not expect.
    """
    descriptor = open_regular(path)
    home = _home()
    applied = nexus.ApplicationValidator(definition, definitions=home) if definition else None
    log, application_log = nexus.Validator(), nexus.Validator()
    open_one_more_file()
    root = nxload(path)
    with root.nxfile:  # and not `with root`, which opens the file for writing
        if not os.path.samestat(_stat_of(root), os.fstat(descriptor)):
            raise refuse("file_changed", "The file was replaced meanwhile; validate it again.")
        try:
            entry = root[entry_path]
            nexus.get_validator(entry.nxclass, definitions=home).validate(entry, parent=log)
            if applied is not None:
                applied.parent = application_log
                applied.validate(entry)
        except (MemoryError, RecursionError):
            raise
        except Exception as error:
            raise _explain_failure(error) from error
    found = (
        *_problems(log.logged_messages, entry_path),
        *_problems(application_log.logged_messages, entry_path),
    )
    return tuple(dict.fromkeys(found))


def _explain_failure(error: Exception) -> UnreadableFile:
    """Return the failure with the field that nexusformat was at, where it had come to one."""
    at_work = nexus.field_validator.logged_messages[:1]
    place = _path_of(at_work[0][0], "") if at_work else ""
    reason = shorten(clean_text(f"{type(error).__name__}: {error}"), MESSAGE_CHARS)
    message = f"nexusformat failed{f' at {place}' if place else ''} ({reason}); run nxcheck on it."
    return refuse("validator_failed", message)


def _stat_of(root: nexusformat.nexus.NXroot) -> os.stat_result:
    return os.fstat(root.nxfile.file.id.get_vfd_handle())


def _problems(messages: Iterable[tuple[str, str, int]], top: str) -> Iterator[Problem]:
    """Yield the errors and warnings of a log, each with the path of the heading it stands under."""
    headings = [(-1, top)]
    for message, level, indent in messages:
        while headings[-1][0] >= indent:
            headings.pop()
        if level == "all":
            headings.append((indent, _path_of(message, headings[-1][1])))
        elif level in SEVERITIES:
            text = shorten(clean_text(message), MESSAGE_CHARS)
            yield Problem(SEVERITIES[level], _code_of(text), text, headings[-1][1])


def _path_of(heading: str, parent: str) -> str:
    found = HEADING.fullmatch(heading)
    if found is None:
        return parent
    return clean_text(found["path"] or f"{parent}/{found['name']}")


def _code_of(message: str) -> str:
    return next((code for pattern, code in CODES if pattern.search(message)), OTHER)
