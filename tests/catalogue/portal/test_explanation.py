from dataclasses import replace
from datetime import date
from itertools import product

import pytest

from catalogue.policy.embargo import Audience, ReleaseState
from catalogue.policy.visibility import ANONYMOUS, Facts, Reason, Way, may_see
from catalogue.portal.explanation import (
    in_days,
    long_day,
    public_badge,
    state_badge,
    who_can_see,
    why_you,
)

TODAY = date(2026, 11, 22)
LATER = date(2027, 3, 12)
BEFORE = date(2026, 1, 1)


def facts(state: ReleaseState, day: date | None, early: date | None = None) -> Facts:
    return Facts(state, day, frozenset({7}), early)


def test_an_embargo_is_told_with_its_day_the_days_left_and_the_policy() -> None:
    sentence = who_can_see(
        facts(ReleaseState.UNDER_EMBARGO, LATER), policy="Data policy 2024", today=TODAY
    )
    assert sentence == (
        "The people of the experiment, the scientists of the instrument and the facility’s data"
        " managers. The data open to everyone on 12 March 2027, in 110 days, under the policy"
        " “Data policy 2024”."
    )


@pytest.mark.parametrize(
    ("state", "day", "words"),
    [
        (ReleaseState.UNDER_EMBARGO, BEFORE, "ended on 1 January 2026; the release is due"),
        (ReleaseState.UNDER_EMBARGO, None, "No opening day is known yet"),
        (ReleaseState.HELD, BEFORE, "holds the release back"),
        (ReleaseState.PROPRIETARY, None, "never released"),
        (ReleaseState.WITHDRAWN, BEFORE, "have been withdrawn"),
        (ReleaseState.OPEN, BEFORE, "Everyone. The data opened on 1 January 2026."),
        (ReleaseState.OPEN, LATER, "The data open to everyone on 12 March 2027"),
        (ReleaseState.PLANNED, None, "The experiment has not begun."),
        (ReleaseState.EXTENSION_REQUESTED, BEFORE, "stay closed until that is decided"),
        (ReleaseState.EARLY_RELEASE_PENDING, LATER, "objects in time, they open earlier"),
    ],
)
def test_every_state_is_told_in_its_own_words(
    state: ReleaseState, day: date | None, words: str
) -> None:
    assert words in who_can_see(facts(state, day), policy="A policy", today=TODAY)


def test_a_missing_policy_is_named_as_the_reason() -> None:
    sentence = who_can_see(facts(ReleaseState.UNDER_EMBARGO, None), policy="", today=TODAY)
    assert sentence.endswith("No opening day is known: the proposal has no embargo policy.")


def test_a_dataset_released_early_says_that_the_rest_is_closed() -> None:
    early = facts(ReleaseState.UNDER_EMBARGO, LATER, early=BEFORE)
    sentence = "Released early, on 1 January 2026; the rest of the investigation is still closed."
    assert who_can_see(early, policy="P", today=TODAY) == f"Everyone. {sentence}"


@pytest.mark.parametrize("state", ReleaseState)
def test_everyone_is_said_exactly_where_the_policy_lets_everyone_see(state: ReleaseState) -> None:
    for day, early in product((None, BEFORE, LATER), repeat=2):
        known = facts(state, day, early)
        says_everyone = who_can_see(known, policy="P", today=TODAY).startswith("Everyone")
        assert says_everyone == may_see(ANONYMOUS, known, today=TODAY)
        assert (state_badge(known, today=TODAY).kind == "open") == says_everyone


def test_an_audience_of_registered_users_is_named() -> None:
    open_ = Facts(ReleaseState.OPEN, BEFORE, frozenset(), audience=Audience.REGISTERED)
    closed = replace(open_, state=ReleaseState.UNDER_EMBARGO, release_date=LATER)
    said = [who_can_see(known, policy="P", today=TODAY) for known in (open_, closed)]
    assert said[0] == "Everyone who has logged in. The data opened on 1 January 2026."
    assert "The data open to everyone who has logged in on 12 March 2027" in said[1]
    assert state_badge(open_, today=TODAY).text == "Open to registered users"


@pytest.mark.parametrize(
    ("state", "day", "has_open_datasets", "kind", "text"),
    [
        (ReleaseState.PLANNED, None, False, "restricted", "Planned"),
        (ReleaseState.UNDER_EMBARGO, LATER, False, "embargoed", "Embargoed until 12 March 2027"),
        (ReleaseState.UNDER_EMBARGO, None, False, "restricted", "Closed"),
        (
            ReleaseState.UNDER_EMBARGO,
            LATER,
            True,
            "embargoed",
            "Partially open, the rest embargoed until 12 March 2027",
        ),
        (ReleaseState.UNDER_EMBARGO, BEFORE, True, "embargoed", "Embargo over, release due"),
        (ReleaseState.EXTENSION_REQUESTED, LATER, False, "embargoed", "Extension requested"),
        (ReleaseState.EXTENSION_REQUESTED, BEFORE, False, "embargoed", "Extension requested"),
        (ReleaseState.EARLY_RELEASE_PENDING, LATER, False, "embargoed", "Early release pending"),
        (ReleaseState.HELD, BEFORE, True, "restricted", "Held back"),
        (ReleaseState.OPEN, BEFORE, False, "open", "Open"),
        (ReleaseState.PROPRIETARY, None, False, "proprietary", "Proprietary"),
        (ReleaseState.WITHDRAWN, BEFORE, False, "withdrawn", "Withdrawn"),
    ],
)
def test_a_badge_names_each_state(
    state: ReleaseState, day: date | None, has_open_datasets: bool, kind: str, text: str
) -> None:
    badge = state_badge(facts(state, day), has_open_datasets=has_open_datasets, today=TODAY)
    assert (badge.kind, badge.text) == (kind, text)


@pytest.mark.parametrize(
    ("way", "words"),
    [
        (Way.REGISTERED, "because you have logged in"),
        (Way.MEMBER, "one of the people of the experiment"),
        (Way.INSTRUMENT_SCIENTIST, "look after the instrument until 12 March 2027. Keep it"),
        (Way.DATA_MANAGER, "a data manager. Keep it confidential"),
        (Way.GRANT, "shared with you until 12 March 2027"),
        (Way.REVIEWER_LINK, "a link for reviewers, which works until 12 March 2027"),
    ],
)
def test_why_you_tells_the_weightiest_reason_and_its_end(way: Way, words: str) -> None:
    until = None if way in (Way.REGISTERED, Way.MEMBER, Way.DATA_MANAGER) else LATER
    assert words in why_you((Reason(way, until), Reason(Way.GRANT, BEFORE)))


def test_what_is_public_needs_no_reason() -> None:
    assert why_you((Reason(Way.PUBLIC), Reason(Way.MEMBER))) == ""
    assert why_you(()) == ""


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 11, 21), "yesterday"),
        (date(2026, 11, 22), "today"),
        (date(2026, 11, 23), "tomorrow"),
        (date(2026, 11, 24), "in 2 days"),
        (date(2026, 11, 12), "10 days ago"),
        (date(2031, 11, 22), "in 1,826 days"),
    ],
)
def test_days_are_counted_from_today(day: date, words: str) -> None:
    assert in_days(day, today=TODAY) == words


def test_an_embargo_without_a_day_is_closed_in_public() -> None:
    assert public_badge("embargoed", None).kind == "restricted"
    assert public_badge("embargoed", LATER).text == f"Embargoed until {long_day(LATER)}"
