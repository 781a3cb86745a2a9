"""What endpoints do wrong that a harvest can live with: a name each, and what it means for it."""

from dataclasses import dataclass
from enum import StrEnum


class Defect(StrEnum):
    """A departure from OAI-PMH 2.0 or DataCite that real endpoints have been seen with."""

    ALTERNATING_GRANULARITY = "granularity"
    BAD_DATESTAMP = "bad_datestamp"
    BAD_IDENTIFY = "bad_identify"
    BAD_RESPONSE_DATE = "bad_response_date"
    CONSTANT_DATESTAMPS = "constant_datestamps"
    DELETIONS_UNKNOWN = "deletions_unknown"
    DOI_AS_URL = "doi_as_url"
    ILLEGAL_HEADER = "illegal_header"
    INVALID_CHARACTERS = "invalid_characters"
    LIST_TRUNCATED = "list_truncated"
    MALFORMED_RECORD = "malformed_record"
    MISSING_FIELD = "missing_field"
    MISSING_YEAR = "missing_year"
    NO_IDENTIFIER = "no_identifier"
    NO_METADATA = "no_metadata"
    OVERLOADED = "overloaded"
    SET_IGNORED = "set_ignored"
    TOKEN_EXPIRED = "token_expired"  # noqa: S105 a name, no secret
    TOKEN_LOOP = "token_loop"  # noqa: S105 a name, no secret
    TRUNCATED_XML = "truncated_xml"
    UNKNOWN_CREATOR = "unknown_creator"
    WINDOW_IGNORED = "window_ignored"
    WRONG_NAMESPACE = "wrong_namespace"


# With these, records that the endpoint has may not have come: what is absent is not yet gone.
LOSING = frozenset(
    {
        Defect.LIST_TRUNCATED,
        Defect.MALFORMED_RECORD,
        Defect.NO_IDENTIFIER,
        Defect.NO_METADATA,
        Defect.TOKEN_LOOP,
        Defect.TRUNCATED_XML,
    }
)

MEANINGS = {
    Defect.ALTERNATING_GRANULARITY: "Datestamps are not in the granularity that Identify states.",
    Defect.BAD_DATESTAMP: "A datestamp is no UTCdatetime; the record is kept without one.",
    Defect.BAD_IDENTIFY: "Identify is incomplete; days are used where it states no granularity.",
    Defect.BAD_RESPONSE_DATE: "The responseDate is unusable; our own clock is used, less a day.",
    Defect.CONSTANT_DATESTAMPS: "All datestamps are the same, so changes do not show; untick "
    "“incremental” to harvest everything each time.",
    Defect.DELETIONS_UNKNOWN: "The endpoint does not keep deleted records; what is gone is noticed "
    "only when everything is harvested anew.",
    Defect.DOI_AS_URL: "The DOI is given as an identifier of another type.",
    Defect.ILLEGAL_HEADER: "A header has attributes or a status that the schema forbids.",
    Defect.INVALID_CHARACTERS: "Characters that XML forbids were left out.",
    Defect.LIST_TRUNCATED: "The list ended before its end; it was continued from its last "
    "datestamp where that was possible.",
    Defect.MALFORMED_RECORD: "A record is not well-formed XML and was left out.",
    Defect.MISSING_FIELD: "A mandatory property is missing.",
    Defect.MISSING_YEAR: "The publication year is missing; it is taken from a date, if any.",
    Defect.NO_IDENTIFIER: "A record has no usable identifier and was left out.",
    Defect.NO_METADATA: "A record that is not deleted has no metadata and was left out.",
    Defect.OVERLOADED: "The endpoint asked to wait, or had to be asked again.",
    Defect.SET_IGNORED: "Records outside the set that was asked for were listed, and left out.",
    Defect.TOKEN_EXPIRED: "The resumption token was refused; the list was begun again.",
    Defect.TOKEN_LOOP: "Resumption tokens led round in a circle; the list was ended.",
    Defect.TRUNCATED_XML: "An answer broke off; its whole records were kept.",
    Defect.UNKNOWN_CREATOR: "A creator is a placeholder such as “:unav”; it is not shown.",
    Defect.WINDOW_IGNORED: "Records older than `from` were listed: the endpoint ignores it.",
    Defect.WRONG_NAMESPACE: "The answer is not in the namespace of OAI-PMH 2.0.",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """A defect as it was met. identifier: of the record, '' where it concerns none."""

    defect: Defect
    message: str
    identifier: str = ""
