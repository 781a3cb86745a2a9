"""Which proposal and visit a file belongs to: its own claim against what the job says, pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from ingest.record import ExtractedRecord, Problem, Severity

# Codes longer than this are never a proposal; the column ends here too.
LONGEST_CODE = 60


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a file's dataset goes: the code of the proposal, and the number of the visit."""

    proposal_code: str
    visit_number: int


def place(record: ExtractedRecord, *, job_proposal: str) -> Placement | Problem:
    """Returns where the file belongs, or why that cannot be told.

    job_proposal: the proposal that the job names, '' if it names none. A file that claims another
    one is never believed nor overruled: a wrong proposal number would hand data to the wrong team.
    """
    claim = record.proposal
    if claim is None and not job_proposal:
        return _problem(
            "no_proposal",
            f"{record.file_name}: The file names no proposal, and neither does the job; "
            f"name it with --proposal.",
        )
    if claim is not None and job_proposal and not is_same_proposal(claim.value, job_proposal):
        return _problem(
            "proposal_mismatch",
            f"{record.file_name}: The file says proposal {claim.value!r}, the job says "
            f"{job_proposal!r}; correct whichever is wrong and try again.",
            claim.source,
        )
    code = job_proposal or (claim.value if claim else "")
    if len(code) > LONGEST_CODE:
        return _problem(
            "bad_proposal",
            f"{record.file_name}: Proposal {code[:40]!r}… is longer than {LONGEST_CODE} "
            f"characters; name it with --proposal.",
            claim.source if claim else "",
        )
    return Placement(code, _visit_number(record))


def is_same_proposal(one: str, other: str) -> bool:
    """Tells whether two spellings name one proposal: RB2310045 is 2310045 is rb2310045."""
    one, other = one.strip().casefold(), other.strip().casefold()
    if one == other:
        return True
    plain, coded = sorted((one, other), key=len)
    return plain.isdigit() and coded.endswith(plain) and coded.removesuffix(plain).isalpha()


def fitting_proposals(code: str, known: Iterable[str]) -> list[str]:
    """Returns which of the known codes a file's code may mean: the one that is equal, if any.

    A bare number that is also another proposal's, 10045 beside RB10045, says nothing of a third
    with a prefix of its own, MX10045.
    """
    known = list(known)
    if code in known:
        return [code]
    exact = [each for each in known if each.casefold() == code.strip().casefold()]
    loose = [each for each in known if is_same_proposal(each, code)]
    bare = code.isdigit()
    if not bare and loose and len([each for each in known if is_same_proposal(each, loose[0])]) > 1:
        loose = []
    return exact or loose


def _visit_number(record: ExtractedRecord) -> int:
    text = record.visit.value if record.visit else ""
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text) < 32768 else 1


def _problem(code: str, message: str, path: str = "") -> Problem:
    return Problem(Severity.ERROR, code, message, path)
