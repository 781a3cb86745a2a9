"""Which findings about a file its beamline may read, pure.

What follows from the file and the job is theirs. What follows from the catalogue may speak of other
people's teams and visits: of an error they get a general sentence, of a warning nothing, since its
coming and going would answer guesses (is this person on that team?). Data managers read it all in
the admin.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from ingest.record import Problem, Severity

GENERAL = "The catalogue does not take the file; a data manager finds the reason under Ingest runs."
IN_GENERAL = {
    "ambiguous_proposal": (
        "The proposal's number fits several proposals; write its whole code into the file, or name "
        "it in the request."
    ),
    "investigation_is_open": (
        "The visit takes no more files; name the right visit in the file or the right proposal in "
        "the request, or ask a data manager."
    ),
    "investigation_is_withdrawn": (
        "The visit takes no more files; name the right visit in the file or the right proposal in "
        "the request, or ask a data manager."
    ),
}

# What the admin knows of a finding, as JSON has it.
Finding = dict[str, Any]


def tellable(found: Iterable[Mapping[str, Any]], own: Iterable[Problem]) -> list[Finding]:
    """Returns the findings as the beamline may read them.

    found: as the run has them; own: those that follow from the file and the job alone.
    """
    known = {(each.code, each.message) for each in own}
    told = (_told(each, is_own=(each["code"], each["message"]) in known) for each in found)
    return [each for each in told if each is not None]


def other_proposal(name: str, asked: str, *, stored: str) -> Finding:
    """Returns the finding on a file that is catalogued under another proposal than the one asked.

    stored: that proposal's code, '' where it may not be told.
    """
    here = f"proposal {stored!r}" if stored else "another proposal"
    return {
        "severity": str(Severity.ERROR),
        "code": "proposal_mismatch",
        "message": f"{name}: The catalogue has the file under {here}, the request names "
        f"{asked!r}; leave the proposal out, or ask a data manager to move the dataset.",
        "path": "",
    }


def _told(finding: Mapping[str, Any], *, is_own: bool) -> Finding | None:
    if not is_own and finding["severity"] != Severity.ERROR:
        return None
    message = finding["message"] if is_own else IN_GENERAL.get(finding["code"], GENERAL)
    return {
        "severity": str(finding["severity"]),
        "code": finding["code"],
        "message": message,
        "path": finding["path"],
    }


def reason(code: str, told: Iterable[Finding]) -> Finding | None:
    """Returns the finding that keeps a file out, None where none does."""
    return next((each for each in told if code and each["code"] == code), None)
