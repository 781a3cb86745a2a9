"""Which proposal a file goes to: its own claim against the job's."""

import pytest

from ingest.placement import Placement, fitting_proposals, is_same_proposal, place
from ingest.record import ExtractedRecord, Problem, Sourced


def record(proposal: str = "", visit: str = "") -> ExtractedRecord:
    return ExtractedRecord(
        file_name="run.nxs",
        entry_path="/entry",
        entry_count=1,
        proposal=Sourced(proposal, "/entry/experiment_identifier") if proposal else None,
        visit=Sourced(visit, "/entry/experiment_identifier") if visit else None,
    )


@pytest.mark.parametrize(
    ("claim", "visit", "job", "expected"),
    [
        ("cm37235", "2", "", Placement("cm37235", 2)),
        ("cm37235", "2", "CM37235", Placement("CM37235", 2)),
        ("2310045", "", "RB2310045", Placement("RB2310045", 1)),
        ("", "", "RB2310045", Placement("RB2310045", 1)),
        ("cm37235", "x", "", Placement("cm37235", 1)),
        ("cm37235", "99999", "", Placement("cm37235", 1)),
    ],
)
def test_a_file_is_placed(claim: str, visit: str, job: str, expected: Placement) -> None:
    assert place(record(claim, visit), job_proposal=job) == expected


def test_a_file_that_claims_another_proposal_is_neither_believed_nor_overruled() -> None:
    problem = place(record("RB2310045"), job_proposal="RB2310046")
    assert isinstance(problem, Problem)
    assert problem.code == "proposal_mismatch"
    assert "'RB2310045'" in problem.message
    assert "'RB2310046'" in problem.message
    assert problem.path == "/entry/experiment_identifier"


def test_no_proposal_anywhere_says_what_to_do() -> None:
    problem = place(record(), job_proposal="")
    assert isinstance(problem, Problem)
    assert "--proposal" in problem.message


def test_a_text_too_long_to_be_a_code_is_refused() -> None:
    problem = place(record("x" * 61), job_proposal="")
    assert isinstance(problem, Problem)
    assert problem.code == "bad_proposal"


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("RB2310045", "2310045", True),
        ("2310045", "rb2310045", True),
        ("RB2310045", "310045", False),
        ("RB2310045", "XX2310045", False),
        ("cm1", "cm10", False),
    ],
)
def test_spellings_of_one_proposal(one: str, other: str, expected: bool) -> None:
    assert is_same_proposal(one, other) is expected


@pytest.mark.parametrize(
    ("code", "known", "expected"),
    [
        ("10045", ["RB10045"], ["RB10045"]),
        ("RB10045", ["10045"], ["10045"]),
        ("10045", ["CM10045", "RB10045"], ["CM10045", "RB10045"]),
        ("rb10045", ["10045", "RB10045"], ["RB10045"]),
        ("10045", ["10045", "RB10045"], ["10045"]),
        ("MX10045", ["10045", "RB10045"], []),
        ("MX10045", ["RB10045"], []),
        ("10045", [], []),
        ("ab1", ["AB1", "ab1"], ["ab1"]),
        ("Ab1", ["AB1", "ab1"], ["AB1", "ab1"]),
    ],
)
def test_proposals_that_a_code_may_mean(code: str, known: list[str], expected: list[str]) -> None:
    assert fitting_proposals(code, known) == expected
