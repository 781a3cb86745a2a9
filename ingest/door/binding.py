"""A job that is bound to one instrument: what its files say of instrument and facility, pure."""

import re
import unicodedata
from dataclasses import dataclass, replace

from ingest.record import ExtractedRecord, Problem, Severity, Sourced

# Where a value comes from the job, and not from the file.
FROM_JOB = "job"


@dataclass(frozen=True, slots=True)
class Binding:
    """The instrument that all files of a job are of.

    slug: its short name, by which it is found again; instrument, facility: as people write them;
    …_names: every spelling that means them; other_facilities: what means another facility.
    """

    instrument_id: int
    slug: str
    instrument: str
    instrument_names: frozenset[str]
    facility: str
    facility_names: frozenset[str]
    other_facilities: frozenset[str]


def bind(record: ExtractedRecord, binding: Binding) -> ExtractedRecord | Problem:
    """Returns the record as one of the job's instrument, or why it is not.

    A file that names no instrument is the job's. One that names another is neither believed nor
    overruled (`instrument_mismatch`), nor is one whose source is that of another facility
    (`facility_mismatch`); a source that no facility goes by, such as `wiggler`, says nothing.
    """
    return (
        _other_facility(record, binding)
        or _other_instrument(record, binding)
        or _own(record, binding)
    )


def spelling(name: str) -> str:
    """Returns a name without case, accents and punctuation: `Loki-2` and `LOKI 2` are one."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    return re.sub(r"[\W_]+", "", plain)


def spellings(*names: str) -> frozenset[str]:
    return frozenset(filter(None, map(spelling, names)))


def _claims(record: ExtractedRecord) -> list[Sourced[str]]:
    named = (record.instrument_name, record.instrument_short_name)
    return [each for each in named if each is not None and spelling(each.value)]


def _other_instrument(record: ExtractedRecord, binding: Binding) -> Problem | None:
    claims = _claims(record)
    if not claims or any(spelling(each.value) in binding.instrument_names for each in claims):
        return None
    return Problem(
        Severity.ERROR,
        "instrument_mismatch",
        f"{record.file_name}: The file says instrument {claims[0].value[:200]!r}, the job is of "
        f"{binding.instrument!r}; correct the file, hand it in for the right instrument, or give "
        f"the instrument this name in the admin.",
        claims[0].source,
    )


def _other_facility(record: ExtractedRecord, binding: Binding) -> Problem | None:
    claim = record.source_name
    if claim is None or spelling(claim.value) not in (
        binding.other_facilities - binding.facility_names
    ):
        return None
    return Problem(
        Severity.ERROR,
        "facility_mismatch",
        f"{record.file_name}: The file says source {claim.value[:200]!r}, the job is of "
        f"{binding.facility!r}; correct the file, or hand it in at the right facility.",
        claim.source,
    )


def _own(record: ExtractedRecord, binding: Binding) -> ExtractedRecord:
    claims = _claims(record)
    source = claims[0].source if claims else FROM_JOB
    return replace(
        record,
        instrument_name=Sourced(binding.slug, source),
        instrument_short_name=None,
    )
