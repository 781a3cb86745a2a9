"""A NeXus tree → one ExtractedRecord, every value with the path it was read from; pure."""

from dataclasses import replace
from datetime import datetime
from pathlib import PurePosixPath

from ingest.nexus import fields, origins
from ingest.nexus.mapping import PLAN
from ingest.nexus.parameters import find_parameters, find_unit_problems
from ingest.nexus.people import find_samples, find_users, put_own_sample_first
from ingest.nexus.placeholders import note_placeholders
from ingest.nexus.provenance import (
    describe_steps,
    find_inputs,
    find_kind,
    find_processes,
    find_program,
)
from ingest.nexus.rules import FieldRule
from ingest.nexus.search import (
    Found,
    Values,
    collect_values,
    find_groups,
    find_in_names,
    find_text,
    is_usable,
    supplement,
)
from ingest.nexus.text import clean_text
from ingest.nexus.tree import NexusFile, NexusGroup, default_steps
from ingest.nexus.unreadable import UnreadableFile, refuse
from ingest.nexus.values import BadDate, parse_date, to_text
from ingest.record import (
    ExtractedRecord,
    IngestContext,
    Problem,
    Severity,
    Sourced,
)


def extract_record(nexus_file: NexusFile, context: IngestContext) -> ExtractedRecord:
    """Return what the file's default entry says, with the warnings of the reader and of its own.

    `context.file_name` may be a whole path: where the file names no proposal, run or instrument,
    facilities' naming schemes find it there.

    Raises:
        UnreadableFile: `no_entry`, the file has no NXentry to read.
    """
    entries = nexus_file.root.groups
    if not entries:
        raise _refuse_without_entry(nexus_file)
    return _extract_entry(nexus_file, entries[0], len(entries), context)


def _refuse_without_entry(nexus_file: NexusFile) -> UnreadableFile:
    linked = sum(problem.code == "external_link" for problem in nexus_file.problems)
    hint = "its entries are links to other files; ingest those" if linked else "give a NeXus file"
    return refuse("no_entry", f"The file is HDF5 without an NXentry of its own; {hint}.")


def _find_measured(root: NexusGroup) -> NexusGroup | None:
    """Return the root of the entry beside the default one, where the reader has read it."""
    beside = next((each for each in root.groups[1:2] if each.is_read), None)
    return replace(root, groups=(replace(beside, nx_class="NXentry"),)) if beside else None


def _extract_entry(
    nexus_file: NexusFile, entry: NexusGroup, count: int, context: IngestContext
) -> ExtractedRecord:
    # Paths of the mapping start at the root, so the entry stands alone below it; some writers make
    # it an NXsubentry.
    entry = put_own_sample_first(replace(entry, nx_class="NXentry"))
    root = replace(nexus_file.root, groups=(entry,))
    values: Values = collect_values(root, PLAN)
    measured = _find_measured(nexus_file.root)
    if measured:
        values = supplement(values, collect_values(measured, PLAN), fields.OF_THE_MEASUREMENT)
    names = _find_names(nexus_file.root, context)
    start, end, time_problems = find_times(values, context.time_zone)
    users, user_problems = find_users(root, values)
    if measured and not users:
        users, user_problems = find_users(measured, values)
    claims = [split_visit(each) for each in find_proposals(values, nexus_file.root, names)]
    proposal, visit = claims[0] if claims else (None, None)
    others = {each.value: each for each, _ in reversed(claims[1:]) if each}
    processes = find_processes(root, context.time_zone)
    parameters = (*find_parameters(values), *describe_steps(processes))
    program, program_version = find_program(values, processes)
    record = ExtractedRecord(
        file_name=PurePosixPath(names[0].value).name,
        entry_path=entry.path,
        entry_count=count,
        title=find_text(values, fields.TITLE),
        start=start,
        end=end,
        definition=find_text(values, fields.DEFINITION),
        proposal=proposal,
        further_proposals=tuple(
            each for code, each in others.items() if not proposal or code != proposal.value
        ),
        visit=visit,
        run_number=_find(values, fields.RUN_NUMBER, names),
        description=find_text(values, fields.DESCRIPTION),
        instrument_name=_find(values, fields.INSTRUMENT, names),
        instrument_short_name=find_text(values, fields.INSTRUMENT_SHORT_NAME),
        source_name=find_text(values, fields.SOURCE_NAME) or find_text(values, fields.FACILITY),
        source_type=find_text(values, fields.SOURCE_TYPE),
        probe=find_text(values, fields.PROBE),
        program=program,
        program_version=program_version,
        default_plot=find_default_plot(root),
        kind=find_kind(values),
        users=users,
        samples=find_samples(root),
        parameters=parameters,
        processes=processes,
        inputs=find_inputs(root, values),
        problems=(
            *(*nexus_file.problems, *time_problems, *user_problems),
            *find_unit_problems(parameters),
        ),
    )
    return note_placeholders(record, values)


