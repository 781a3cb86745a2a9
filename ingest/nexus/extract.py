"""A NeXus tree → one ExtractedRecord, every value with the path it was read from; pure."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import PurePosixPath

from catalogue.vocabulary.units import has_unit, normalise_unit
from ingest.nexus import fields
from ingest.nexus.fields import FieldRule, ParameterRule
from ingest.nexus.people import find_samples, find_users
from ingest.nexus.placeholders import note_placeholders
from ingest.nexus.search import (
    TEXT_CHARS,
    Found,
    find_in_names,
    find_text,
    find_values,
    is_usable,
)
from ingest.nexus.text import clean_text, natural_key, shorten, show
from ingest.nexus.tree import NexusFile, NexusGroup
from ingest.nexus.unreadable import UnreadableFile, refuse
from ingest.nexus.values import BadDate, parse_date, to_number, to_text
from ingest.record import (
    ExtractedParameter,
    ExtractedRecord,
    IngestContext,
    Problem,
    Severity,
    Sourced,
)

ENTRY_CLASSES = ("NXentry", "NXsubentry")


def extract_record(nexus_file: NexusFile, context: IngestContext) -> ExtractedRecord:
    """Return what the file's default entry says, with the warnings of the reader and of its own.

    `context.file_name` may be a whole path: where the file names no proposal, run or instrument,
    facilities' naming schemes find it there.

    Raises:
        UnreadableFile: `no_entry`, the file has no NXentry to read.
    """
    root = nexus_file.root
    entries = find_entries(root)
    if not entries or not entries[0].is_read:
        raise _refuse_without_entry(nexus_file)
    return _extract_entry(nexus_file, entries[0], len(entries), context)


def find_entries(root: NexusGroup) -> tuple[NexusGroup, ...]:
    """Return the entries of a file: the one that root @default leads to, then in natural order."""
    default = to_text(root.attributes.get("default")).strip("/").partition("/")[0]
    found = [group for group in root.groups if group.nx_class in ENTRY_CLASSES]
    found.sort(key=lambda entry: (entry.name != default, natural_key(entry.name)))
    return tuple(found)


def _refuse_without_entry(nexus_file: NexusFile) -> UnreadableFile:
    linked = sum(problem.code == "external_link" for problem in nexus_file.problems)
    hint = "its entries are links to other files; ingest those" if linked else "give a NeXus file"
    return refuse("no_entry", f"The file is HDF5 without an NXentry of its own; {hint}.")


def _extract_entry(
    nexus_file: NexusFile, entry: NexusGroup, count: int, context: IngestContext
) -> ExtractedRecord:
    # Paths of the mapping start at the root, so the entry stands alone below it.
    top = NexusGroup("", "/", "NXroot", nexus_file.root.attributes, (), (_as_entry(entry),))
    names = _find_names(nexus_file.root, context)
    start, end, time_problems = find_times(top, context.time_zone)
    users, user_problems = find_users(entry, top)
    proposal, visit = split_visit(_find(top, fields.PROPOSAL, names))
    parameters = tuple(find_parameters(top))
    record = ExtractedRecord(
        file_name=PurePosixPath(names[0].value).name,
        entry_path=entry.path,
        entry_count=count,
        title=find_text(top, fields.TITLE),
        start=start,
        end=end,
        definition=find_text(top, fields.DEFINITION),
        proposal=proposal,
        visit=visit,
        run_number=_find(top, fields.RUN_NUMBER, names),
        description=find_text(top, fields.DESCRIPTION),
        instrument_name=_find(top, fields.INSTRUMENT, names),
        instrument_short_name=find_text(top, fields.INSTRUMENT_SHORT_NAME),
        source_name=find_text(top, fields.SOURCE_NAME),
        source_type=find_text(top, fields.SOURCE_TYPE),
        probe=find_text(top, fields.PROBE),
        program=find_text(top, fields.PROGRAM),
        default_plot=find_default_plot(entry),
        users=users,
        samples=find_samples(entry),
        parameters=parameters,
        problems=(
            *(*nexus_file.problems, *time_problems, *user_problems),
            *find_unit_problems(parameters),
        ),
    )
    return note_placeholders(record, top, entry)


def _as_entry(entry: NexusGroup) -> NexusGroup:
    """Return an NXsubentry at the root, which some writers make, as the NXentry it stands for."""
    return NexusGroup(
        entry.name, entry.path, "NXentry", entry.attributes, entry.fields, entry.groups
    )


def _find_names(root: NexusGroup, context: IngestContext) -> tuple[Sourced[str], ...]:
    """Return the path the file has, then the one it was written under."""
    # A file name that is no UTF-8 reaches Python with lone surrogates, which no database takes.
    raw = context.file_name.encode("utf-8", "surrogateescape")
    name = clean_text(raw.decode("utf-8", "replace"))
    written = to_text(root.attributes.get("file_name"))
    return (Sourced(name, "file name"), Sourced(written, "/@file_name"))


def _find(top: NexusGroup, rule: FieldRule, names: tuple[Sourced[str], ...]) -> Sourced[str] | None:
    return find_text(top, rule) or find_in_names(names, rule)


def split_visit(
    identifier: Sourced[str] | None,
) -> tuple[Sourced[str] | None, Sourced[str] | None]:
    """Return proposal and visit of an identifier such as `cm37235-1`, else it alone."""
    match = fields.VISIT.fullmatch(identifier.value) if identifier else None
    if identifier is None or match is None:
        return identifier, None
    return (
        Sourced(match["proposal"], identifier.source),
        Sourced(match["visit"], identifier.source),
    )


def find_times(
    top: NexusGroup, time_zone: str
) -> tuple[Sourced[datetime] | None, Sourced[datetime] | None, tuple[Problem, ...]]:
    """Return start, end, and a warning for each date that is unreadable or out of order."""
    start, start_problems = find_date(top, fields.START, time_zone)
    end, end_problems = find_date(top, fields.END, time_zone)
    ordered_end, order_problems = drop_early_end(start, end)
    return start, ordered_end, (*start_problems, *end_problems, *order_problems)


def find_date(
    top: NexusGroup, rule: FieldRule, time_zone: str
) -> tuple[Sourced[datetime] | None, tuple[Problem, ...]]:
    """Return the first readable date of a rule, and a warning for each one that is not."""
    problems: list[Problem] = []
    for found in (each for path in rule.paths for each in find_values(top, path)):
        text = _date_text(found)
        if not is_usable(text, rule):
            continue
        try:
            return Sourced(parse_date(text, time_zone), found.source), tuple(problems)
        except BadDate as error:
            message = f"{found.source} {error}"
            problems.append(Problem(Severity.WARNING, "bad_date", message, found.source))
    return None, tuple(problems)


def _date_text(found: Found) -> str:
    if isinstance(found.value, tuple) and not all(isinstance(each, str) for each in found.value):
        return str(list(found.value[:4]))
    return to_text(found.value)


def drop_early_end(
    start: Sourced[datetime] | None, end: Sourced[datetime] | None
) -> tuple[Sourced[datetime] | None, tuple[Problem, ...]]:
    """Return the end, None with a warning where it comes before the start.

    Clocks of data acquisition computers disagree; the start alone still places the dataset.
    """
    if start is None or end is None or start.value <= end.value:
        return end, ()
    message = (
        f"{end.source} {end.value.isoformat()} is before {start.source} "
        f"{start.value.isoformat()}; the end was left out. Correct the clock or the file."
    )
    return None, (Problem(Severity.WARNING, "end_before_start", message, end.source),)


def find_default_plot(entry: NexusGroup) -> Sourced[str] | None:
    """Return the path of the NXdata to show: by @default, by @signal, else the first one.

    https://manual.nexusformat.org/datarules.html#find-the-plottable-data, version 3, then 2.
    """
    plots = [group for group in entry.groups if group.nx_class == "NXdata"]
    default = to_text(entry.attributes.get("default")).partition("/")[0]
    named = next((each for each in plots if each.name == default), None)
    if named is not None:
        return Sourced(named.path, f"{entry.path}@default")
    signalled = next((each for each in plots if "signal" in each.attributes), None)
    if signalled is not None:
        return Sourced(signalled.path, f"{signalled.path}@signal")
    return Sourced(plots[0].path, plots[0].path) if plots else None


def find_parameters(top: NexusGroup) -> Iterator[ExtractedParameter]:
    """Yield the quantities of the mapping that the entry holds, one value each."""
    kind = _find_radiation(top)
    for rule in fields.PARAMETERS:
        if rule.probe in ("any", kind):
            candidates = (each for path in rule.paths for each in find_values(top, path))
            parameters = (_build_parameter(rule, found) for found in candidates)
            yield from list(filter(None, parameters))[:1]


def _find_radiation(top: NexusGroup) -> str:
    """Return `particle` for neutrons, muons and electrons, `photon` for everything else."""
    said = (find_text(top, rule) for rule in (fields.PROBE, fields.SOURCE_TYPE))
    text = next((each.value.casefold() for each in said if each), "")
    return "particle" if any(name in text for name in fields.PARTICLES) else "photon"


def _build_parameter(rule: ParameterRule, found: Found) -> ExtractedParameter | None:
    value: float | str | None
    if rule.kind == "number":
        value = to_number(found.value)
    else:
        text = to_text(found.value)
        value = shorten(text, TEXT_CHARS) if is_usable(text, FieldRule(())) else None
    if value is None:
        return None
    return ExtractedParameter(rule.name, value, found.units, found.source, rule.of)


def find_unit_problems(parameters: tuple[ExtractedParameter, ...]) -> Iterator[Problem]:
    """Yield a warning for each unit that is not known; the value keeps its unit as written."""
    for parameter in parameters:
        if has_unit(parameter.unit) and normalise_unit(parameter.unit) is None:
            message = (
                f"{parameter.source} has the unknown unit {show(parameter.unit)}; the value is "
                "kept as written. Write a UDUNITS unit, e.g. mm, keV or 1/angstrom."
            )
            yield Problem(Severity.WARNING, "unknown_unit", message, parameter.source)
