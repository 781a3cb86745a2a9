"""Letting others in: by name, group, link and request; taking it back; who looked."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from catalogue.access import decision_links
from catalogue.access.requests import MOST_FROM_ONE_ADDRESS
from catalogue.models import (
    AccessGrant,
    AccessRequest,
    AuditEvent,
    DataRead,
    InstrumentScientist,
    Mail,
    UserGroup,
)
from catalogue.policy.embargo import ReleaseState
from catalogue.policy.events import Action
from catalogue.portal.links import COOKIE
from catalogue.publication.release_links import link_to
from tests.catalogue.portal.experiments import (
    ANONYMOUS,
    MANAGER,
    MEMBER,
    STRANGER,
    Experiment,
    logged_in,
)
from tests.factories import make_dataset, make_investigation, make_member, make_person, make_user

pytestmark = pytest.mark.django_db
CLOSED: dict[str, Any] = {
    "release_state": ReleaseState.UNDER_EMBARGO,
    "release_date": date(2999, 1, 1),
    "released_at": None,
}
LATER = timezone.localdate() + timedelta(days=10)
SHARE = {"form": "share", "reason": "A paper.", "level": "read", "last_day": str(LATER)}
LINK = {
    "form": "link",
    "link-reason": "Nature 2031",
    "link-level": "read",
    "link-last_day": str(LATER),
}
ASK = {
    "name": "Lise Meitner",
    "email": "Lise@example.org",
    "affiliation": "Kaiser-Wilhelm-Institut",
    "purpose": "To compare with our own data.",
}


@pytest.fixture
def closed(experiment: Callable[..., Experiment]) -> Experiment:
    return experiment(**CLOSED)


def share(made: Experiment, viewer: str = MEMBER, **changes: str) -> Any:
    page = changes.pop("page", f"/investigations/{made.investigation.pk}/access")
    return made.clients[viewer].post(page, SHARE | changes)


def statuses(client: Client, made: Experiment) -> list[int]:
    found = []
    for page in made.private_pages:
        answer = client.get(page)
        answer.getvalue()
        found.append(answer.status_code)
    return found


def link_in(text: str) -> str:
    found = re.search(r"/key/[\w-]{43}", text)
    assert found is not None
    return found[0]


def test_a_grant_by_orcid_lets_in_that_log_in_and_ends_when_taken_back(closed: Experiment) -> None:
    user = make_user()
    make_person(orcid="0000-0002-1694-233X", user=user)
    other = Client()
    other.force_login(user)
    assert statuses(other, closed) == [404, 404, 404]
    assert share(closed, grantee="https://orcid.org/0000-0002-1694-233x").status_code == 302
    assert statuses(other, closed) == [200, 200, 200]
    page = other.get(closed.private_pages[0]).content.decode()
    assert "You see this because it was shared with you until" in page
    assert "Everybody, by name" not in page
    assert "shared with you until" in other.get("/my").content.decode()
    grant = AccessGrant.objects.get()
    assert other.post(f"/grants/{grant.pk}/revoke").status_code == 404
    assert closed.clients[MEMBER].post(f"/grants/{grant.pk}/revoke").status_code == 302
    assert statuses(other, closed) == [404, 404, 404]
    acts = AuditEvent.objects.values_list("action", flat=True)
    assert {"give access", "revoke access"} <= set(acts)


def test_what_is_said_of_the_data_can_be_shared_without_the_files(closed: Experiment) -> None:
    share(closed, grantee="ann@example.org", level="metadata")
    other = logged_in(email="Ann@example.org")
    assert statuses(other, closed) == [200, 200, 404]
    page = other.get(closed.private_pages[1]).content.decode()
    assert "the files were not" in page
    assert closed.datafile.name not in page


def test_one_dataset_can_be_shared_alone(closed: Experiment) -> None:
    more = make_dataset(investigation=closed.investigation)
    share(closed, grantee="ann@example.org", page=f"/datasets/{closed.dataset.uid}/access")
    other = logged_in(email="ann@example.org")
    assert statuses(other, closed) == [404, 200, 200]
    assert other.get(f"/datasets/{more.uid}").status_code == 404
    assert closed.dataset.name in other.get("/my").content.decode()


def test_an_e_mail_address_gets_a_link_that_needs_no_log_in(
    closed: Experiment, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        share(closed, grantee="ann@example.org")
    [sent] = mail.outbox
    assert sent.to == ["ann@example.org"]
    visitor = Client()
    visitor.get(link_in(str(sent.body)))
    assert statuses(visitor, closed) == [200, 200, 200]
    assert Mail.objects.get().body == ""


def test_the_answer_does_not_tell_who_is_known(closed: Experiment) -> None:
    """Known or not, with or without a log-in: the same words, the same row, the same mails."""
    make_person(orcid="0000-0002-1694-233X", user=make_user(email="known@example.org"))
    told = []
    for known, unknown in [
        ("0000-0002-1694-233X", "0000-0001-5109-3700"),
        ("known@example.org", "nobody@example.org"),
    ]:
        for grantee in (known, unknown):
            mails = Mail.objects.count()
            share(closed, grantee=grantee)
            page = closed.clients[MEMBER].get(f"/investigations/{closed.investigation.pk}/access")
            grant = AccessGrant.objects.latest("pk")
            text = page.content.decode()
            told.append((re.findall(r'role="status">.*', text), Mail.objects.count() - mails))
            assert f"Shared with {grantee.lower()}" in text
            grant.delete()
    assert told[0][1] == told[1][1] == 0
    assert told[2][1] == told[3][1] == 1
    shapes = [re.sub(r"[\w@.-]*(233x|3700|example\.org)", "·", str(words)) for words, _ in told]
    assert shapes[0] == shapes[1]
    assert shapes[2] == shapes[3]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"grantee": "0000-0002-1694-2330"}, "neither an ORCID iD"),
        ({"grantee": "Ann"}, "neither an ORCID iD"),
        ({}, "Name one person, or one group."),
        ({"grantee": "a@example.org", "last_day": "2020-01-01"}, "Choose a day from today"),
        ({"grantee": "a@example.org", "last_day": "2999-01-01"}, "Choose a day from today"),
    ],
)
def test_a_bad_entry_is_told_and_shares_nothing(
    changes: dict[str, str], words: str, closed: Experiment
) -> None:
    assert words in share(closed, **changes).content.decode()
    assert not AccessGrant.objects.exists()


def test_a_group_is_followed_and_only_ones_own_are_offered(closed: Experiment) -> None:
    theirs = UserGroup.objects.create(name="Other people")
    group = UserGroup.objects.create(name="Magnons")
    group.people.add(closed.investigation.people.get())
    page = closed.clients[MEMBER].get(f"/investigations/{closed.investigation.pk}/access")
    assert "Magnons" in page.content.decode()
    assert "Other people" not in page.content.decode()
    assert share(closed, group=str(theirs.pk)).status_code == 200
    share(closed, group=str(group.pk))
    user = make_user()
    person = make_person(user=user)
    other = Client()
    other.force_login(user)
    assert statuses(other, closed) == [404, 404, 404]
    group.people.add(person)
    assert statuses(other, closed) == [200, 200, 200]
    group.people.remove(person)
    assert statuses(other, closed) == [404, 404, 404]


def made_link(made: Experiment, **changes: str) -> str:
    page = f"/investigations/{made.investigation.pk}/access"
    answer = made.clients[MEMBER].post(page, LINK | changes)
    assert "no-store" in answer["Cache-Control"]
    return link_in(answer.content.decode())


def test_a_link_moves_its_token_into_a_cookie_and_tells_no_other_site(closed: Experiment) -> None:
    link = made_link(closed)
    visitor = Client()
    answer = visitor.get(link)
    assert answer["Location"] == f"/investigations/{closed.investigation.pk}"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answer["Cache-Control"]
    cookie = answer.cookies[COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    token = link.removeprefix("/key/")
    assert token not in cookie.value
    for page in closed.private_pages[:2]:
        assert token not in visitor.get(page).content.decode()
    assert statuses(visitor, closed) == [200, 200, 200]
    grant = AccessGrant.objects.get()
    assert token not in str(vars(grant))
    visitor.post("/key/forget")
    assert statuses(visitor, closed) == [404, 404, 404]


def test_a_link_that_ended_was_taken_back_or_never_was_answers_alike(closed: Experiment) -> None:
    link = made_link(closed)
    follower = Client()
    follower.get(link)
    grant = AccessGrant.objects.filter(reason="Nature 2031")
    answers = []
    for change in ({"revoked_at": timezone.now()}, {"revoked_at": None, "last_day": date.min}):
        grant.update(**change)
        assert statuses(follower, closed) == [404, 404, 404]
        answers.append(Client().get(link))
    answers.append(Client().get(f"/key/{'A' * 43}"))
    assert {answer.status_code for answer in answers} == {404}
    plain = {re.sub(r"/key/[\w-]+|%2Fkey%2F[\w-]+", "", a.content.decode()) for a in answers}
    assert len(plain) == 1
    assert all(COOKIE not in answer.cookies for answer in answers)


def test_a_cookie_that_somebody_made_up_lets_nobody_in(closed: Experiment) -> None:
    made_link(closed)
    visitor = Client()
    for value in (str(AccessGrant.objects.get().pk), "1:abc", "x"):
        visitor.cookies[COOKIE] = value
        assert statuses(visitor, closed) == [404, 404, 404]


def test_double_blind_reviewers_are_shown_no_names(closed: Experiment) -> None:
    visitor = Client()
    visitor.get(made_link(closed, **{"link-is_double_blind": "on"}))
    names = ["Marie Curie", "0000-0002-1825-0097", closed.publication.doi]
    names.append(closed.investigation.proposal.code)
    for page in closed.private_pages[:2]:
        text = visitor.get(page).content.decode()
        assert "a link for reviewers" in text
        assert [name for name in names if name in text] == []
    single = Client()
    single.get(made_link(closed))
    assert "Marie Curie" in single.get(closed.private_pages[0]).content.decode()


def test_only_a_principal_investigator_or_a_data_manager_shares(closed: Experiment) -> None:
    user = make_user()
    make_member(closed.investigation, person=make_person(user=user), role="member")
    member = Client()
    member.force_login(user)
    page = f"/investigations/{closed.investigation.pk}/access"
    assert member.get(page).status_code == 403
    assert member.post(page, SHARE | {"grantee": "a@example.org"}).status_code == 403
    assert closed.clients[STRANGER].get(page).status_code == 404
    assert closed.clients[ANONYMOUS].get(page).status_code == 302
    assert closed.clients[MANAGER].get(page).status_code == 200
    assert "Let others in" not in member.get(closed.private_pages[0]).content.decode()
    assert not AccessGrant.objects.exists()


def appointed(made: Experiment, **days: date | None) -> Client:
    user = make_user(username="scientist of the instrument")
    person = make_person(full_name="Clifford Shull", user=user)
    InstrumentScientist.objects.create(
        instrument=made.investigation.instrument, person=person, **days
    )
    client = Client()
    client.force_login(user)
    return client


def test_an_instrument_scientist_sees_the_instruments_data_while_appointed(
    closed: Experiment,
) -> None:
    today = timezone.localdate()
    scientist = appointed(closed, last_day=today)
    elsewhere = make_investigation(proposal=closed.investigation.proposal, **CLOSED)
    assert statuses(scientist, closed) == [200, 200, 200]
    assert scientist.get(f"/investigations/{elsewhere.pk}").status_code == 404
    assert "your instrument until" in scientist.get("/my").content.decode()
    assert closed.datafile.path in scientist.get(closed.private_pages[1]).content.decode()
    InstrumentScientist.objects.update(last_day=today - timedelta(days=1))
    assert statuses(scientist, closed) == [404, 404, 404]


def test_looks_of_staff_and_guests_are_written_down_and_shown_to_the_team(
    closed: Experiment,
) -> None:
    statuses(closed.clients[MEMBER], closed)
    statuses(closed.clients[STRANGER], closed)
    assert not DataRead.objects.exists()
    statuses(closed.clients[MANAGER], closed)
    statuses(appointed(closed), closed)
    closed.clients[MANAGER].get(closed.landing)
    visitor = Client()
    visitor.get(made_link(closed))
    visitor.get(closed.private_pages[1])
    seen = list(DataRead.objects.order_by("pk").values_list("way", "what"))
    file = f"file {closed.datafile.name}"
    pages = [f"investigation {closed.investigation}", f"dataset {closed.dataset}", file]
    assert seen == [
        *(("data_manager", page) for page in pages),
        *(("instrument_scientist", page) for page in pages),
        ("data_manager", f"landing page {closed.publication.doi}"),
        ("reviewer_link", "the link itself"),
        ("reviewer_link", f"dataset {closed.dataset}"),
    ]
    page = f"/investigations/{closed.investigation.pk}/looks"
    text = closed.clients[MEMBER].get(page).content.decode()
    assert "scientist of the instrument" in text
    assert "Nature 2031" in text
    assert closed.clients[STRANGER].get(page).status_code == 404


def test_looks_at_open_data_are_not_written_down(experiment: Callable[..., Experiment]) -> None:
    made = experiment()
    statuses(made.clients[MANAGER], made)
    made.clients[MANAGER].get(made.landing)
    assert not DataRead.objects.exists()


@pytest.mark.parametrize("change", ["UPDATE {} SET what = 'x'", "DELETE FROM {}"])
def test_the_log_of_looks_cannot_be_changed(change: str, closed: Experiment) -> None:
    closed.clients[MANAGER].get(closed.private_pages[0])
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change.format(DataRead._meta.db_table))
    assert DataRead.objects.count() == 1


def ask(made: Experiment, **changes: str) -> Any:
    return Client().post(f"/request-access/{made.publication.doi}", ASK | changes)


def test_a_request_reaches_the_principal_investigator_and_its_approval_the_asker(
    closed: Experiment, django_capture_on_commit_callbacks: Any
) -> None:
    leader = closed.investigation.people.get()
    assert leader.user is not None
    leader.user.email = "marie@example.org"
    leader.user.save()
    assert "Ask them for access" in Client().get(closed.landing).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        assert "passed on" in ask(closed).content.decode()
    [sent] = mail.outbox
    asked = AccessRequest.objects.get()
    page = f"/access-requests/{asked.pk}"
    assert sent.to == ["marie@example.org"]
    assert "To compare with our own data." in sent.body
    assert page in sent.body
    assert "Lise Meitner" in closed.clients[MEMBER].get("/my").content.decode()
    assert closed.clients[STRANGER].get(page).status_code == 404
    decision = {"decision": "approve", "level": "read", "last_day": str(LATER), "answer": "Enjoy."}
    with django_capture_on_commit_callbacks(execute=True):
        closed.clients[MEMBER].post(page, decision)
    assert "Enjoy." in mail.outbox[1].body
    visitor = Client()
    visitor.get(link_in(str(mail.outbox[1].body)))
    assert statuses(visitor, closed) == [200, 200, 200]
    asked.refresh_from_db()
    assert asked.grant is not None
    assert (asked.state, asked.grant.last_day) == ("approved", LATER)
    closed.clients[MANAGER].post(page, decision | {"decision": "refuse"})
    assert len(mail.outbox) == 2
    assert "Approved on" in closed.clients[MANAGER].get(page).content.decode()


def test_a_form_that_comes_without_a_button_decides_nothing(closed: Experiment) -> None:
    ask(closed)
    asked = AccessRequest.objects.get()
    terms = {"level": "read", "last_day": str(LATER), "answer": "Enjoy."}
    page = closed.clients[MEMBER].post(f"/access-requests/{asked.pk}", terms).content.decode()
    assert "Nothing was decided: press Approve or Refuse." in page
    assert "Enjoy." in page
    asked.refresh_from_db()
    assert asked.state == "open"


def decision_link(body: object) -> str:
    found = re.search(r"/access-requests/by-link/\S+", str(body))
    assert found is not None
    return found[0]


@pytest.fixture
def led_without_a_log_in(closed: Experiment) -> Experiment:
    leader = closed.investigation.people.get()
    leader.user, leader.email = None, "marie@example.org"
    leader.save()
    return closed


APPROVE = {"decision": "approve", "level": "read", "last_day": str(LATER), "answer": "Enjoy."}


def test_a_leader_without_a_log_in_decides_by_the_link_of_the_mail(
    led_without_a_log_in: Experiment, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        ask(led_without_a_log_in)
    [sent] = mail.outbox
    assert sent.to == ["marie@example.org"]
    link, client = decision_link(sent.body), Client()
    assert "Lise Meitner asks for access" in client.get(link).content.decode()
    assert not AccessGrant.objects.exists()
    with django_capture_on_commit_callbacks(execute=True):
        assert "Approved: Lise Meitner" in client.post(link, APPROVE).content.decode()
    visitor = Client()
    visitor.get(link_in(str(mail.outbox[1].body)))
    assert statuses(visitor, led_without_a_log_in) == [200, 200, 200]
    asked = AccessRequest.objects.get()
    assert (asked.decided_by, asked.decided_by_name) == (None, "Marie Curie")
    names = AuditEvent.objects.filter(actor=None).values_list("action", "actor_name")
    assert set(names) >= {
        ("give access", "Marie Curie"),
        ("access request approved", "Marie Curie"),
    }
    assert "has been approved already" in client.post(link, APPROVE).content.decode()
    assert AccessGrant.objects.count() == 1


@pytest.mark.parametrize("change", ["left", "placeholder", "tampered", "expired", "other link"])
def test_a_link_that_is_nobodys_any_more_shows_and_gives_nothing(
    led_without_a_log_in: Experiment,
    change: str,
    django_capture_on_commit_callbacks: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    investigation = led_without_a_log_in.investigation
    with django_capture_on_commit_callbacks(execute=True):
        ask(led_without_a_log_in)
    link = decision_link(mail.outbox[0].body)
    match change:
        case "left":
            investigation.members.update(role="member")
        case "placeholder":
            investigation.proposal.is_placeholder = True
            investigation.proposal.save()
        case "tampered":
            link = link[:-1] + ("A" if link[-1] != "A" else "B")
        case "expired":
            monkeypatch.setattr(decision_links, "VALID_S", -1)
        case "other link":
            leader = investigation.people.get()
            address = link_to(Action.REQUEST_EXTENSION, investigation, person_id=leader.pk)
            link = f"/access-requests/by-link/{address.rsplit('/', 1)[1]}"
    for answer in (Client().get(link), Client().post(link, APPROVE)):
        assert answer.status_code == 410
        assert "Lise" not in answer.content.decode()
    assert not AccessGrant.objects.exists()


def test_what_only_a_file_has_named_gets_no_link(
    led_without_a_log_in: Experiment, django_capture_on_commit_callbacks: Any
) -> None:
    """Anybody can write a name and an address into a file: data managers decide then."""
    proposal = led_without_a_log_in.investigation.proposal
    proposal.is_placeholder = True
    proposal.save()
    with django_capture_on_commit_callbacks(execute=True):
        ask(led_without_a_log_in)
    [sent] = mail.outbox
    assert sent.to != ["marie@example.org"]
    assert "by-link" not in sent.body


def test_a_refusal_is_told_and_opens_nothing(
    closed: Experiment, django_capture_on_commit_callbacks: Any
) -> None:
    ask(closed)
    asked = AccessRequest.objects.get()
    decision = {"decision": "refuse", "level": "read", "last_day": str(LATER), "answer": "Sorry."}
    with django_capture_on_commit_callbacks(execute=True):
        closed.clients[MANAGER].post(f"/access-requests/{asked.pk}", decision)
    assert mail.outbox[-1].to == ["Lise@example.org"]
    assert "Sorry." in mail.outbox[-1].body
    assert not AccessGrant.objects.exists()


def test_the_answer_to_a_request_is_the_same_whoever_is_there(closed: Experiment) -> None:
    """With somebody to decide or without, asked before or not."""
    first, again = ask(closed), ask(closed, email="lise@EXAMPLE.org")
    closed.investigation.members.all().delete()
    nobody = ask(closed, email="other@example.org")
    assert first.content == again.content == nobody.content
    assert AccessRequest.objects.count() == 2


def test_only_a_closed_landing_page_can_be_asked_about(
    experiment: Callable[..., Experiment],
) -> None:
    made = experiment()
    answer = ask(made)
    assert answer["Location"] == made.landing
    absent = Client().post("/request-access/10.5072/nothing", ASK)
    assert absent.status_code == 404
    assert not AccessRequest.objects.exists()


def test_requests_from_one_address_are_limited(closed: Experiment) -> None:
    for number in range(MOST_FROM_ONE_ADDRESS):
        assert ask(closed, email=f"{number}@example.org").status_code == 200
    answer = ask(closed, email="one-more@example.org")
    assert answer.status_code == 429
    assert "try again tomorrow" in answer.content.decode()
    assert ASK["purpose"] in answer.content.decode()
    assert AccessRequest.objects.count() == MOST_FROM_ONE_ADDRESS


def test_as_many_queries_for_twenty_grants_as_for_two(
    closed: Experiment, django_assert_num_queries: Any
) -> None:
    group = UserGroup.objects.create(name="Magnons")
    reader = logged_in(email="ann@example.org")
    for _ in range(2):
        for number in range(10):
            AccessGrant.objects.create(
                investigation=closed.investigation,
                grantee="ann@example.org" if number % 2 else "",
                group=None if number % 2 else group,
                reason="A paper.",
                last_day=LATER,
            )
        with django_assert_num_queries(17):
            reader.get(closed.private_pages[0])
