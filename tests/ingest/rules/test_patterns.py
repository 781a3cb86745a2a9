"""Patterns that people write: what they find, what is wrong with them, and how long they take."""

import time

import pytest

from ingest.rules.naming import FIELDS
from ingest.rules.patterns import BadPattern, read_pattern


def test_a_pattern_finds_what_its_groups_name() -> None:
    pattern = read_pattern(r"/(?P<proposal>RB\d{7})(-(?P<visit>\d))?/", groups=FIELDS)
    assert pattern.groups == ("proposal", "visit")
    assert pattern.find("/data/RB2310045-2/run.nxs") == {"proposal": "RB2310045", "visit": "2"}
    assert pattern.find("/data/RB2310045/run.nxs") == {"proposal": "RB2310045"}
    assert pattern.find("/data/run.nxs") == {}


def test_a_part_of_a_character_is_no_error() -> None:
    assert read_pattern(r"/(?P<sample>\C)", groups=FIELDS).find("/é") == {"sample": "\ufffd"}
    assert read_pattern("(?P<sample>Å[^/]+)", groups=FIELDS).find("/data/Åé/") == {"sample": "Åé"}


def test_case_matters_unless_it_is_ignored() -> None:
    assert not read_pattern("tofraw").is_in("TOFRAW")
    assert read_pattern("tofraw", ignores_case=True).is_in("TOFRAW")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("(abc", "A '(' has no ')'."),
        ("a)", "A ')' has no '('."),
        ("x[a-", "[a- (at character 2): a '[' has no ']'."),
        ("ab*+", "*+ (at character 3): one repetition follows another"),
        ("*a", "* (at character 1): nothing stands before it that could be repeated."),
        ("ab{2000}", "{2000} (at character 3): a repetition is {least,most}, 1000 at the most."),
        (r"(a)\1", r"\1 (at character 4): look-around and back-references are not available"),
        ("ab(?=/)", "(?= (at character 3): look-around and back-references are not available"),
        (r"a\Z", r"\Z (at character 2): \Z means nothing."),
        (r"a\p{Foo}", r"\p{Foo} (at character 2): this is no range of characters."),
        ("(?P<a b>x)", "(?P<a b> (at character 1): a named group is (?P<name>…)"),
        ("a\\", "A \\ at the end escapes nothing"),
        ("((a{1000}){1000})", "{1000} (at character"),
        ("a" * 501, "The pattern is longer than 500 characters."),
    ],
)
def test_what_is_wrong_is_said_and_where(text: str, message: str) -> None:
    with pytest.raises(BadPattern) as caught:
        read_pattern(text)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("/RB[0-9]+/", "No group says what the pattern finds; name one or more of (?P<proposal>…)"),
        (
            "/(?P<propsal>RB[0-9]+)/",
            "(?P<propsal> (at character 2): 'propsal' is none",
        ),
        ("(?P<visit>a)|(?P<visit>b)", "the group 'visit' stands there twice"),
    ],
)
def test_groups_have_to_be_fields(text: str, message: str) -> None:
    with pytest.raises(BadPattern) as caught:
        read_pattern(text, groups=FIELDS)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "text", ["(a+)+$", "(a|aa)+$", "(a|a?)+=$", "(.*a){20}$", "([a-z]+)*=$", "(?P<visit>(a*)*b)"]
)
def test_no_pattern_hangs(text: str) -> None:
    """Each of these takes a backtracking engine longer than the universe is old."""
    path = "/data/" + "a" * 1990 + "!"
    pattern = read_pattern(text)
    started = time.monotonic()
    assert not pattern.is_in(path)
    assert time.monotonic() - started < 1
