"""Every page × every kind of viewer × every release state."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client

from catalogue.policy.embargo import ReleaseState
from tests.catalogue.portal.experiments import (
    ANONYMOUS,
    MANAGER,
    MEMBER,
    STRANGER,
    Experiment,
    logged_in,
    publish,
)
from tests.factories import (
    make_dataset,
    make_embargoed_investigation,
    make_investigation,
    make_policy,
    make_proposal,
)

pytestmark = pytest.mark.django_db

CLOSED: dict[str, dict[str, Any]] = {
    "embargoed": {
        "release_state": ReleaseState.UNDER_EMBARGO,
        "release_date": date(2999, 1, 1),
        "released_at": None,
    },
    "due but not released": {
        "release_state": ReleaseState.UNDER_EMBARGO,
        "release_date": date(2020, 1, 1),
        "released_at": None,
    },
    "open before its day": {"release_date": date(2999, 1, 1)},
    "held": {"release_state": ReleaseState.HELD, "released_at": None},
    "proprietary": {
        "release_state": ReleaseState.PROPRIETARY,
        "release_date": None,
        "released_at": None,
    },
    "withdrawn": {"release_state": ReleaseState.WITHDRAWN},
}
# Strings of the dataset, its file and its sample; none of them is in a minimal record.
SECRETS = ["kagome-run-1", "kagome.nxs", "wibbleite"]


@pytest.mark.parametrize("viewer", [ANONYMOUS, STRANGER])
@pytest.mark.parametrize("changes", CLOSED.values(), ids=CLOSED.keys())
def test_outsiders_get_the_answer_of_a_page_that_does_not_exist(
    changes: dict[str, Any], viewer: str, experiment: Callable[..., Experiment]
) -> None:
    made = experiment(**changes)
    missing = {
        "investigations": "/investigations/999999",
        "datasets": "/datasets/00000000-0000-4000-8000-000000000000",
        "files": "/files/999999/kagome.nxs",
    }
    for page in made.private_pages:
        absent = missing[page.split("/")[1]]
        shown, not_there = made.clients[viewer].get(page), made.clients[viewer].get(absent)
        assert shown.status_code == not_there.status_code == 404
        assert _body(shown, page) == _body(not_there, absent)


def _status(client: Client, page: str) -> int:
    answer = client.get(page)
    answer.getvalue()
    return answer.status_code


def _body(answer: Any, address: str) -> str:
    """Returns a page without its own address and the form token, which differs in every answer."""
    return re.sub(r'value="\w{64}"', "", answer.content.decode().replace(address, ""))


@pytest.mark.parametrize("viewer", [MEMBER, MANAGER])
@pytest.mark.parametrize("changes", CLOSED.values(), ids=CLOSED.keys())
def test_members_and_data_managers_see_their_data_in_every_state(
    changes: dict[str, Any], viewer: str, experiment: Callable[..., Experiment]
) -> None:
    made = experiment(**changes)
    for page in made.private_pages:
        assert _status(made.clients[viewer], page) == 200


@pytest.mark.parametrize("viewer", [ANONYMOUS, STRANGER, MEMBER, MANAGER])
def test_everyone_sees_what_is_open(viewer: str, experiment: Callable[..., Experiment]) -> None:
    made = experiment()
    for page in [made.landing, *made.private_pages]:
        assert _status(made.clients[viewer], page) == 200


@pytest.mark.parametrize("viewer", [ANONYMOUS, STRANGER])
@pytest.mark.parametrize("changes", CLOSED.values(), ids=CLOSED.keys())
def test_nothing_closed_is_on_any_public_page(
    changes: dict[str, Any], viewer: str, experiment: Callable[..., Experiment]
) -> None:
    made = experiment(**changes)
    formats = ["bibtex", "ris", "csl", "datacite-json", "datacite-xml", "json-ld"]
    pages = ["/", "/search", "/search?q=lattice", "/sitemap-doi.xml"]
    landings = [made.landing, *(f"{made.landing}?format={name}" for name in formats)]
    for page in [*pages, *landings]:
        answer = made.clients[viewer].get(page)
        assert answer.status_code == 200
        text = answer.content.decode()
        assert not [secret for secret in SECRETS if secret in text], page
        assert made.datafile.sha256 not in text
        assert str(made.dataset.uid) not in text
    assert "What may help" in made.clients[viewer].get("/search?q=wibbleite").content.decode()


def test_a_policy_that_hides_all_leaves_no_title_and_no_name(client: Client) -> None:
    policy = make_policy(metadata_visibility="with_data")
    proposal = make_proposal(embargo_policy=policy, title="Hidden proposal", code="HIDDEN-1")
    investigation = make_embargoed_investigation(
        proposal=proposal, title="Hidden title", abstract="Hidden abstract"
    )
    make_dataset(investigation=investigation)
    publication = publish(investigation, title="Hidden title")
    for page in ["/", "/search", f"/doi/{publication.doi}", "/search?q=hidden"]:
        text = client.get(page).content.decode()
        for word in ("Hidden title", "Hidden abstract", "HIDDEN-1", investigation.instrument.name):
            assert word not in text, page
    assert "1 January 2999" in client.get(f"/doi/{publication.doi}").content.decode()


def test_an_early_dataset_is_open_while_its_investigation_is_not(client: Client) -> None:
    investigation = make_embargoed_investigation(title="The closed title")
    early = make_dataset(investigation=investigation, released_early_on=date(2020, 1, 1))
    closed = make_dataset(investigation=investigation)
    page = client.get(f"/datasets/{early.uid}")
    assert page.status_code == 200
    assert "Released early" in page.content.decode()
    assert "The closed title" not in page.content.decode()
    assert client.get(f"/datasets/{closed.uid}").status_code == 404
    assert client.get(f"/investigations/{investigation.pk}").status_code == 404


def test_paths_on_the_facilitys_disks_are_for_insiders(
    experiment: Callable[..., Experiment],
) -> None:
    made = experiment()
    page = f"/datasets/{made.dataset.uid}"
    for viewer, sees in {ANONYMOUS: False, STRANGER: False, MEMBER: True, MANAGER: True}.items():
        text = made.clients[viewer].get(page).content.decode()
        assert (made.datafile.path in text) is sees, viewer


def test_an_account_that_was_closed_sees_nothing(experiment: Callable[..., Experiment]) -> None:
    made = experiment(**CLOSED["embargoed"])
    client = logged_in(is_staff=True, is_active=False)
    assert client.get(made.private_pages[0]).status_code == 404


def test_my_investigations_are_mine_and_all_are_the_data_managers(
    experiment: Callable[..., Experiment],
) -> None:
    made = experiment(**CLOSED["embargoed"])
    make_investigation(title="Someone else’s")
    mine = made.clients[MEMBER].get("/my").content.decode()
    assert "Magnons in the Kagome lattice" in mine
    assert "Someone else’s" not in mine
    everything = made.clients[MANAGER].get("/my").content.decode()
    assert "Magnons in the Kagome lattice" in everything
    assert "Someone else’s" in everything
    assert "not linked to a person" in made.clients[STRANGER].get("/my").content.decode()


def test_a_log_in_without_a_person_owns_no_investigation_without_people() -> None:
    make_investigation(title="Open and without people")
    assert "Open and without people" not in logged_in().get("/my").content.decode()


def test_my_investigations_ask_for_a_log_in_and_come_back(client: Client) -> None:
    answer = client.get("/my?state=held")
    assert answer.status_code == 302
    assert answer["Location"] == "/login?next=/my%3Fstate%3Dheld"
