"""What one NeXus file says about itself, as plain values, each with the path it was read from."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Generic, Literal, TypeAlias, TypeVar

import msgspec

T = TypeVar("T")
# With a time zone: what a reader process sends is held to it.
AwareDatetime: TypeAlias = Annotated[datetime, msgspec.Meta(tz=True)]
# The values of `catalogue.models.dataset.DatasetKind`.
Kind = Literal["raw", "reduced", "analysed", "simulated", "calibration"]


@dataclass(frozen=True, slots=True)
class Sourced(Generic[T]):
    """A value and where it stands in the file, e.g. `/entry/title` or `/entry/data@signal`."""

    value: T
    source: str


@dataclass(frozen=True, slots=True)
class ExtractedUser:
    """One NXuser. Empty strings mean that the file does not say."""

    name: str
    source: str
    orcid: str = ""
    email: str = ""
    affiliation: str = ""
    role: str = ""


@dataclass(frozen=True, slots=True)
class ExtractedSample:
    """One NXsample. Empty strings mean that the file does not say."""

    name: str
    source: str
    formula: str = ""
    description: str = ""

    @property
    def group(self) -> str:
        """The path of its group: its source is a field of it, or an attribute."""
        parent, _, last = self.source.rpartition("/")
        name, is_attribute, _ = last.partition("@")
        return f"{parent}/{name}" if is_attribute else parent


@dataclass(frozen=True, slots=True)
class ExtractedParameter:
    """One measured or set quantity of the dataset or of its sample.

    `value` is a float for a number, else text. `unit` is the file's own spelling, unchanged (''
    where there is none). A number that varied is the mean, with the least and the greatest value it
    had (both or neither); `error` is its standard uncertainty.
    """

    name: str
    value: float | str
    unit: str
    source: str
    of: Literal["dataset", "sample"] = "dataset"
    minimum: float | None = None
    maximum: float | None = None
    error: float | None = None


@dataclass(frozen=True, slots=True)
class ExtractedProcess:
    """One step of processing that led to the data. Empty means that the file does not say."""

    program: str
    source: str
    version: str = ""
    date: AwareDatetime | None = None


class Severity(StrEnum):
    """An error keeps the file out of the catalogue; a warning travels with it."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding about a file: what, which value, where, what to do.

    `code` is stable and machine-readable (`not_hdf5`, `no_proposal`, `bad_date`, …); `path` is the
    HDF5 path it concerns, '' for the file as a whole.
    """

    severity: Severity
    code: str
    message: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class ExtractedRecord:
    """One NeXus file in the catalogue's words. None or () where the file does not say.

    `further_proposals` are what its other entries name. `inputs` are files that the data were made
    from, as the file names them; no `kind` means raw. Naive dates have been given the facility's
    time zone; every datetime is aware.
    """

    file_name: str
    entry_path: str
    entry_count: int
    title: Sourced[str] | None = None
    start: Sourced[AwareDatetime] | None = None
    end: Sourced[AwareDatetime] | None = None
    definition: Sourced[str] | None = None
    proposal: Sourced[str] | None = None
    further_proposals: tuple[Sourced[str], ...] = ()
    visit: Sourced[str] | None = None
    run_number: Sourced[str] | None = None
    description: Sourced[str] | None = None
    instrument_name: Sourced[str] | None = None
    instrument_short_name: Sourced[str] | None = None
    source_name: Sourced[str] | None = None
    source_type: Sourced[str] | None = None
    probe: Sourced[str] | None = None
    program: Sourced[str] | None = None
    program_version: Sourced[str] | None = None
    default_plot: Sourced[str] | None = None
    kind: Sourced[Kind] | None = None
    users: tuple[ExtractedUser, ...] = ()
    samples: tuple[ExtractedSample, ...] = ()
    parameters: tuple[ExtractedParameter, ...] = ()
    processes: tuple[ExtractedProcess, ...] = ()
    inputs: tuple[Sourced[str], ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class IngestContext:
    """What is known about a file before it is opened.

    `time_zone` is the IANA name of the facility's zone, for naive times.
    """

    file_name: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class FileStamp:
    """What `stat` says of a file; an equal stamp means an unchanged file."""

    path: str
    size_bytes: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class ReadResult:
    """What the sandbox brings back of one file: a record, or the reason why there is none.

    `sha256` is '' where the file could not be read to its end; `retry` is true where the same file
    may well be readable later (it is still being written).
    """

    stamp: FileStamp
    record: ExtractedRecord | None
    failure: Problem | None
    sha256: str = ""
    retry: bool = False