def _find_names(root: NexusGroup, context: IngestContext) -> tuple[Sourced[str], ...]:
    """Return the path the file has, then the one it was written under."""
    # A file name that is no UTF-8 reaches Python with lone surrogates, which no database takes.
    raw = context.file_name.encode("utf-8", "surrogateescape")
    name = clean_text(raw.decode("utf-8", "replace"))
    written = to_text(root.attributes.get("file_name"))
    return (Sourced(name, "file name"), Sourced(written, "/@file_name"))


def _find(values: Values, rule: FieldRule, names: tuple[Sourced[str], ...]) -> Sourced[str] | None:
    return find_text(values, rule) or find_in_names(names, rule)


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


def find_proposals(
    values: Values, root: NexusGroup, names: tuple[Sourced[str], ...]
) -> list[Sourced[str]]:
    """Return every identifier that names a proposal, the one to believe first.

    It is the default entry's, else another entry's, else what a naming scheme finds.
    """
    entries = (replace(each, nx_class="NXentry") for each in root.groups[1:])
    beside = (collect_values(replace(root, groups=(entry,)), PLAN) for entry in entries)
    found = [find_text(each, fields.PROPOSAL) for each in (values, *beside)]
    return [each for each in found if each] or [
        each for each in (find_in_names(names, fields.PROPOSAL),) if each
    ]


def find_times(
    values: Values, time_zone: str
) -> tuple[Sourced[datetime] | None, Sourced[datetime] | None, tuple[Problem, ...]]:
    """Return start, end, and a warning for each date that is unreadable or out of order."""
    start, start_problems = find_date(values, fields.START, time_zone)
    end, end_problems = find_date(values, fields.END, time_zone)
    ordered_end, order_problems = drop_early_end(start, end)
    return start, ordered_end, (*start_problems, *end_problems, *order_problems)


def find_date(
    values: Values, rule: FieldRule, time_zone: str
) -> tuple[Sourced[datetime] | None, tuple[Problem, ...]]:
    """Return the first readable date of a rule, and a warning for each one that is not."""
    problems: list[Problem] = []
    for found in (each for path in rule.paths for each in values.get(path, ())):
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


def find_default_plot(root: NexusGroup) -> Sourced[str] | None:
    """Return the path of the NXdata to show: by @default, by @signal, else the first one.

    https://manual.nexusformat.org/datarules.html#find-the-plottable-data: version 3 has @default
    from group to group and @signal of the NXdata, version 1 and 2 have @signal=1 of a field.
    """
    if named := _follow_default(root.groups[0]):
        return named
    paths = origins.PLOT_GROUPS
    plots = [data for path in paths for data in find_groups(root, path.split("/"))]
    for data in plots:
        if "signal" in data.attributes:
            return Sourced(data.path, f"{data.path}@signal")
    for data in plots:
        for field in data.fields.values():
            return Sourced(data.path, f"{field.path}@signal")
    return Sourced(plots[0].path, plots[0].path) if plots else None


def _follow_default(entry: NexusGroup) -> Sourced[str] | None:
    """Return the NXdata that @default leads to from group to group, None where it leads astray."""
    here, source = entry, entry
    steps = default_steps(entry.name, entry.attributes)
    while steps:
        child = next((each for each in here.groups if each.name == steps[0]), None)
        if child is None:
            return None
        if child.nx_class == "NXdata":
            return Sourced(child.path, f"{source.path}@default")
        here, steps = child, steps[1:]
        if not steps:
            source, steps = child, default_steps(child.name, child.attributes)
    return None
