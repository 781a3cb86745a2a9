"""What the schedule does on a day: begins, opens dataset by dataset, says more of closed data."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError
from django.test import Client
from django.urls import reverse

from catalogue.models import (
    DataPublication,
    Dataset,
    Investigation,
    OaiItem,
    PublishedRecord,
    ReleaseEvent,
)
from catalogue.policy.events import Action, ActorRole, Event
from catalogue.policy.visibility import ANONYMOUS
from catalogue.publication import sweeps
from catalogue.publication.act import Act
from catalogue.publication.edit import edit_investigation
from catalogue.publication.planning import plan
from catalogue.publication.publish import publish_investigation, publish_selection
from catalogue.publication.registrar import configured_registrar
from catalogue.publication.schedule import refresh
from catalogue.publication.sweeps import release_due
from catalogue.publication.transition import RefusedError, transition
from tests.factories import (
    LONG_AGO_NOON,
    make_dataset,
    make_embargoed_investigation,
    make_instrument,
    make_investigation,
    make_member,
    make_person,
    make_policy,
    make_proposal,
    make_user,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def on(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def planned(**changes: Any) -> Investigation:
    values = {"release_state": "planned", "start": date(2026, 3, 10), "end": date(2026, 3, 12)}
    return make_embargoed_investigation(**{"release_date": None, **values, **changes})


def test_a_planned_investigation_begins_on_its_first_day_and_not_before() -> None:
    investigation = planned()
    assert release_due(now=on(date(2026, 3, 9))).begun == 0
    assert release_due(now=on(date(2026, 3, 10))).begun == 1
    assert release_due(now=on(date(2026, 3, 10))).begun == 0
    investigation.refresh_from_db()
    assert investigation.release_state == "under_embargo"
    assert investigation.release_date == date(2029, 3, 12)
    lines = ReleaseEvent.objects.filter(investigation=investigation).order_by("number")
    told = [(line.action, line.state_before, line.state_after) for line in lines]
    assert told == [
        ("begin", "planned", "under_embargo"),
        ("reschedule", "under_embargo", "under_embargo"),
    ]


def test_a_first_file_begins_it_too(manager: Client) -> None:
    by_refresh, by_hand = planned(), planned()
    make_dataset(investigation=by_refresh, start=NOW)
    refresh([by_refresh.pk], now=NOW)
    form = {"investigation": by_hand.pk, "name": "run-1", "kind": "raw", **NO_INLINES}
    assert manager.post(reverse("admin:catalogue_dataset_add"), form).status_code == 302
    for investigation in (by_refresh, by_hand):
        investigation.refresh_from_db()
        assert investigation.release_state == "under_embargo"
        assert investigation.release_events.filter(action="begin").exists()


NO_INLINES = {
    f"{prefix}-{name}": 0
    for prefix in ("files", "inputs", "parameters")
    for name in ("TOTAL_FORMS", "INITIAL_FORMS")
}


@pytest.fixture
def manager(client: Client) -> Client:
    client.force_login(make_user(username="manager", is_staff=True, is_superuser=True))
    return client


@pytest.mark.parametrize(
    ("start", "never_release", "state"),
    [
        ("2999-01-01", False, "planned"),
        ("", False, "planned"),
        ("2020-01-01", False, "under_embargo"),
        ("2999-01-01", True, "proprietary"),
    ],
)
def test_what_a_data_manager_enters_is_planned_until_it_begins(
    manager: Client, start: str, never_release: bool, state: str
) -> None:
    proposal = make_proposal(embargo_policy=make_policy(never_release=never_release))
    form = {
        "proposal": proposal.pk,
        "visit_number": 1,
        "instrument": make_instrument(facility=proposal.facility).pk,
        "start": start,
        **{
            f"{prefix}-{name}": 0
            for prefix in ("members", "parameters")
            for name in ("TOTAL_FORMS", "INITIAL_FORMS")
        },
    }
    response = manager.post(reverse("admin:catalogue_investigation_add"), form)
    assert response.status_code == 302, response.context["adminform"].errors
    assert proposal.investigations.get().release_state == state


def test_a_data_manager_puts_back_to_planned_what_has_not_begun(manager: Client) -> None:
    waiting = make_embargoed_investigation(start=date(2999, 1, 1), end=None)
    begun = make_embargoed_investigation()
    form = {"action": "plan", "_selected_action": [waiting.pk, begun.pk]}
    page = manager.post(reverse("admin:catalogue_investigation_changelist"), form, follow=True)
    assert "It has begun" in page.content.decode()
    waiting.refresh_from_db()
    begun.refresh_from_db()
    assert (waiting.release_state, begun.release_state) == ("planned", "under_embargo")
    assert waiting.release_events.get().actor_role == "data_manager"
    held = make_embargoed_investigation(start=date(2999, 1, 1), end=None, release_state="held")
    with pytest.raises(RefusedError, match="while it is held"):
        plan(held.pk, act=Act(NOW))


def rolling(**changes: Any) -> Investigation:
    """An investigation under Diamond's terms, with datasets of the first days of two months."""
    policy = make_policy(anchor="data_created", duration_months=12, **changes)
    investigation = make_embargoed_investigation(
        proposal=make_proposal(embargo_policy=policy), release_date=None, start=None, end=None
    )
    for month in (1, 2):
        moment = datetime(2026, month, 1, 12, tzinfo=UTC)
        make_dataset(investigation=investigation, name=f"run-{month}", start=moment, end=moment)
    refresh([investigation.pk], now=NOW)
    return investigation


