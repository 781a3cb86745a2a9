"""The rule in Python and the rule in SQL say the same, over viewers × states × days."""

from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest

from catalogue.models import Dataset, Investigation
from catalogue.policy.embargo import ReleaseState
from catalogue.policy.visibility import ANONYMOUS, Facts, Viewer, may_see
from tests.factories import make_dataset, make_investigation, make_member, make_proposal

TODAY = date(2026, 3, 1)
DAYS = (None, TODAY - timedelta(days=1), TODAY, TODAY + timedelta(days=1))


def is_allowed(state: ReleaseState, day: date | None) -> bool:
    """Tells whether the database takes the row at all (its own constraints)."""
    if state is ReleaseState.OPEN:
        return day is not None
    return state is not ReleaseState.PROPRIETARY or day is None


@pytest.fixture
def datasets(db: None) -> list[Dataset]:
    """One dataset of every state, release date and early release date."""
    proposal = make_proposal()
    rows = []
    cases = product(ReleaseState, DAYS, DAYS)
    for number, (state, day, early) in enumerate(cases, start=1):
        if is_allowed(state, day):
            investigation = make_investigation(
                proposal=proposal,
                visit_number=number,
                release_state=state,
                release_date=day,
                released_at=datetime(2026, 1, 1, tzinfo=UTC),
            )
            make_member(investigation)
            rows.append(make_dataset(investigation=investigation, released_early_on=early))
    return rows


def facts_of(row: Dataset | Investigation) -> Facts:
    investigation = row.investigation if isinstance(row, Dataset) else row
    return Facts(
        state=investigation.state,
        release_date=investigation.release_date,
        member_ids=frozenset(investigation.people.values_list("pk", flat=True)),
        released_early_on=row.released_early_on if isinstance(row, Dataset) else None,
    )


def test_sql_and_python_agree(datasets: list[Dataset]) -> None:
    member = datasets[0].investigation.people.get()
    viewers = [ANONYMOUS, Viewer(person_id=0), Viewer(person_id=member.pk), Viewer(None, True)]
    for viewer in viewers:
        seen = set(Dataset.objects.visible_to(viewer, today=TODAY))
        assert seen == {row for row in datasets if may_see(viewer, facts_of(row), today=TODAY)}
        visits = [row.investigation for row in datasets]
        seen_visits = set(Investigation.objects.visible_to(viewer, today=TODAY))
        assert seen_visits == {row for row in visits if may_see(viewer, facts_of(row), today=TODAY)}


def test_the_table_holds_both_answers(datasets: list[Dataset]) -> None:
    public = Dataset.objects.visible_to(ANONYMOUS, today=TODAY)
    # Open with a day that has come (2 days × 4 early days), or under embargo and released early
    # (4 days × 2 early days).
    assert public.count() == 16
    assert len(datasets) > public.count()


@pytest.mark.parametrize("state", [state for state in ReleaseState if state != "open"])
def test_a_past_date_alone_opens_nothing(state: ReleaseState) -> None:
    facts = Facts(state, TODAY - timedelta(days=400), frozenset())
    assert not may_see(ANONYMOUS, facts, today=TODAY)


def test_an_open_state_alone_opens_nothing() -> None:
    facts = Facts(ReleaseState.OPEN, TODAY + timedelta(days=1), frozenset())
    assert not may_see(ANONYMOUS, facts, today=TODAY)
