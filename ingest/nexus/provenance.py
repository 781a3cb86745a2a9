"""What a NeXus entry holds, what processed it, and the files it was made from; pure."""

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime

from ingest.nexus import fields, origins
from ingest.nexus.plan import make_plan
from ingest.nexus.quantities import PROCESSING_STEP
from ingest.nexus.rules import KindRule
from ingest.nexus.search import Values, collect_values, find_groups, find_text, find_texts
from ingest.nexus.tree import NexusGroup
from ingest.nexus.values import BadDate, parse_date, to_number, to_text
from ingest.record import ExtractedParameter, ExtractedProcess, Kind, Sourced

MANTID = "Mantid"
NOTES = make_plan((*origins.MANTID_NOTES, origins.MANTID_ENVIRONMENT))


def find_kind(values: Values) -> Sourced[Kind] | None:
    """Return what the file says it holds, None where it says nothing; then it is raw."""
    return next(filter(None, (_apply(rule, values) for rule in origins.KINDS)), None)


def _apply(rule: KindRule, values: Values) -> Sourced[Kind] | None:
    for found in (found for path in rule.paths for found in values.get(path, ())):
        if rule.pattern.search(to_text(found.value)):
            return Sourced(rule.kind, found.source)
    return None


def find_processes(root: NexusGroup, time_zone: str) -> tuple[ExtractedProcess, ...]:
    """Return the processing that led to the data, in the order in which it was done."""
    groups = [
        group for path in origins.PROCESS_GROUPS for group in find_groups(root, path.split("/"))
    ]
    groups.sort(key=_order_of)
    return tuple(process for group in groups for process in _processes_of(group, time_zone))


def find_program(
    values: Values, processes: tuple[ExtractedProcess, ...]
) -> tuple[Sourced[str] | None, Sourced[str] | None]:
    """Return the program that wrote the data and its version.

    It is the one of the entry, else of the first step of processing, else of the file.
    """
    if program := find_text(values, fields.PROGRAM):
        return program, find_text(values, origins.PROGRAM_VERSION)
    for step in processes:
        version = Sourced(step.version, step.source) if step.version else None
        return Sourced(step.program, step.source), version
    for writer, version_of_it in fields.WRITERS:
        if program := find_text(values, writer):
            return program, find_text(values, version_of_it)
    return None, None


def describe_steps(processes: tuple[ExtractedProcess, ...]) -> Iterator[ExtractedParameter]:
    """Yield each step of processing in words: program, version, and when it ran."""
    for step in processes:
        words = f"{step.program} {step.version}".rstrip()
        if step.date:
            words = f"{words}, {step.date.isoformat(sep=' ', timespec='seconds')}"
        yield ExtractedParameter(PROCESSING_STEP, words, "", step.source)


def _order_of(group: NexusGroup) -> float:
    field = group.fields.get(origins.PROCESS_ORDER.paths[0])
    return (to_number(field.value) if field else None) or 0


def _processes_of(group: NexusGroup, time_zone: str) -> Iterator[ExtractedProcess]:
    values = collect_values(group, NOTES)
    program = find_text(values, origins.PROCESS_PROGRAM)
    version = find_text(values, origins.PROCESS_VERSION)
    if program:
        date = _date_of(values, time_zone)
        yield ExtractedProcess(
            program.value, program.source, version.value if version else "", date
        )
    elif any(path in values for path in origins.MANTID_NOTES):
        texts = (to_text(found.value) for found in values.get(origins.MANTID_ENVIRONMENT, ()))
        matches = (origins.MANTID_VERSION.search(text) for text in texts)
        found_version = next((match["value"] for match in matches if match), "")
        yield ExtractedProcess(MANTID, group.path, found_version, _mantid_date(values))


def _date_of(values: Values, time_zone: str) -> datetime | None:
    found = find_text(values, origins.PROCESS_DATE)
    try:
        return parse_date(found.value, time_zone) if found else None
    except BadDate:
        return None


def _mantid_date(values: Values) -> datetime | None:
    """Return when the first algorithm ran; Mantid writes it in UTC, without saying so."""
    for found in (found for path in origins.MANTID_NOTES for found in values.get(path, ())):
        if match := origins.MANTID_DATE.search(to_text(found.value)):
            with suppress(BadDate):
                return parse_date(match["value"], "UTC")
    return None


def find_inputs(root: NexusGroup, values: Values) -> tuple[Sourced[str], ...]:
    """Return the files that the data were made from, as they are named, each once."""
    named = [
        Sourced(name, text.source)
        for text in find_texts(values, origins.INPUTS)
        for name in _split(text.value)
    ]
    for path in origins.PROCESS_GROUPS:
        for group in find_groups(root, path.split("/")):
            named.extend(_mantid_inputs(group))
    return tuple({each.value: each for each in reversed(named)}.values())[::-1]


def _mantid_inputs(group: NexusGroup) -> Iterator[Sourced[str]]:
    values = collect_values(group, NOTES)
    for found in (found for path in origins.MANTID_NOTES for found in values.get(path, ())):
        text = to_text(found.value)
        if origins.MANTID_LOAD.match(text) and (match := origins.MANTID_INPUT.search(text)):
            for name in _split(match["value"]):
                yield Sourced(name, found.source)


def _split(text: str) -> list[str]:
    """Return the file names of a list; `a.nxs+b.nxs` is how Mantid adds two up."""
    return [name for name in re.split(r"\s*[,;+\n]\s*", text) if name]
