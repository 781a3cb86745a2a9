"""Which proposal a file goes to: its own claim against the job's."""

from dataclasses import replace

import pytest

from ingest.nexus.extract import extract_record
from ingest.nexus.tree import NexusFile, NexusGroup
from ingest.placement import Placement, complete, fitting_proposals, is_same_proposal, place
from ingest.record import ExtractedRecord, ExtractedSample, IngestContext, Problem, Sourced
from ingest.rules.naming import GUESSED_FROM, PathClaims

IN_FILE = "/entry/experiment_identifier"
IN_NAME = "file name"
BY_RULE = "file name, rule “folders”"


def record(proposal: str = "", visit: str = "", source: str = IN_FILE) -> ExtractedRecord:
    return ExtractedRecord(
        file_name="run.nxs",
        entry_path="/entry",
        entry_count=1,
        proposal=Sourced(proposal, source) if proposal else None,
        visit=Sourced(visit, source) if visit else None,
    )


def claims(**found: str) -> PathClaims:
    return PathClaims(**{name: Sourced(value, BY_RULE) for name, value in found.items()})


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


@pytest.mark.parametrize("job", ["", "ab1"])
def test_entries_of_two_proposals_are_given_to_neither(job: str) -> None:
    other = Sourced("cd2", "/entry_2/experiment_identifier")
    problem = place(replace(record("ab1"), further_proposals=(other,)), job_proposal=job)
    assert isinstance(problem, Problem)
    assert problem.code == "proposal_mismatch"
    assert "file (/entry_2/experiment_identifier) says proposal 'cd2'" in problem.message


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


@pytest.mark.parametrize(
    ("said", "claimed", "job", "expected"),
    [
        (record(), {"proposal": "RB2310045"}, "", Placement("RB2310045", 1)),
        (record(), {"proposal": "cm37235", "visit": "3"}, "", Placement("cm37235", 3)),
        (record("cm37235"), {"visit": "3"}, "", Placement("cm37235", 3)),
        (record(), {"visit": "3"}, "cm37235", Placement("cm37235", 3)),
        # All that agree are one; the spelling that says most is kept.
        (record("2310045"), {"proposal": "RB2310045"}, "2310045", Placement("RB2310045", 1)),
        (record("RB10045"), {"proposal": "10045"}, "", Placement("RB10045", 1)),
        (
            record("cm37235", "2"),
            {"proposal": "cm37235", "visit": "02"},
            "",
            Placement("cm37235", 2),
        ),
        # A rule is the facility's word, a built-in pattern a guess at the same path.
        (record("ab1234", "2", IN_NAME), {"proposal": "cm5678"}, "", Placement("cm5678", 1)),
        (record("cm1234", "2", IN_NAME), {"proposal": "cm1234"}, "", Placement("cm1234", 2)),
        (record("cm1234", "2", IN_NAME), {"visit": "5"}, "", Placement("cm1234", 5)),
        (record("ab1234", "2", IN_NAME), {"proposal": "cm5678"}, "cm5678", Placement("cm5678", 1)),
    ],
)
def test_a_rule_places_what_the_file_leaves_open(
    said: ExtractedRecord, claimed: dict[str, str], job: str, expected: Placement
) -> None:
    assert place(said, job_proposal=job, claims=claims(**claimed)) == expected


@pytest.mark.parametrize(
    ("said", "claimed", "job", "shown"),
    [
        (record("RB1"), {"proposal": "RB2"}, "", ("RB1", "RB2")),
        (record("RB1"), {"proposal": "RB2"}, "RB1", ("RB1", "RB2")),
        (record("RB1"), {"proposal": "RB2"}, "RB2", ("RB1", "RB2")),
        (record(), {"proposal": "RB1"}, "RB2", ("RB1", "RB2")),
        (record("RB1", source=IN_NAME), {}, "RB2", ("RB1", "RB2")),
        # 2310046 fits both, but they do not fit each other.
        (record("2310046"), {"proposal": "RB2310046"}, "MX2310046", ("RB2310046", "MX2310046")),
    ],
)
def test_where_two_disagree_both_are_shown_and_none_is_believed(
    said: ExtractedRecord, claimed: dict[str, str], job: str, shown: tuple[str, str]
) -> None:
    problem = place(said, job_proposal=job, claims=claims(**claimed))
    assert isinstance(problem, Problem)
    assert problem.code == "proposal_mismatch"
    assert [value for value in shown if repr(value) not in problem.message] == []


