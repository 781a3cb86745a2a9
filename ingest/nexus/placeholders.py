"""What stands in a file in place of a value and says nothing, as findings; pure."""

from collections.abc import Iterator
from dataclasses import replace

from ingest.nexus import fields
from ingest.nexus.fields import FieldRule
from ingest.nexus.people import SAMPLE_GROUPS, USER_GROUPS
from ingest.nexus.search import find_groups, find_values, is_usable
from ingest.nexus.text import show
from ingest.nexus.tree import NexusGroup
from ingest.nexus.values import to_text
from ingest.quality import FIELD, PLACEHOLDER_CODE
from ingest.record import ExtractedRecord, Problem, Severity

# The fields of a record, by their name in the quality report, and where they come from.
TEXTS = {
    "proposal": ("proposal", fields.PROPOSAL),
    "title": ("title", fields.TITLE),
    "start": ("start", fields.START),
    "end": ("end", fields.END),
    "instrument": ("instrument_name", fields.INSTRUMENT),
    "definition": ("definition", fields.DEFINITION),
    "run_number": ("run_number", fields.RUN_NUMBER),
    "source": ("source_name", fields.SOURCE_NAME),
    "probe": ("probe", fields.PROBE),
    "program": ("program", fields.PROGRAM),
}
GROUPS = {
    "users": ("users", USER_GROUPS, fields.USER_NAME),
    "sample": ("samples", SAMPLE_GROUPS, fields.SAMPLE_NAME),
}


def note_placeholders(
    record: ExtractedRecord, top: NexusGroup, entry: NexusGroup
) -> ExtractedRecord:
    """Return the record with a warning `placeholder_…` for each field that only seems to be said.

    Only what a record lacks is looked for again, so that a complete file costs nothing.
    """
    problems = (*_find_in_texts(record, top), *_find_in_groups(record, entry))
    return replace(record, problems=(*record.problems, *problems)) if problems else record


def _find_in_texts(record: ExtractedRecord, top: NexusGroup) -> Iterator[Problem]:
    for name, (attribute, rule) in TEXTS.items():
        if getattr(record, attribute) is None:
            yield from _first(name, top, rule)


def _find_in_groups(record: ExtractedRecord, entry: NexusGroup) -> Iterator[Problem]:
    for name, (attribute, places, rule) in GROUPS.items():
        if not getattr(record, attribute):
            groups = (group for steps in places for group in find_groups(entry, steps))
            yield from [each for group in groups for each in _first(name, group, rule)][:1]


def _first(name: str, top: NexusGroup, rule: FieldRule) -> Iterator[Problem]:
    """Yield the finding on the best candidate that is there, unless it says something."""
    found = next((each for path in rule.paths for each in find_values(top, path)), None)
    if found is None or is_usable(text := to_text(found.value), rule):
        return  # a date that cannot be read is usable text, and has a finding of its own
    holds = f"holds {show(text)}, which says nothing" if text else "is empty"
    message = f"{found.source} {holds}; write {FIELD[name].advice}."
    yield Problem(Severity.WARNING, PLACEHOLDER_CODE + name, message, found.source)
