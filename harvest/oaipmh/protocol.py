"""OAI-PMH 2.0 as data: verbs and their arguments, error codes, datestamps."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

GRANULARITY = "YYYY-MM-DDThh:mm:ssZ"

# OAI-PMH 2.0 §3.6.
ErrorCode = Literal[
    "badArgument",
    "badResumptionToken",
    "badVerb",
    "cannotDisseminateFormat",
    "idDoesNotExist",
    "noMetadataFormats",
    "noRecordsMatch",
    "noSetHierarchy",
]


class Verb(StrEnum):
    """OAI-PMH 2.0 §4."""

    GET_RECORD = "GetRecord"
    IDENTIFY = "Identify"
    LIST_IDENTIFIERS = "ListIdentifiers"
    LIST_METADATA_FORMATS = "ListMetadataFormats"
    LIST_RECORDS = "ListRecords"
    LIST_SETS = "ListSets"


class Use(StrEnum):
    """How a verb takes an argument; an exclusive one comes alone and replaces the required ones."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    EXCLUSIVE = "exclusive"


_LIST = {
    "metadataPrefix": Use.REQUIRED,
    "from": Use.OPTIONAL,
    "until": Use.OPTIONAL,
    "set": Use.OPTIONAL,
    "resumptionToken": Use.EXCLUSIVE,
}
ARGUMENTS: Mapping[Verb, Mapping[str, Use]] = {
    Verb.GET_RECORD: {"identifier": Use.REQUIRED, "metadataPrefix": Use.REQUIRED},
    Verb.IDENTIFY: {},
    Verb.LIST_IDENTIFIERS: _LIST,
    Verb.LIST_METADATA_FORMATS: {"identifier": Use.OPTIONAL},
    Verb.LIST_RECORDS: _LIST,
    Verb.LIST_SETS: {"resumptionToken": Use.EXCLUSIVE},
}


@dataclass(frozen=True, slots=True)
class OaiError:
    """One error condition of a reply; the message is for the people who read a harvester's log."""

    code: ErrorCode
    message: str


class ProtocolError(Exception):
    """A request that is answered with errors: `errors` holds every one found, at least one."""

    def __init__(self, *errors: OaiError) -> None:
        super().__init__("; ".join(f"{error.code}: {error.message}" for error in errors))
        self.errors = errors


# OAI-PMH 2.0 §3.3: the two forms of UTCdatetime. Only ASCII digits: `\d` would take Arabic ones.
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SECOND = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


@dataclass(frozen=True, slots=True)
class Datestamp:
    """A `from` or `until`: the first second it names, UTC, and whether it names a whole day."""

    start: datetime
    is_day: bool

    @property
    def end(self) -> datetime:
        """The last second it names: `until` a day means to 23:59:59 (OAI-PMH 2.0 §2.7.1)."""
        return self.start + timedelta(days=1, seconds=-1) if self.is_day else self.start


def parse_datestamp(text: str) -> Datestamp | None:
    """Returns the datestamp, or None where the text is no UTCdatetime or no day of the calendar."""
    is_day = bool(_DAY.fullmatch(text))
    if not is_day and not _SECOND.fullmatch(text):
        return None
    try:
        start = datetime.fromisoformat(text if not is_day else f"{text}T00:00:00Z")
    except ValueError:
        return None
    return Datestamp(start, is_day)
