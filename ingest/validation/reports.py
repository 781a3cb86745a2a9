"""Validation on request: datafiles in, a report for each, safe to do twice."""

import logging
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import islice

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from catalogue.models import Datafile
from ingest.models import ValidationReport
from ingest.validation.process import validate_files
from ingest.validation.result import Validation, not_validated

logger = logging.getLogger(__name__)

# Rows looked up at a time: a facility has more files than memory should hold.
CHUNK = 200
_VALUES = (
    *("state", "code", "reason", "definition", "validator", "errors", "warnings", "findings"),
    *("size_bytes", "modified", "validated_at"),
)


def not_yet_validated(files: QuerySet[Datafile]) -> QuerySet[Datafile]:
    """Returns those files that have no report, or one on what they held before."""
    fresh = ValidationReport.objects.fresh().filter(datafile=OuterRef("pk"))
    return files.filter(~Exists(fresh))


def validate_datafiles(ids: Iterable[int], *, now: datetime) -> Iterator[ValidationReport]:
    """Validates files and yields the report of each, committed by then.

    A file that is gone, or has changed since it was ingested, gets a report that says so; one that
    was deleted from the catalogue meanwhile gets none.

    Raises:
        SandboxError: the validator does not start.
    """
    remaining = iter(ids)
    while chunk := list(islice(remaining, CHUNK)):
        files = {row.path: row for row in Datafile.objects.filter(pk__in=chunk).order_by("pk")}
        yield from _validate(files, now)


def _validate(files: dict[str, Datafile], now: datetime) -> Iterator[ValidationReport]:
    unequal = {path: why for path, row in files.items() if (why := _difference(row)) is not None}
    results = validate_files(
        [path for path in files if path not in unequal], deadline_s=settings.VALIDATION_DEADLINE_S
    )
    for path, result in unequal.items():
        yield from _store(files[path], result, now)
    for path, result in results:
        # Looked at again: the result is of the file as it is now.
        yield from _store(files[path], _difference(files[path]) or result, now)


def _difference(file: Datafile) -> Validation | None:
    """Returns the result for a file that is not what the catalogue holds, None where it is."""
    try:
        status = os.lstat(file.path)
    except OSError as error:
        message = f"The file cannot be looked at ({error.strerror}); was it moved?"
        return not_validated("not_found", message)
    modified = datetime.fromtimestamp(status.st_mtime_ns / 1e9, UTC)
    if (status.st_size, modified) == (file.size_bytes, file.modified):
        return None
    message = "The file has changed since it was ingested; ingest it again, then validate it."
    return not_validated("changed", message)


def _store(file: Datafile, result: Validation, now: datetime) -> Sequence[ValidationReport]:
    report = ValidationReport(
        datafile=file,
        **{name: getattr(result, name) for name in _VALUES[:7]},
        findings=[asdict(finding) for finding in result.findings],
        size_bytes=file.size_bytes or 0,
        modified=file.modified,
        validated_at=now,
    )
    try:
        with transaction.atomic():
            return ValidationReport.objects.bulk_create(
                [report],
                update_conflicts=True,
                unique_fields=["datafile"],
                update_fields=_VALUES,
            )
    except IntegrityError:
        logger.info("datafile %s was deleted while it was validated", file.pk)
        return []


def files_of(*, facility: str, instrument: str, dataset: str) -> QuerySet[Datafile]:
    """Returns the files of a facility, an instrument and a dataset; '' means any."""
    chosen = Q()
    for name, value in (
        ("dataset__investigation__proposal__facility__slug", facility),
        ("dataset__instrument__slug", instrument),
        ("dataset__uid", dataset),
    ):
        if value:
            chosen &= Q(**{name: value})
    return Datafile.objects.filter(chosen)
