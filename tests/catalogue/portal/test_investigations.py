from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from catalogue.policy.embargo import ReleaseState
from tests.catalogue.portal.experiments import MANAGER, MEMBER, Experiment, logged_in
from tests.factories import (
    make_embargoed_investigation,
    make_investigation,
    make_policy,
    make_proposal,
)

pytestmark = pytest.mark.django_db


def test_members_read_how_long_the_embargo_still_is_and_under_which_policy(
    experiment: Callable[..., Experiment],
) -> None:
    proposal = make_proposal(embargo_policy=make_policy(name="Three years"), code="RB1")
    made = experiment(
        proposal=proposal,
        release_state=ReleaseState.UNDER_EMBARGO,
        release_date=timezone.localdate() + timedelta(days=110),
        released_at=None,
    )
    text = made.clients[MEMBER].get(f"/investigations/{made.investigation.pk}").content.decode()
    assert "in 110 days, under the policy “Three years”." in text
    assert "You see this because you are one of the people of the experiment." in text
    assert "Marie Curie" in text
    assert "Principal investigator" in text
    assert made.publication.doi in text


def test_data_managers_choose_by_state_and_by_proposal() -> None:
    make_investigation(title="An open one")
    make_embargoed_investigation(title="A closed one", proposal=make_proposal(code="RB2310045"))
    manager = logged_in(is_staff=True)
    by_state = manager.get("/my?state=under_embargo").content.decode()
    assert "A closed one" in by_state
    assert "An open one" not in by_state
    by_code = manager.get("/my?q=rb2310").content.decode()
    assert "A closed one" in by_code
    assert "An open one" not in by_code
    assert "is like that" in manager.get("/my?state=held").content.decode()


def test_a_state_nobody_knows_and_odd_characters_choose_nothing_away() -> None:
    make_investigation(title="An open one")
    manager = logged_in(is_staff=True)
    assert "An open one" in manager.get("/my?state=nonsense").content.decode()
    assert manager.get("/my?q=%00").status_code == 200
    assert "An open one" not in manager.get("/my?q=100%25").content.decode()


def test_the_list_is_newest_first_and_the_undated_come_last() -> None:
    for title, start in {"old": date(2019, 1, 1), "new": date(2026, 1, 1), "undated": None}.items():
        make_investigation(title=f"{title} visit", start=start, end=start)
    text = logged_in(is_staff=True).get("/my").content.decode()
    places = [text.index(f"{title} visit") for title in ("new", "old", "undated")]
    assert places == sorted(places)


def test_as_many_queries_for_twenty_investigations_as_for_two(
    experiment: Callable[..., Experiment], django_assert_num_queries: Any
) -> None:
    client = experiment().clients[MANAGER]
    for count in (1, 20):
        for _ in range(count):
            make_investigation()
        with django_assert_num_queries(9):
            client.get("/my")


def test_a_number_no_table_can_hold_is_not_found(client: Any) -> None:
    assert client.get(f"/investigations/{10**30}").status_code == 404
    assert client.get(f"/files/{10**30}/a.nxs").status_code == 404
