"""Reminds principal investigators of releases, and teams of early ones, by digest and once."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from catalogue.mail import post
from catalogue.models import (
    Investigation,
    InvestigationUser,
    Person,
    Reminder,
    ReminderKind,
    RequestKind,
)
from catalogue.models.investigation import joins
from catalogue.policy.embargo import IN_EMBARGO
from catalogue.policy.events import Action
from catalogue.policy.offers import offers
from catalogue.policy.reminders import offset_reached
from catalogue.publication.people import role_on
from catalogue.publication.release_links import BY_LINK, link_to
from catalogue.publication.transition import case_of, pending_request
from catalogue.vocabulary.roles import Role


@dataclass(frozen=True, slots=True)
class Wanted:
    """A line that somebody is to get, unless they have got it."""

    person_id: int
    investigation: Investigation
    kind: ReminderKind
    day: date
    offset_days: int = 0

    @property
    def key(self) -> tuple[Any, ...]:
        return (self.investigation.pk, self.kind.value, self.day, self.offset_days)


def send_reminders(*, now: datetime) -> int:
    """Posts a digest to each person who is due one; returns how many. Run again, it posts none."""
    by_person = defaultdict(list)
    for wanted in (*_opening(now.date()), *_objections(now.date())):
        by_person[wanted.person_id].append(wanted)
    return sum(_remind(person_id, lines, now.date()) for person_id, lines in by_person.items())


def _opening(today: date) -> Iterator[Wanted]:
    rows = Investigation.objects.filter(release_state__in=IN_EMBARGO, release_date__gt=today)
    leaders = _members(rows, roles=[Role.PRINCIPAL_INVESTIGATOR])
    for investigation, people in leaders:
        policy, day = investigation.proposal.embargo_policy, investigation.release_date
        if policy is None or day is None:
            continue
        offset = offset_reached((day - today).days, policy.reminder_days)
        if offset is not None:
            for person_id in people:
                yield Wanted(person_id, investigation, ReminderKind.OPENS, day, offset)


def _objections(today: date) -> Iterator[Wanted]:
    """Yields a line for each of a team but the one who asked for the early release."""
    pending = {"state": "pending", "kind": RequestKind.EARLY_RELEASE, "takes_effect_on__gt": today}
    rows = Investigation.objects.filter(
        **{f"release_requests__{name}": value for name, value in pending.items()}
    )
    team = [Role.PRINCIPAL_INVESTIGATOR, Role.CO_INVESTIGATOR, Role.MEMBER]
    for investigation, people in _members(rows, roles=team):
        request = pending_request(investigation)
        if request is not None and request.takes_effect_on is not None:
            for person_id in people - {request.asked_by_person_id}:
                day = request.takes_effect_on
                yield Wanted(person_id, investigation, ReminderKind.OBJECTION, day)


def _members(rows: Any, *, roles: Iterable[Role]) -> list[tuple[Investigation, set[int]]]:
    """Returns investigations with those of their people who have an address."""
    investigations = {row.pk: row for row in rows.select_related(*joins())}
    pairs = (
        InvestigationUser.objects.filter(investigation__in=investigations, role__in=list(roles))
        .exclude(person__email="")
        .values_list("investigation", "person")
    )
    people: dict[int, set[int]] = defaultdict(set)
    for investigation_id, person_id in pairs:
        people[investigation_id].add(person_id)
    return [(investigations[pk], found) for pk, found in people.items()]


def _remind(person_id: int, lines: list[Wanted], today: date) -> bool:
    """Writes the lines that a person has not had, and the mail that tells them, together."""
    with transaction.atomic():
        person = Person.objects.select_for_update().get(pk=person_id)
        had = set(person.reminders.values_list("investigation", "kind", "day", "offset_days"))
        new = [line for line in lines if line.key not in had]
        if not new:
            return False
        Reminder.objects.bulk_create(
            Reminder(
                investigation=line.investigation,
                person=person,
                kind=line.kind,
                day=line.day,
                offset_days=line.offset_days,
            )
            for line in new
        )
        new.sort(key=lambda line: line.day)
        post(
            person.email,
            _subject(new),
            "release_reminder",
            person=person,
            repository_name=settings.REPOSITORY_NAME,
            opening=[_told(line, person, today) for line in new if line.kind == "opens"],
            objecting=[_told(line, person, today) for line in new if line.kind == "objection"],
        )
        return True


def _subject(lines: list[Wanted]) -> str:
    first = lines[0].day
    if len(lines) == 1:
        return f"Data of {lines[0].investigation} open on {first:%d %B %Y}"
    return f"Data of {len(lines)} investigations open, the first on {first:%d %B %Y}"


def _told(line: Wanted, person: Person, today: date) -> dict[str, Any]:
    investigation = line.investigation
    page = reverse("portal:release", args=[investigation.pk])
    return {
        "investigation": investigation,
        "title": investigation.title or investigation.proposal.title,
        "day": line.day,
        "days": (line.day - today).days,
        "page": settings.BASE_URL + page,
        "links": list(_links(investigation, person, today)),
    }


def _links(investigation: Investigation, person: Person, today: date) -> Iterator[dict[str, str]]:
    """Yields a link for each thing that this person may do now without a log-in."""
    role = role_on(investigation, person_id=person.pk, is_data_manager=False)
    policy = investigation.proposal.embargo_policy
    if role is None or policy is None:
        return
    case = case_of(investigation, pending_request(investigation))
    for offer in offers(case, role, policy.terms, today=today):
        if offer.action in BY_LINK:
            address = link_to(Action(offer.action), investigation, person_id=person.pk)
            yield {"label": offer.label, "address": address}