def open_names(day: date) -> set[str]:
    return set(Dataset.objects.visible_to(ANONYMOUS, today=day).values_list("name", flat=True))


def test_datasets_of_a_rolling_policy_open_one_by_one() -> None:
    investigation = rolling()
    steps = [
        (date(2026, 12, 31), 0, 0, set()),
        (date(2027, 1, 1), 1, 0, {"run-1"}),
        (date(2027, 1, 31), 0, 0, {"run-1"}),
        (date(2027, 2, 1), 0, 1, {"run-1", "run-2"}),
    ]
    for day, parts, whole, names in steps:
        assert open_names(day) == names - ({"run-1"} if parts else {"run-2"} if whole else set())
        sweep = release_due(now=on(day))
        assert (sweep.released_datasets, sweep.released) == (parts, whole), day
        assert open_names(day) == names
    part = investigation.release_events.get(action="release_part")
    assert part.details == {"datasets": [investigation.datasets.get(name="run-1").pk]}


def test_an_extension_moves_the_days_of_datasets_that_are_still_closed() -> None:
    investigation = rolling(max_extensions=1, extension_months=12)
    release_due(now=on(date(2027, 1, 1)))
    manager, act = ActorRole.DATA_MANAGER, Act(on(date(2027, 1, 2)), make_user())
    transition(investigation.pk, Event(Action.REQUEST_EXTENSION, manager, "Why.", 6), act=act)
    transition(investigation.pk, Event(Action.APPROVE_EXTENSION, manager), act=act)
    assert release_due(now=on(date(2027, 7, 31))).released == 0
    assert open_names(date(2027, 7, 31)) == {"run-1"}
    assert release_due(now=on(date(2027, 8, 1))).released == 1


def test_a_late_file_of_a_rolling_policy_opens_on_its_own_day() -> None:
    investigation = rolling()
    late = datetime(2026, 6, 1, 12, tzinfo=UTC)
    make_dataset(investigation=investigation, name="late", start=late, end=late)
    refresh([investigation.pk], now=NOW)
    release_due(now=on(date(2027, 2, 1)))
    assert open_names(date(2027, 2, 1)) == {"run-1", "run-2"}
    release_due(now=on(date(2027, 6, 1)))
    assert open_names(date(2027, 6, 1)) == {"run-1", "run-2", "late"}


def test_a_hold_stops_and_closes_datasets_of_their_own_day() -> None:
    investigation = rolling()
    release_due(now=on(date(2027, 1, 1)))
    act = Act(on(date(2027, 1, 2)), make_user())
    transition(investigation.pk, Event(Action.HOLD, ActorRole.DATA_MANAGER, "Ethics."), act=act)
    assert release_due(now=on(date(2027, 3, 1))).released_datasets == 0
    assert open_names(date(2027, 3, 1)) == set()


def test_a_chosen_dataset_opens_before_the_rest() -> None:
    investigation = make_embargoed_investigation()
    make_member(investigation, person=make_person())
    first, second = (make_dataset(investigation=investigation, name=name) for name in "ab")
    refresh([investigation.pk], now=NOW)
    act = Act(NOW, make_user(), "For the paper.")
    role = ActorRole.PRINCIPAL_INVESTIGATOR
    publication = publish_selection(
        [first], act=act, registrar=configured_registrar(), release_early=True, role=role
    )
    assert open_names(NOW.date()) == {"a"}
    assert publication.record.is_open
    line = investigation.release_events.get(action="release_part")
    assert (line.actor_role, line.details) == (role, {"datasets": [first.pk]})
    second.refresh_from_db()
    assert second.released_early_on is None


XMAS = {"metadata_visibility": "with_data", "field_moments": {"abstract": "end_of_experiment"}}


