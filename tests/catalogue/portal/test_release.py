"""People act on a release: by page and by signed link, each as who they are and no more."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core import signing
from django.test import Client

from catalogue.models import (
    EmbargoPolicy,
    Investigation,
    InvestigationUser,
    Person,
    Proposal,
    ReleaseEvent,
    ReleaseRequest,
)
from catalogue.policy.events import Action
from catalogue.publication import release_links
from tests.catalogue.portal.experiments import (
    ANONYMOUS,
    MANAGER,
    MEMBER,
    STRANGER,
    Experiment,
)
from tests.factories import (
    make_embargoed_investigation,
    make_member,
    make_person,
    make_policy,
    make_proposal,
    make_user,
)

pytestmark = pytest.mark.django_db
CLOSED: dict[str, Any] = {
    "release_state": "under_embargo",
    "release_date": date(2999, 1, 1),
    "released_at": None,
}


def address(made: Experiment) -> str:
    return f"/investigations/{made.investigation.pk}/release"


def do(client: Client, made: Experiment, action: str, **form: object) -> str:
    answer = client.post(address(made), {"action": action, **form}, follow=True)
    assert answer.status_code == 200
    made.investigation.refresh_from_db()
    return answer.content.decode()


@pytest.mark.parametrize("viewer", [ANONYMOUS, STRANGER])
@pytest.mark.parametrize("changes", [CLOSED, {}], ids=["closed", "open"])
def test_the_release_page_is_for_the_team_and_data_managers(
    viewer: str, changes: dict[str, Any], experiment: Callable[..., Experiment]
) -> None:
    made = experiment(**changes)
    assert made.clients[viewer].get(address(made)).status_code == 404
    assert made.clients[viewer].post(address(made), {"action": "hold"}).status_code == 404
    assert not ReleaseEvent.objects.exists()
    for insider in (MEMBER, MANAGER):
        assert made.clients[insider].get(address(made)).status_code == 200


def test_an_extension_is_asked_for_decided_and_told(
    experiment: Callable[..., Experiment],
) -> None:
    made = experiment(**CLOSED)
    page = do(made.clients[MEMBER], made, "request_extension", months=6, reason="A thesis.")
    assert "The extension is asked for" in page
    assert "A thesis." in page
    assert made.investigation.release_state == "extension_requested"
    assert "may not approve" in do(made.clients[MEMBER], made, "approve_extension")
    assert "is granted" in do(made.clients[MANAGER], made, "approve_extension")
    assert made.investigation.release_date == date(2999, 7, 1)
    request = ReleaseRequest.objects.get()
    assert (request.state, request.months) == ("granted", 6)
    assert [event.action for event in ReleaseEvent.objects.order_by("number")] == [
        "request_extension",
        "approve_extension",
    ]


def test_what_is_not_allowed_says_why_and_changes_nothing(
    experiment: Callable[..., Experiment],
) -> None:
    made = experiment(**CLOSED)
    refused = "Nothing has changed."
    for action, form in {
        "request_extension": {"months": "999", "reason": "x"},
        "hold": {"reason": "x"},
        "waive": {"day": "not a day", "reason": "x"},
    }.items():
        assert refused in do(made.clients[MEMBER], made, action, **form)
    assert "Choose one of the actions" in do(made.clients[MANAGER], made, "reschedule")
    assert refused in do(made.clients[MANAGER], made, "hold", reason=" ")
    assert not ReleaseEvent.objects.exists()


def test_an_early_release_without_objections_to_wait_for_opens_at_once(
    experiment: Callable[..., Experiment],
) -> None:
    policy = make_policy(objection_days=0)
    made = experiment(proposal=make_proposal(embargo_policy=policy), **CLOSED)
    do(made.clients[MEMBER], made, "request_early_release")
    assert made.investigation.release_state == "open"
    assert ReleaseRequest.objects.get().state == "granted"
    made.publication.record.refresh_from_db()
    assert made.publication.record.is_open
    assert made.clients[ANONYMOUS].get(f"/datasets/{made.dataset.uid}").status_code == 200


def test_a_hold_closes_what_is_open_and_lifting_releases_it_anew(
    experiment: Callable[..., Experiment],
) -> None:
    made = experiment()
    page = f"/datasets/{made.dataset.uid}"
    do(made.clients[MANAGER], made, "hold", reason="Personal data.")
    assert made.clients[ANONYMOUS].get(page).status_code == 404
    made.publication.record.refresh_from_db()
    assert not made.publication.record.is_open
    do(made.clients[MANAGER], made, "lift", reason="Removed.")
    assert made.clients[ANONYMOUS].get(page).status_code == 200


def test_a_successor_takes_over(experiment: Callable[..., Experiment]) -> None:
    made = experiment(**CLOSED)
    successor = make_member(made.investigation, role="co-investigator").person
    do(made.clients[MANAGER], made, "hand_over", successor=successor.pk, reason="Retired.")
    roles = dict(InvestigationUser.objects.values_list("person__full_name", "role"))
    assert roles == {
        successor.full_name: "principal investigator",
        "Marie Curie": "co-investigator",
    }
    assert "Choose another member" in do(
        made.clients[MANAGER], made, "hand_over", successor=0, reason="Retired."
    )
    event = ReleaseEvent.objects.get()
    assert (event.action, event.details["to"]) == ("hand_over", successor.pk)


def linked(action: Action, **member: Any) -> tuple[Investigation, str]:
    investigation = make_embargoed_investigation(title="Ice under pressure")
    person = make_person(full_name="Ann Example")
    make_member(investigation, person=person, **member)
    return investigation, link_for(person, action, investigation)


def link_for(person: Person, action: Action, investigation: Investigation) -> str:
    link = release_links.link_to(action, investigation, person_id=person.pk)
    return link.removeprefix("http://127.0.0.1:8000")


def test_a_link_asks_before_it_acts_and_acts_once(client: Client) -> None:
    investigation, link = linked(Action.REQUEST_EXTENSION)
    page = client.get(link).content.decode()
    assert "Ice under pressure" in page
    assert not ReleaseEvent.objects.exists()
    assert "is asked for" in client.post(link, {"months": 3, "reason": "Late."}).content.decode()
    again = client.post(link, {"months": 3, "reason": "Late."})
    assert (again.status_code, client.get(link).status_code) == (410, 410)
    assert "has been asked for" in again.content.decode()
    event = ReleaseEvent.objects.get()
    assert (event.actor_name, event.actor_role) == ("Ann Example", "principal_investigator")
    assert ReleaseRequest.objects.get().investigation == investigation


def test_a_used_link_extends_no_second_time(client: Client) -> None:
    """Where asking is enough, an old mail in the wrong hands must not ask again."""
    investigation, link = linked(Action.REQUEST_EXTENSION)
    policy = EmbargoPolicy.objects.filter(proposals=investigation.proposal)
    light = make_policy(
        facility=policy.get().facility, extension_approver="automatic", max_extensions=3
    )
    Proposal.objects.update(embargo_policy=light)
    for _ in range(3):
        client.post(link, {"months": 12, "reason": "Late."})
    investigation.refresh_from_db()
    assert (investigation.extensions, investigation.extended_months) == (1, 12)
    leader = investigation.people.get()
    fresh = link_for(leader, Action.REQUEST_EXTENSION, investigation)
    assert "is asked for" in client.post(fresh, {"months": 1, "reason": "Late."}).content.decode()


def test_an_objection_by_an_old_link_does_not_meet_a_new_request(client: Client) -> None:
    investigation, link = linked(Action.OBJECT, role="member")
    for state in ("objected", "pending"):
        ReleaseRequest.objects.create(
            investigation=investigation,
            kind="early_release",
            takes_effect_on=date(2998, 1, 1),
            asked_as="principal_investigator",
            asked_at=datetime(2026, 1, 1, tzinfo=UTC),
            state=state,
            decided_at=None if state == "pending" else datetime(2026, 1, 2, tzinfo=UTC),
        )
    assert client.post(link).status_code == 410
    assert ReleaseRequest.objects.filter(state="pending").exists()


def test_an_early_release_smuggles_no_extension_in(experiment: Callable[..., Experiment]) -> None:
    """Months in its form would ask, past the policy's limit, once somebody has objected."""
    policy = make_policy(objection_days=14, max_extensions=0)
    made = experiment(proposal=make_proposal(embargo_policy=policy), **CLOSED)
    do(made.clients[MEMBER], made, "request_early_release", months=9999, reason="Soon.")
    assert ReleaseRequest.objects.get().months == 0
    do(made.clients[MANAGER], made, "object", reason="Not yet.")
    assert made.investigation.release_state == "under_embargo"


