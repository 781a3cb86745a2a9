"""The rule in Python and the rule in SQL say the same, over viewers × grants × states × days."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from catalogue.models import (
    AccessGrant,
    Dataset,
    InstrumentScientist,
    Investigation,
    Person,
    UserGroup,
)
from catalogue.policy.embargo import Audience, ReleaseState
from catalogue.policy.visibility import (
    ANONYMOUS,
    Appointment,
    Facts,
    Grant,
    Level,
    Reason,
    Viewer,
    Way,
    is_blind,
    is_inside,
    may_see,
    reasons,
    recorded,
)
from catalogue.portal.selections import facts_of
from tests.factories import (
    make_dataset,
    make_facility,
    make_grant,
    make_instrument,
    make_investigation,
    make_member,
    make_person,
    make_policy,
    make_proposal,
)

TODAY = date(2026, 3, 1)
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
DAYS = (None, YESTERDAY, TODAY, TOMORROW)
AUDIENCES = list(Audience)
STATES = [
    ReleaseState(value) for value, _ in Investigation._meta.get_field("release_state").choices
]


def is_allowed(state: ReleaseState, day: date | None) -> bool:
    """Tells whether the database takes the row at all (its own constraints)."""
    if state is ReleaseState.OPEN:
        return day is not None
    return state is not ReleaseState.PROPRIETARY or day is None


@pytest.fixture
def people(db: None) -> dict[str, Person]:
    names = ("member", "scientist", "former scientist", "next scientist", "in group", "stranger")
    return {name: make_person(full_name=name) for name in names}


def viewers(people: dict[str, Person]) -> dict[str, Viewer]:
    links = AccessGrant.objects.exclude(token_digest="")
    return {
        "anonymous": ANONYMOUS,
        "data manager": Viewer(is_data_manager=True),
        "named by ORCID": Viewer(names=frozenset({"0000-0002-1694-233x"})),
        "named by mail": Viewer(people["stranger"].pk, names=frozenset({"ann@example.org"})),
        "by links": Viewer(grant_ids=frozenset(links.values_list("pk", flat=True))),
        "nobody": Viewer(person_id=0),
        "registered": Viewer(is_registered=True),
        "registered member": Viewer(people["member"].pk, is_registered=True),
        **{name: Viewer(person.pk) for name, person in people.items()},
    }


@pytest.fixture
def datasets(people: dict[str, Person]) -> list[Dataset]:
    """One dataset of every state, release date, early release date and grant."""
    facility = make_facility()
    proposal = make_proposal(embargo_policy=make_policy(facility=facility))
    looked_after, other = (make_instrument(facility=facility) for _ in range(2))
    appoint(looked_after, people["scientist"], YESTERDAY, TODAY)
    appoint(looked_after, people["former scientist"], None, YESTERDAY)
    appoint(looked_after, people["next scientist"], TOMORROW, None)
    group = UserGroup.objects.create(name="group")
    group.people.add(people["in group"])
    cases = list(product(STATES, DAYS, (None, YESTERDAY, TOMORROW)))
    grants = list(grant_cases(group))
    rows = []
    for number, (state, day, early) in enumerate(cases, start=1):
        if is_allowed(state, day):
            investigation = make_investigation(
                proposal=proposal,
                visit_number=number,
                instrument=looked_after if number % 2 else other,
                release_state=state,
                release_date=day,
                released_at=datetime(2026, 1, 1, tzinfo=UTC),
                audience=AUDIENCES[number % 2],
            )
            make_member(investigation, person=people["member"] if number % 3 else make_person())
            rows.append(make_dataset(investigation=investigation, released_early_on=early))
            make_dataset(investigation=investigation)
    for number, (row, changes) in enumerate(product(rows[:: len(DAYS)], grants)):
        on = {"dataset": row} if number % 2 else {"investigation": row.investigation}
        if number % 5:
            make_grant(**on, **changes)
    return list(Dataset.objects.order_by("pk"))


def appoint(instrument: Any, person: Person, first: date | None, last: date | None) -> None:
    InstrumentScientist.objects.create(
        instrument=instrument, person=person, first_day=first, last_day=last
    )


def grant_cases(group: UserGroup) -> Iterator[dict[str, Any]]:
    """Yields grants to each kind of grantee, of each level, in force and not."""
    to: list[dict[str, Any]] = [
        {"grantee": "0000-0002-1694-233x"},
        {"grantee": "ann@example.org"},
        {"group": group},
        {"is_link": True},
    ]
    over = {"last_day": YESTERDAY}, {"revoked_at": datetime(2026, 2, 1, tzinfo=UTC)}
    for grantee, level in product(to, Level):
        yield {**grantee, "level": level, "last_day": TODAY}
    for grantee, ended in product(to, over):
        yield {**grantee, **ended}


@pytest.mark.parametrize("level", Level)
def test_sql_and_python_agree(
    datasets: list[Dataset], people: dict[str, Person], level: Level
) -> None:
    facts = {row: facts_of(row.investigation, dataset=row) for row in datasets}
    visits = {row.investigation: facts_of(row.investigation) for row in datasets}
    for name, viewer in viewers(people).items():
        seen = set(Dataset.objects.visible_to(viewer, today=TODAY, level=level))
        allowed = {row for row in facts if may_see(viewer, facts[row], today=TODAY, level=level)}
        assert seen == allowed, name
        seen_visits = set(Investigation.objects.visible_to(viewer, today=TODAY, level=level))
        assert seen_visits == {
            row for row in visits if may_see(viewer, visits[row], today=TODAY, level=level)
        }, name


def test_the_table_holds_both_answers_for_everybody(
    datasets: list[Dataset], people: dict[str, Person]
) -> None:
    public = Dataset.objects.visible_to(ANONYMOUS, today=TODAY).count()
    assert 0 < public < len(datasets)
    seen = {
        name: Dataset.objects.visible_to(viewer, today=TODAY).count()
        for name, viewer in viewers(people).items()
    }
    ordinary = {"anonymous", "former scientist", "next scientist", "stranger", "nobody"}
    assert {name for name, count in seen.items() if count == public} == ordinary
    assert {name for name, count in seen.items() if count == len(datasets)} == {"data manager"}
    assert seen["registered"] > public
    described = Dataset.objects.visible_to(
        viewers(people)["by links"], today=TODAY, level=Level.METADATA
    )
    assert described.count() > seen["by links"]
    all_read_of = Dataset.objects.visible_to(ANONYMOUS, today=TODAY, level=Level.METADATA)
    assert all_read_of.count() == seen["registered"]


@pytest.mark.parametrize("state", [state for state in ReleaseState if state != "open"])
def test_a_past_date_alone_opens_nothing(state: ReleaseState) -> None:
    facts = Facts(state, TODAY - timedelta(days=400), frozenset())
    assert not may_see(ANONYMOUS, facts, today=TODAY)


def test_an_open_state_alone_opens_nothing() -> None:
    facts = Facts(ReleaseState.OPEN, TODAY + timedelta(days=1), frozenset())
    assert not may_see(ANONYMOUS, facts, today=TODAY)


def test_every_reason_is_told_with_its_end_the_weightiest_first() -> None:
    facts = Facts(
        ReleaseState.UNDER_EMBARGO,
        None,
        member_ids=frozenset({1}),
        scientists=(Appointment(1, None, TOMORROW), Appointment(2)),
        grants=(Grant(1, TODAY, name="a@b.c"), Grant(2, TOMORROW, name="a@b.c")),
    )
    found = reasons(Viewer(1, names=frozenset({"a@b.c"})), facts, today=TODAY)
    assert found == (
        Reason(Way.MEMBER),
        Reason(Way.INSTRUMENT_SCIENTIST, TOMORROW),
        Reason(Way.GRANT, TOMORROW, 2),
        Reason(Way.GRANT, TODAY, 1),
    )
    assert is_inside(found)
    assert recorded(found) is None


def way_recorded(viewer: Viewer, facts: Facts) -> Way | None:
    reason = recorded(reasons(viewer, facts, today=TODAY))
    return reason.way if reason else None


def test_only_a_double_blind_link_blinds() -> None:
    link = Grant(7, TODAY, is_reviewer_link=True, is_double_blind=True)
    closed = Facts(ReleaseState.HELD, None, frozenset({1}), grants=(link,))
    by_link = Viewer(grant_ids=frozenset({7}))
    assert is_blind(reasons(by_link, closed, today=TODAY))
    assert way_recorded(by_link, closed) is Way.REVIEWER_LINK
    assert not is_blind(reasons(Viewer(1, grant_ids=frozenset({7})), closed, today=TODAY))
    assert not is_blind(())


@pytest.mark.parametrize(
    ("viewer", "way"),
    [
        (Viewer(is_data_manager=True), Way.DATA_MANAGER),
        (Viewer(2), Way.INSTRUMENT_SCIENTIST),
        (Viewer(1, is_data_manager=True), None),
        (ANONYMOUS, None),
    ],
)
def test_looks_of_others_than_the_team_are_written_down(viewer: Viewer, way: Way | None) -> None:
    facts = Facts(ReleaseState.HELD, None, frozenset({1}), scientists=(Appointment(2),))
    assert way_recorded(viewer, facts) is way


def test_files_for_registered_users_are_open_to_whoever_has_logged_in() -> None:
    facts = Facts(ReleaseState.OPEN, TODAY, frozenset(), audience=Audience.REGISTERED)
    registered = Viewer(is_registered=True)
    assert reasons(ANONYMOUS, facts, today=TODAY) == ()
    assert reasons(ANONYMOUS, facts, today=TODAY, level=Level.METADATA) == (Reason(Way.PUBLIC),)
    assert reasons(registered, facts, today=TODAY) == (Reason(Way.REGISTERED),)
    assert way_recorded(Viewer(is_data_manager=True, is_registered=True), facts) is None
    closed = Facts(ReleaseState.OPEN, TOMORROW, frozenset(), audience=Audience.REGISTERED)
    assert reasons(registered, closed, today=TODAY, level=Level.METADATA) == ()


def test_looks_at_open_data_are_nobodys_business() -> None:
    facts = Facts(ReleaseState.OPEN, TODAY, frozenset())
    assert way_recorded(Viewer(is_data_manager=True), facts) is None


def test_withdrawn_data_are_closed_to_guests() -> None:
    grants = (Grant(1, TODAY, name="a@b.c"),)
    viewer = Viewer(names=frozenset({"a@b.c"}))
    for state in ReleaseState:
        facts = Facts(state, None, frozenset(), grants=grants)
        assert may_see(viewer, facts, today=TODAY) is (state is not ReleaseState.WITHDRAWN)
