"""The process that validates: takes paths on its standard input, answers with results.

Started by `ingest.validation.process` with a bare environment, and forks once per file: what
nexusformat keeps of one file in global objects never meets another, and the power to open files is
given up for good.
"""

import os
import sys
from dataclasses import replace
from typing import Any, BinaryIO

from ingest.nexus.definitions import find_violations, load_definitions
from ingest.nexus.extract import extract_record
from ingest.nexus.fields import DEFINITION
from ingest.nexus.mapping import PLAN
from ingest.nexus.outside import check_no_outside
from ingest.nexus.reader import read_nexus
from ingest.nexus.sniff import check_signature, open_regular
from ingest.nexus.unreadable import UnreadableFile
from ingest.record import ExtractedRecord, IngestContext, Problem, Severity
from ingest.sandbox.child import allow_seconds, drop_powers, receive, send
from ingest.validation.result import (
    Validation,
    ValidationState,
    not_validated,
    state_of,
    worst_first,
)

# The largest of 1254 real files has 121 825 objects and would take nexusformat minutes.
MAX_OBJECTS = 20_000
MAX_FINDINGS = 200


def validate(path: str) -> Validation:
    """Return the result for one file; nothing is raised but by the end of the process."""
    try:
        return _validate(path)
    except UnreadableFile as error:
        return not_validated(error.problem.code, error.problem.message)
    except MemoryError:
        return not_validated("out_of_memory", "Validating the file takes more memory than it may.")
    except Exception as error:
        # nexusformat fails on one real file in sixty: at odd links, odd types, deep nesting.
        message = f"nexusformat failed on the file ({type(error).__name__}); run nxcheck on it."
        return not_validated("validator_failed", message)


def _validate(path: str) -> Validation:
    descriptor = open_regular(path)
    try:
        check_signature(descriptor)
        check_no_outside(descriptor, max_objects=MAX_OBJECTS)
    finally:
        os.close(descriptor)
    record = extract_record(read_nexus(path, PLAN), IngestContext(path, "UTC"))
    definition = _name_definition(record)
    definitions = load_definitions()
    is_known = definition in definitions.applications
    found = find_violations(
        path, entry_path=record.entry_path, definition=definition if is_known else ""
    )
    result = replace(_sum_up(found), validator=definitions.validator, definition=definition)
    return result if is_known or not definition else _unknown(result, definition)


def _name_definition(record: ExtractedRecord) -> str:
    """Return the definition of the entry; other fields only stand in for it in the catalogue."""
    found = record.definition
    is_its_own = found is not None and found.source.endswith(f"/{DEFINITION_FIELD}")
    return found.value[:100] if found and is_its_own else ""


DEFINITION_FIELD = DEFINITION.paths[0].rpartition("/")[2]


def _sum_up(found: tuple[Problem, ...]) -> Validation:
    errors = sum(each.severity is Severity.ERROR for each in found)
    warnings = len(found) - errors
    return Validation(
        state_of(errors, warnings),
        errors=errors,
        warnings=warnings,
        findings=worst_first(found)[:MAX_FINDINGS],
    )


def _unknown(result: Validation, definition: str) -> Validation:
    """Return the result of the base classes alone under a definition that NeXus does not have."""
    reason = (
        f"NeXus has no application definition {definition!r}; only the base classes were checked. "
        "Write one that exists, e.g. NXsas, into /NXentry/definition, or leave it out."
    )
    return replace(
        result, state=ValidationState.NOT_VALIDATED, code="unknown_definition", reason=reason
    )


def serve(requests: BinaryIO, replies: BinaryIO) -> None:
    """Answer each request with a Validation until the requests end."""
    send(replies, "ready")
    while (request := receive(requests)) is not None:
        child = os.fork()
        if child == 0:
            _answer(replies, request)
        _, status = os.waitpid(child, 0)
        if status != 0:
            send(replies, _crashed(status))


def _answer(replies: BinaryIO, request: Any) -> None:
    """Answer and end this process at once: no clean-up of the parent's must run here."""
    status = 1
    try:
        allow_seconds(request["deadline_s"])
        send(replies, validate(request["path"]))
        status = 0
    finally:
        os._exit(status)


def _crashed(status: int) -> Validation:
    code = os.waitstatus_to_exitcode(status)
    end = f"signal {-code}" if code < 0 else f"status {code}"
    message = f"The validator died of the file ({end}); check the file with h5dump -H."
    return not_validated("validator_died", message)


def main() -> None:
    """Serve the parent over the standard streams, which nothing else may write to."""
    replies = os.fdopen(os.dup(1), "wb")
    # nexusformat prints: what it prints goes nowhere.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    load_definitions()
    drop_powers(int(sys.argv[1]))
    serve(sys.stdin.buffer, replies)


if __name__ == "__main__":
    main()