def test_the_form_of_an_extension_tells_the_day_of_each_choice(
    experiment: Callable[..., Experiment],
) -> None:
    made = experiment(**{**CLOSED, "release_date": date(2999, 1, 31)})
    page = made.clients[MEMBER].get(f"/investigations/{made.investigation.pk}/release")
    text = page.content.decode()
    assert '<option value="1">28 February 2999, 1 month later</option>' in text
    assert '<option value="12" selected>31 January 3000, 12 months later</option>' in text


def test_a_link_does_its_one_thing_and_no_other(client: Client) -> None:
    investigation, link = linked(Action.REQUEST_EXTENSION)
    client.post(link, {"action": "request_early_release", "months": 3, "reason": "Late."})
    investigation.refresh_from_db()
    assert investigation.release_state == "extension_requested"


def test_a_link_of_somebody_who_has_left_is_dead(client: Client) -> None:
    investigation, link = linked(Action.REQUEST_EXTENSION)
    investigation.members.all().delete()
    for answer in (client.get(link), client.post(link, {"months": 3, "reason": "Late."})):
        assert answer.status_code == 410
        assert "Ice under pressure" not in answer.content.decode()
    assert not ReleaseEvent.objects.exists()


def test_a_link_expires_and_cannot_be_made_up(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, link = linked(Action.REQUEST_EXTENSION)
    assert client.get(link[:-1] + ("A" if link[-1] != "A" else "B")).status_code == 410
    other = signing.dumps([1, 1, "hold"], salt="another purpose")
    assert client.get(f"/release/{other}").status_code == 410
    monkeypatch.setattr(release_links, "VALID_S", -1)
    answer = client.get(link)
    assert answer.status_code == 410
    assert "has expired" in answer.content.decode()


def test_a_member_objects_by_link(client: Client) -> None:
    investigation, link = linked(Action.OBJECT, role="member")
    make_member(investigation, person=make_person(user=make_user(username="pi")))
    Investigation.objects.filter(pk=investigation.pk).update(release_state="early_release_pending")
    ReleaseRequest.objects.create(
        investigation=investigation,
        kind="early_release",
        takes_effect_on=date(2998, 1, 1),
        asked_as="principal_investigator",
        asked_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    link = link_for(investigation.people.get(full_name="Ann Example"), Action.OBJECT, investigation)
    assert "stops the early release" in client.post(link).content.decode()
    investigation.refresh_from_db()
    assert investigation.release_state == "under_embargo"
    assert ReleaseRequest.objects.get().state == "objected"


def test_a_principal_investigator_sees_what_opens_when(
    experiment: Callable[..., Experiment],
) -> None:
    made = experiment(**CLOSED)
    make_embargoed_investigation(title="Somebody else’s")
    do(made.clients[MEMBER], made, "request_extension", months=6, reason="A thesis.")
    page = made.clients[MEMBER].get("/my/releases").content.decode()
    assert "Magnons in the Kagome lattice" in page
    assert "Extension, 6 months" in page
    assert "Somebody else’s" not in page
    assert (
        "all that you lead is open" in made.clients[STRANGER].get("/my/releases").content.decode()
    )
    assert made.clients[ANONYMOUS].get("/my/releases").status_code == 302