def test_a_mismatch_says_who_says_what() -> None:
    problem = place(record("RB2310045"), job_proposal="", claims=claims(proposal="RB2310046"))
    assert isinstance(problem, Problem)
    assert problem.message == (
        "run.nxs: The path (rule “folders”) says proposal 'RB2310046', the file "
        "(/entry/experiment_identifier) says 'RB2310045'; correct whichever is wrong and try again."
    )
    assert problem.path == IN_FILE


def test_another_visit_is_a_mismatch_too() -> None:
    problem = place(
        record("cm37235", "1"), job_proposal="", claims=claims(proposal="cm37235", visit="2")
    )
    assert isinstance(problem, Problem)
    assert problem.code == "visit_mismatch"
    assert "visit '1'" in problem.message
    assert "'2'" in problem.message


def test_what_the_file_does_not_say_is_completed_with_its_source() -> None:
    found = complete(
        record(),
        claims(proposal="cm37235", visit="2", instrument="i22", run_number="7", sample="gold"),
        job_proposal="cm37235",
    )
    assert found.proposal == Sourced("cm37235", BY_RULE)
    assert found.visit == Sourced("2", BY_RULE)
    assert found.instrument_name == Sourced("i22", BY_RULE)
    assert found.run_number == Sourced("7", BY_RULE)
    assert found.samples == (ExtractedSample("gold", BY_RULE),)


def test_what_the_file_says_stays() -> None:
    said = replace(
        record("cm37235", "1"),
        instrument_short_name=Sourced("i22", "/entry/instrument/name@short_name"),
        run_number=Sourced("7", "/entry/entry_identifier"),
        samples=(ExtractedSample("silver", "/entry/sample"),),
    )
    other = claims(instrument="i15", run_number="8", sample="gold")
    assert complete(said, other, job_proposal="cm37235") == said


def test_the_job_is_a_source_where_nothing_else_is() -> None:
    found = complete(record(), claims(), job_proposal="cm37235")
    assert found.proposal == Sourced("cm37235", "job")


def test_a_guess_from_the_name_gives_way_to_a_rule() -> None:
    said = replace(
        record("ab1234", "2", IN_NAME),
        instrument_name=Sourced("i22", IN_NAME),
        run_number=Sourced("7", "/@file_name"),
    )
    found = complete(said, claims(proposal="cm5678", instrument="i15", run_number="8"))
    assert found.proposal == Sourced("cm5678", BY_RULE)
    assert found.visit is None
    assert found.instrument_name == Sourced("i15", BY_RULE)
    assert found.run_number == Sourced("8", BY_RULE)


@pytest.mark.parametrize(
    ("name", "written"),
    [("/dls/i22/data/2026/cm37235-1/i22-4711.nxs", ""), ("run.nxs", "/x/cm37235-1/i22-4711.nxs")],
)
def test_extraction_marks_its_guesses_as_placement_knows_them(name: str, written: str) -> None:
    entry = NexusGroup("entry", "/entry", "NXentry")
    root = NexusGroup("", "/", "NXroot", {"file_name": written}, groups=(entry,))
    found = extract_record(NexusFile(root, ()), IngestContext(name, "UTC"))
    guessed = (found.proposal, found.visit, found.run_number, found.instrument_name)
    assert {each.source for each in guessed if each} <= GUESSED_FROM
    assert found.proposal is not None