def told_of(publication: DataPublication) -> str:
    """Returns all that harvesters, machines and pages read of a DOI."""
    item = OaiItem.objects.get(publication=publication)
    record = PublishedRecord.objects.get(publication=publication)
    words = [*item.records.values_list("xml", flat=True), str(record.json_ld)]
    return " ".join([*map(str, words), str(record.search_document)])


def under_xmas(**changes: Any) -> DataPublication:
    """Publishes, on its last day, an experiment whose abstract is told from its end on."""
    investigation = make_embargoed_investigation(
        proposal=make_proposal(embargo_policy=make_policy(**XMAS)),
        abstract="Why magnets remember.",
        **{"start": date(2026, 2, 27), "end": date(2026, 3, 1), **changes},
    )
    make_member(investigation)
    make_dataset(investigation=investigation, start=NOW)
    refresh([investigation.pk], now=NOW)
    return publish_investigation(
        investigation.pk, act=Act(NOW, make_user()), registrar=configured_registrar()
    )


def test_what_is_told_from_the_end_on_is_told_the_day_after_it_once() -> None:
    publication = under_xmas()
    assert "magnets" not in told_of(publication)
    PublishedRecord.objects.filter(publication=publication).update(datestamp=LONG_AGO_NOON)
    assert release_due(now=NOW).said_more == 0
    assert release_due(now=NOW + timedelta(days=1)).said_more == 1
    assert "magnets" in told_of(publication)
    record = PublishedRecord.objects.get(publication=publication)
    assert (record.datestamp > LONG_AGO_NOON, record.says_more_on) == (True, None)
    assert release_due(now=NOW + timedelta(days=2)).said_more == 0
    assert PublishedRecord.objects.get(pk=record.pk).datestamp == record.datestamp
    assert not record.is_open


def test_an_end_that_moves_moves_the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    publication = under_xmas()
    changes = {"end": date(2026, 3, 5)}
    edit_investigation(publication.investigation_id, changes, act=Act(NOW, make_user()))
    record = PublishedRecord.objects.get(publication=publication)
    assert record.says_more_on == date(2026, 3, 6)
    assert release_due(now=NOW + timedelta(days=1)).said_more == 0
    assert release_due(now=NOW + timedelta(days=5)).said_more == 1
    assert "magnets" in told_of(publication)


def test_one_that_fails_stops_no_other_and_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeps, "ROWS_A_PAGE", 1)
    publications = [under_xmas() for _ in range(3)]
    bad = publications[1].investigation_id
    work = sweeps.say_more

    def fail_for_one(investigation_id: int, *, act: Act) -> int:
        if investigation_id == bad:
            raise DatabaseError("the disk is full")
        return work(investigation_id, act=act)

    tomorrow = NOW + timedelta(days=1)
    with monkeypatch.context() as context:
        context.setattr(sweeps, "say_more", fail_for_one)
        sweep = release_due(now=tomorrow)
    assert sweep.said_more == 2
    assert sweep.failed == (str(publications[1].investigation),)
    assert release_due(now=tomorrow).said_more == 1


def test_a_proposal_accepted_later_says_its_title_then() -> None:
    policy = make_policy(metadata_visibility="with_data", field_moments={"title": "acceptance"})
    proposal = make_proposal(embargo_policy=policy, accepted_on=date(2026, 3, 20))
    investigation = make_embargoed_investigation(proposal=proposal, title="Quiet magnets")
    make_member(investigation)
    make_dataset(investigation=investigation)
    refresh([investigation.pk], now=NOW)
    act = Act(NOW, make_user())
    publication = publish_investigation(investigation.pk, act=act, registrar=configured_registrar())
    assert "magnets" not in told_of(publication)
    assert release_due(now=on(date(2026, 3, 20))).said_more == 1
    assert "Quiet magnets" in told_of(publication)


def test_the_command_tells_what_it_did(capsys: pytest.CaptureFixture[str]) -> None:
    planned(start=date(2020, 1, 1), end=date(2020, 1, 2))
    make_investigation()
    call_command("release_embargoes")
    assert "1 begun, of 0 more is said" in capsys.readouterr().out


def test_a_clock_that_jumps_ahead_and_back_shows_nothing_early() -> None:
    """What a wrong clock has released is read only once its day has come."""
    investigation = make_embargoed_investigation(release_date=date(2030, 1, 1))
    make_dataset(investigation=investigation, name="early")
    assert release_due(now=on(date(2031, 1, 1))).released == 1
    assert open_names(date(2026, 3, 1)) == set()
    assert release_due(now=NOW).released == 0
    assert open_names(date(2029, 12, 31)) == set()
    assert open_names(date(2030, 1, 1)) == {"early"}
