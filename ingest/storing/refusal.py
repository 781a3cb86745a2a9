"""Files that the catalogue, as it stands, cannot take: each reason with what to do about it."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from catalogue.models import Investigation
from catalogue.policy.embargo import ReleaseState
from ingest.record import ExtractedRecord, FileStamp, Problem, Severity


class RefusedFile(Exception):  # noqa: N818 - says what it is about; the problem says what is wrong
    """A file is kept out; raised before anything is written for it."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def day_of(record: ExtractedRecord, stamp: FileStamp, *, zone: ZoneInfo) -> date:
    """Returns the facility's day on which a measurement ended, began, or its file was written."""
    known = record.end or record.start
    moment = known.value if known else datetime.fromtimestamp(stamp.mtime_ns / 1e9, UTC)
    return moment.astimezone(zone).date()


def refuse_late(
    record: ExtractedRecord, investigation: Investigation, *, day: date, zone: ZoneInfo
) -> None:
    """Keeps a new dataset out of a visit that would make it public at once, or that is withdrawn.

    What lies within the days of an open visit is a file that was overlooked; what is later is
    either a wrong proposal number or new data, and those have their own embargo. `zone` is the
    facility's.

    Raises:
        RefusedFile: `investigation_is_open` or `investigation_is_withdrawn`.
    """
    state, end = investigation.state, investigation.end
    where = f"{record.file_name}: The file is of {day}; its visit {investigation}"
    ended = f"ended on {end}" if end else "has no last day"
    advice = (
        "Name the right visit in the file or the right proposal with --proposal; "
        "whether it belongs here all the same, a data manager decides"
    )
    if state is ReleaseState.WITHDRAWN:
        raise _refused(
            "investigation_is_withdrawn",
            f"{where} {_opened(investigation, zone)} and has been withdrawn since. {advice}.",
        )
    if state is ReleaseState.OPEN and (end is None or day > end):
        raise _refused(
            "investigation_is_open",
            f"{where} {ended} and {_opened(investigation, zone)}, so that the file would be "
            f"public at once. {advice}, by correcting the visit's last day.",
        )


def _opened(investigation: Investigation, zone: ZoneInfo) -> str:
    opened = investigation.released_at
    return f"opened on {opened.astimezone(zone).date()}" if opened else "never opened"


def ambiguous_proposal(record: ExtractedRecord, code: str, fits: Iterable[str]) -> RefusedFile:
    """Returns the refusal of a number that several proposals carry."""
    claim = record.proposal
    return _refused(
        "ambiguous_proposal",
        f"{record.file_name}: Proposal {code!r} may be any of {', '.join(sorted(fits))}; "
        f"write its whole code into the file, or name it with --proposal.",
        claim.source if claim else "",
    )


def unknown_proposal(record: ExtractedRecord, code: str) -> RefusedFile:
    """Returns the refusal of a proposal that the catalogue does not have."""
    source = record.proposal.source if record.proposal else "job"
    return _refused(
        "unknown_proposal",
        f"{record.file_name}: Proposal {code!r} ({source}) is not in the catalogue; add it in the "
        f"admin under Proposals, or correct it where it stands, and try again.",
        source if source.startswith("/") else "",
    )


def contradicts_a_person(
    record: ExtractedRecord, code: str, investigation: Investigation
) -> RefusedFile:
    """Returns the refusal of a file that names a proposal it did not when its dataset was moved."""
    return _refused(
        "contradicts_a_person",
        f"{record.file_name}: The file names proposal {code!r} now, and a person has put its "
        f"dataset into {investigation} when it named another; move the dataset in the admin, or "
        f"give the file a path of its own.",
        record.proposal.source if record.proposal else "",
    )


def refuse_to_move(record: ExtractedRecord, investigation: Investigation) -> RefusedFile:
    """Returns the refusal of a file whose dataset is part of a publication and would leave it."""
    return _refused(
        "dataset_is_published",
        f"{record.file_name}: The file belongs elsewhere now, and its dataset of {investigation} "
        f"is part of a publication; give the new data a path of their own, or withdraw the "
        f"publication first.",
        record.proposal.source if record.proposal else "",
    )


def path_of_another_facility(path: str) -> RefusedFile:
    """Returns the refusal of a path at which another facility's file is known."""
    return _refused(
        "path_of_another_facility",
        f"{path}: Another facility's file is known at this path; ingest it for that facility, or "
        f"give the file a path of its own.",
    )


def _refused(code: str, message: str, path: str = "") -> RefusedFile:
    return RefusedFile(Problem(Severity.ERROR, code, message, path))
