"""Which proposal and visit a file belongs to: what it says, its path says and the job says, pure.

For each field, what is in the file comes first, then what the facility's rules read from its path,
then what the built-in patterns guess from its name, then the job. Where two of them name different
proposals, none is believed: a wrong proposal number would hand data to the wrong team.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import combinations

from ingest.record import ExtractedRecord, ExtractedSample, Problem, Severity, Sourced
from ingest.rules.naming import FROM_NAME, NO_CLAIMS, PathClaims, is_guess, visit_number

# Codes longer than this are never a proposal; the column ends here too.
LONGEST_CODE = 60
FROM_JOB = "job"


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a file's dataset goes: the code of the proposal, and the number of the visit."""

    proposal_code: str
    visit_number: int


def place(
    record: ExtractedRecord, *, job_proposal: str, claims: PathClaims = NO_CLAIMS
) -> Placement | Problem:
    """Returns where the file belongs, or why that cannot be told.

    record: what the file says. claims: what the facility's rules say of its path. job_proposal: the
    proposal that the job names, '' if it names none.
    """
    named = _named_proposals(record, claims, job_proposal)
    if not named:
        return _problem(
            "no_proposal",
            f"{record.file_name}: The file names no proposal, no rule of the facility finds one in "
            f"its path, and the job names none; name it with --proposal, or add a path rule in the "
            f"admin and try again.",
        )
    mismatch = _find_mismatch(record, named) or _find_visit_mismatch(record, claims)
    if mismatch is not None:
        return mismatch
    # Of two spellings the longer one says more: RB2310045 is not MX2310045, 2310045 may be either.
    chosen = max(named, key=lambda each: len(each.value))
    if len(chosen.value) > LONGEST_CODE:
        return _problem(
            "bad_proposal",
            f"{record.file_name}: Proposal {chosen.value[:40]!r}… is longer than {LONGEST_CODE} "
            f"characters; name it with --proposal.",
            _path_in_file(chosen),
        )
    visit = complete(record, claims, job_proposal=job_proposal).visit
    return Placement(chosen.value, visit_number(visit) or 1)


def complete(
    record: ExtractedRecord, claims: PathClaims, *, job_proposal: str = ""
) -> ExtractedRecord:
    """Returns the record with what its file does not say, each value with where it is from."""
    instrument = record.instrument_name or record.instrument_short_name
    job = Sourced(job_proposal, FROM_JOB) if job_proposal else None
    return replace(
        record,
        proposal=_prefer(record.proposal, claims.proposal) or job,
        visit=_choose_visit(record, claims),
        instrument_name=claims.instrument
        if _prefer(instrument, claims.instrument) is claims.instrument
        else record.instrument_name,
        run_number=_prefer(record.run_number, claims.run_number),
        samples=record.samples or _sample(claims.sample),
    )


def _prefer(said: Sourced[str] | None, claimed: Sourced[str] | None) -> Sourced[str] | None:
    """Returns what the file says, but a rule's word before a guess."""
    return claimed if claimed is not None and (said is None or is_guess(said)) else said


def _choose_visit(record: ExtractedRecord, claims: PathClaims) -> Sourced[str] | None:
    """A visit that was guessed together with another proposal is none of this one's."""
    visit = _prefer(record.visit, claims.visit)
    proposal = claims.proposal
    if visit is None or proposal is None or record.proposal is None or not is_guess(visit):
        return visit
    return visit if is_same_proposal(record.proposal.value, proposal.value) else None


def _sample(name: Sourced[str] | None) -> tuple[ExtractedSample, ...]:
    return (ExtractedSample(name.value, name.source),) if name else ()


def _named_proposals(
    record: ExtractedRecord, claims: PathClaims, job_proposal: str
) -> tuple[Sourced[str], ...]:
    """Returns all that names a proposal; a rule takes the place of a guess at the same path."""
    own = None if claims.proposal is not None and is_guess(record.proposal) else record.proposal
    job = Sourced(job_proposal, FROM_JOB) if job_proposal else None
    claimed = (job, own, claims.proposal, *record.further_proposals)
    return tuple(each for each in claimed if each is not None)


def _find_mismatch(record: ExtractedRecord, named: tuple[Sourced[str], ...]) -> Problem | None:
    for one, other in combinations(named, 2):
        if not is_same_proposal(one.value, other.value):
            return _problem(
                "proposal_mismatch",
                f"{record.file_name}: The {_who(other)} says proposal {other.value!r}, the "
                f"{_who(one)} says {one.value!r}; correct whichever is wrong and try again.",
                _path_in_file(other) or _path_in_file(one),
            )
    return None


def _find_visit_mismatch(record: ExtractedRecord, claims: PathClaims) -> Problem | None:
    own, claimed = visit_number(record.visit), visit_number(claims.visit)
    if record.visit is None or claims.visit is None or is_guess(record.visit) or own == claimed:
        return None
    return _problem(
        "visit_mismatch",
        f"{record.file_name}: The {_who(record.visit)} says visit {record.visit.value!r}, the "
        f"{_who(claims.visit)} says {claims.visit.value!r}; correct whichever is wrong and try "
        f"again.",
        record.visit.source,
    )


def _who(named: Sourced[str]) -> str:
    """Returns who says it, and where: `file (/entry/experiment_identifier)`."""
    if named.source == FROM_JOB:
        return "job"
    kind = "file" if _path_in_file(named) else "path"
    return f"{kind} ({named.source.removeprefix(f'{FROM_NAME}, ')})"


def _path_in_file(named: Sourced[str]) -> str:
    return named.source if named.source.startswith("/") else ""


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


def _problem(code: str, message: str, path: str = "") -> Problem:
    return Problem(Severity.ERROR, code, message, path)
