"""Reminders: one digest a person, each line once, with links that do what they say."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from catalogue.models import Investigation, Mail, Person, Reminder
from catalogue.policy.events import Action, ActorRole, Event
from catalogue.policy.reminders import offset_reached
from catalogue.publication.act import Act
from catalogue.publication.reminders import send_reminders
from catalogue.publication.transition import transition
from tests.factories import make_embargoed_investigation, make_member, make_person

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def opening_in(days: int, person: Person, *, now: datetime = NOW) -> Investigation:
    investigation = make_embargoed_investigation(
        title="Fish & chips", release_date=now.date() + timedelta(days=days)
    )
    make_member(investigation, person=person)
    return investigation


@pytest.fixture
def ann() -> Person:
    return make_person(full_name="Ann Example", email="ann@example.org")


@pytest.mark.parametrize(
    ("days_left", "expected"),
    [(181, None), (180, 180), (91, 180), (90, 90), (8, 30), (7, 7), (1, 7), (0, None), (-3, None)],
)
def test_the_nearest_reminder_is_due(days_left: int, expected: int | None) -> None:
    assert offset_reached(days_left, [180, 90, 30, 7]) == expected


def test_one_digest_a_person_and_nothing_twice(ann: Person) -> None:
    first, second = opening_in(30, ann), opening_in(7, ann)
    opening_in(300, ann)
    opening_in(30, make_person(email=""))
    assert send_reminders(now=NOW) == 1
    assert send_reminders(now=NOW + timedelta(hours=1)) == 0
    mail = Mail.objects.get()
    assert mail.to == "ann@example.org"
    assert mail.subject == "Data of 2 investigations open, the first on 08 March 2026"
    assert mail.body.index(str(second)) < mail.body.index(str(first))
    assert "Fish & chips" in mail.body
    assert Reminder.objects.count() == 2


def test_each_step_is_reminded_of_and_a_new_day_anew(ann: Person) -> None:
    investigation = opening_in(30, ann)
    assert send_reminders(now=NOW) == 1
    assert send_reminders(now=NOW + timedelta(days=20)) == 0
    assert send_reminders(now=NOW + timedelta(days=24)) == 1
    Investigation.objects.filter(pk=investigation.pk).update(release_date=date(2026, 4, 20))
    assert send_reminders(now=NOW + timedelta(days=24)) == 1


@pytest.mark.parametrize("state", ["held", "open", "withdrawn", "planned"])
def test_what_does_not_open_by_itself_is_not_reminded_of(state: str, ann: Person) -> None:
    investigation = opening_in(7, ann)
    Investigation.objects.filter(pk=investigation.pk).update(release_state=state, released_at=NOW)
    assert send_reminders(now=NOW) == 0


def test_the_links_of_a_mail_act(ann: Person, client: Client) -> None:
    investigation = opening_in(30, ann, now=timezone.now())
    send_reminders(now=timezone.now())
    links = re.findall(r"(\w[\w ]+): http://127.0.0.1:8000(/release/\S+)", Mail.objects.get().body)
    assert [label for label, _ in links] == ["Ask for an extension", "Release early"]
    client.post(links[0][1], {"months": 2, "reason": "A thesis."})
    investigation.refresh_from_db()
    assert investigation.release_state == "extension_requested"


def test_the_others_of_a_team_are_told_of_an_early_release_once(ann: Person) -> None:
    investigation = opening_in(300, ann)
    ben = make_person(full_name="Ben Example", email="ben@example.org")
    make_member(investigation, person=ben, role="member")
    event = Event(Action.REQUEST_EARLY_RELEASE, ActorRole.PRINCIPAL_INVESTIGATOR)
    transition(investigation.pk, event, act=Act(NOW, person=ann))
    assert send_reminders(now=NOW) == 1
    assert send_reminders(now=NOW) == 0
    mail = Mail.objects.get()
    assert mail.to == "ben@example.org"
    assert "Object to the early release: http" in mail.body
