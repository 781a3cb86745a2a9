"""What stands in a file in place of a value and says nothing, as findings; pure."""

from collections.abc import Iterator
from dataclasses import replace

from ingest.nexus import fields
from ingest.nexus.rules import FieldRule
from ingest.nexus.search import Values, is_usable
from ingest.nexus.text import show
from ingest.nexus.values import to_text
from ingest.quality.readiness import FIELD, PLACEHOLDER_CODE
from ingest.record import ExtractedRecord, Problem, Severity


def _below(groups: tuple[str, ...], rule: FieldRule) -> FieldRule:
    """Return the rule of a field of people or samples with its paths from the root on."""
    return replace(rule, paths=tuple(f"{group}/{path}" for group in groups for path in rule.paths))


# The fields of a record, by their name in the quality report, and where they come from.
RULES = {
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
    "users": ("users", _below(fields.USER_GROUPS, fields.USER_NAME)),
    "sample": ("samples", _below(fields.SAMPLE_GROUPS, fields.SAMPLE_NAME)),
}


def note_placeholders(record: ExtractedRecord, values: Values) -> ExtractedRecord:
    """Return the record with a warning `placeholder_…` for each field that only seems to be said.

    Only what a record lacks is looked for again, so that a complete file costs nothing.
    """
    problems = tuple(_find(record, values))
    return replace(record, problems=(*record.problems, *problems)) if problems else record


def _find(record: ExtractedRecord, values: Values) -> Iterator[Problem]:
    for name, (attribute, rule) in RULES.items():
        if not getattr(record, attribute):
            yield from _first(name, values, rule)


def _first(name: str, values: Values, rule: FieldRule) -> Iterator[Problem]:
    """Yield the finding on the best candidate that is there, unless it says something."""
    found = next((each for path in rule.paths for each in values.get(path, ())), None)
    if found is None or is_usable(text := to_text(found.value), rule):
        return  # a date that cannot be read is usable text, and has a finding of its own
    holds = f"holds {show(text)}, which says nothing" if text else "is empty"
    message = f"{found.source} {holds}; write {FIELD[name].advice}."
    yield Problem(Severity.WARNING, PLACEHOLDER_CODE + name, message, found.source)
