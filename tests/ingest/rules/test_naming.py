"""What a facility's rules read from paths."""

import hashlib

import pytest

from ingest.nexus.fields import TEXT_RULES
from ingest.nexus.search import find_in_names
from ingest.record import Sourced
from ingest.rules.naming import FROM_NAME, NO_CLAIMS, read_path, telling_part
from tests.ingest.rules.made import DIAMOND, ESRF, ESRF_SAMPLE, ISIS, SNS, pattern_of


def found(path: str, *patterns: str) -> dict[str, str]:
    claims = read_path(path, [pattern_of(text) for text in patterns])
    fields = {name: getattr(claims, name) for name in claims.__slots__}
    return {name: each.value for name, each in fields.items() if each is not None}


@pytest.mark.parametrize(
    ("path", "patterns", "expected"),
    [
        (
            "/data/visitor/ihma123/id01/20260312/RAW_DATA/gold/gold_0001/gold_0001.h5",
            [ESRF, ESRF_SAMPLE],
            {"proposal": "ihma123", "instrument": "id01", "sample": "gold"},
        ),
        (
            "/dls/i22/data/2026/cm37235-1/i22-4711.nxs",
            [DIAMOND],
            {"proposal": "cm37235", "visit": "1", "instrument": "i22"},
        ),
        ("/archive/RB2310045/LOQ00012345.nxs", [ISIS], {"proposal": "RB2310045"}),
        (
            "/SNS/EQSANS/IPTS-1234/nexus/EQSANS_98765.nxs.h5",
            [SNS],
            {"proposal": "IPTS-1234", "instrument": "EQSANS", "run_number": "98765"},
        ),
        ("/elsewhere/run.nxs", [ESRF, DIAMOND, ISIS, SNS], {}),
    ],
)
def test_real_layouts(path: str, patterns: list[str], expected: dict[str, str]) -> None:
    assert found(path, *patterns) == expected


def test_a_proposal_with_its_visit_is_split() -> None:
    path = "/data/cm37235-4/run.nxs"
    assert found(path, "/data/(?P<proposal>[^/]+)/") == {"proposal": "cm37235", "visit": "4"}


def test_the_first_rule_that_says_a_field_has_it() -> None:
    path = "/data/first/second/run.nxs"
    claims = read_path(
        path,
        [
            pattern_of("/data/(?P<instrument>[^/]+)/", "one"),
            pattern_of("/data/[^/]+/(?P<instrument>[^/]+)/", "two"),
            pattern_of("/(?P<run_number>run)", "three"),
        ],
    )
    assert claims.instrument is not None
    assert (claims.instrument.value, claims.instrument.source) == (
        "first",
        "file name, rule “one”",
    )
    assert claims.run_number is not None
    assert claims.run_number.source == "file name, rule “three”"


def test_a_visit_stays_with_its_proposal() -> None:
    path = "/data/RB2310045/old-RB9999999-7/run.nxs"
    rules = ["/data/(?P<proposal>RB[0-9]+)/", "old-(?P<proposal>RB[0-9]+)-(?P<visit>[0-9])"]
    assert found(path, *rules) == {"proposal": "RB2310045"}


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        ("/visitor/test/run.nxs", "/visitor/(?P<proposal>[^/]+)/"),
        ("/visitor/unknown/run.nxs", "/visitor/(?P<instrument>[^/]+)/"),
        ("/visitor/20260312/run.nxs", "/visitor/(?P<visit>[^/]+)/"),
        ("/visitor/0/run.nxs", "/visitor/(?P<visit>[^/]+)/"),
        ("/visitor/²/run.nxs", "/visitor/(?P<visit>[^/]+)/"),
        ("/visitor/ /run.nxs", "/visitor/(?P<sample>[^/]+)/"),
        ("/visitor//run.nxs", "/visitor/(?P<sample>[^/]*)/"),
    ],
)
def test_what_says_nothing_is_not_found(path: str, pattern: str) -> None:
    assert read_path(path, [pattern_of(pattern)]) == NO_CLAIMS


def test_a_placeholder_leaves_the_field_to_the_next_rule() -> None:
    path = "/visitor/test/RB2310045/run.nxs"
    rules = ["/visitor/(?P<proposal>[^/]+)/", ISIS]
    assert found(path, *rules) == {"proposal": "RB2310045"}


@pytest.mark.parametrize(
    ("path", "spool", "part"),
    [
        ("/spool/isis/loki/ab/ab12/run.nxs", "/spool", "run.nxs"),
        ("/spool2/isis/run.nxs", "/spool", "/spool2/isis/run.nxs"),
        ("/data/ab12/run.nxs", "/spool", "/data/ab12/run.nxs"),
        ("/data/ab12/run.nxs", "", "/data/ab12/run.nxs"),
    ],
)
def test_the_folders_of_an_upload_say_nothing(path: str, spool: str, part: str) -> None:
    assert telling_part(path, spool=spool) == part


def test_no_built_in_pattern_finds_anything_in_the_folders_of_uploads() -> None:
    digests = (
        hashlib.sha256(bytes([one, other])).hexdigest() for one in range(64) for other in b"abcd"
    )
    for digest in digests:
        names = (Sourced(f"/spool/isis/loki/{digest[:2]}/{digest}/run.nxs", FROM_NAME),)
        assert [rule for rule in TEXT_RULES if find_in_names(names, rule)] == []
