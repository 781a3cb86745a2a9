"""The cart: one's own, kept, and published as a whole or not at all."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from catalogue.models import Cart, DataPublication, Dataset, Investigation, ReleaseEvent
from catalogue.queries import agents_of
from catalogue.record import Organisation
from catalogue.vocabulary.roles import Role
from tests.factories import (
    make_dataset,
    make_embargoed_investigation,
    make_investigation,
    make_member,
    make_person,
    make_user,
)

pytestmark = pytest.mark.django_db
ENTERED = {
    "title": "Figure 3",
    "abstract": "What the figure shows.",
    "licence": "CC-BY-4.0",
    "creators-TOTAL_FORMS": "2",
    "creators-INITIAL_FORMS": "0",
    "creators-0-name": "Jane Doe",
    "creators-0-given_name": "Jane",
    "creators-0-family_name": "Doe",
    "creators-0-orcid": "https://orcid.org/0000-0002-1825-0097",
    "creators-0-affiliations": "Example University https://ror.org/02mhbdp94\r\nExample Laboratory",
    "funding-TOTAL_FORMS": "1",
    "funding-INITIAL_FORMS": "0",
    "funding-0-funder_name": "European Commission",
    "funding-0-funder_identifier": "https://doi.org/10.13039/501100000780",
    "funding-0-award_number": "823852",
    "related-TOTAL_FORMS": "1",
    "related-INITIAL_FORMS": "0",
    "related-0-relation_type": "IsSupplementTo",
    "related-0-identifier": "https://doi.org/10.1234/paper",
}


def member_of(investigation: Investigation, **changes: Any) -> Client:
    client = Client()
    user = make_user()
    make_member(investigation, person=make_person(user=user, full_name="Jane Doe"), **changes)
    client.force_login(user)
    return client


def put_in(client: Client, *datasets: Dataset) -> None:
    client.post("/cart/add", {"dataset": [str(row.uid) for row in datasets]})


def test_a_choice_is_described_confirmed_and_published() -> None:
    investigation = make_investigation()
    chosen, _ = (make_dataset(investigation=investigation, file_count=1) for _ in range(2))
    client = member_of(investigation)
    put_in(client, chosen)
    assert chosen.name in client.get("/cart").content.decode()

    confirm = client.post("/cart/publish", {**ENTERED, "step": "confirm"}).content.decode()
    assert "Doe, Jane" in confirm
    assert not DataPublication.objects.exists()

    answer = client.post("/cart/publish", {**ENTERED, "step": "publish"})
    publication = DataPublication.objects.get()
    assert answer["Location"] == f"/doi/{publication.doi}"
    assert list(publication.datasets.all()) == [chosen]
    (creator,) = agents_of(publication)[0]
    assert creator.orcid == "0000-0002-1825-0097"
    assert creator.affiliations == (
        Organisation("Example University", "https://ror.org/02mhbdp94"),
        Organisation("Example Laboratory"),
    )
    assert publication.funding.get().award_number == "823852"
    assert publication.related_identifiers.get().identifier == "10.1234/paper"
    assert not Cart.objects.exists()
    page = client.get(answer["Location"]).content.decode()
    assert "Supplement to" in page
    assert "European Commission" in page
    assert "Example Laboratory" in page


def test_rows_are_left_out_and_put_in_another_order() -> None:
    investigation = make_investigation()
    client = member_of(investigation)
    make_member(investigation, person=make_person(full_name="John Roe"), role=Role.MEMBER)
    put_in(client, make_dataset(investigation=investigation, file_count=1))
    rows = {
        "creators-TOTAL_FORMS": "3",
        "creators-INITIAL_FORMS": "2",
        "creators-0-ORDER": "3",
        "creators-1-name": "John Roe",
        "creators-1-DELETE": "on",
        "creators-2-name": "Ada Example",
        "creators-2-ORDER": "1",
    }
    client.post("/cart/publish", {**ENTERED, **rows, "step": "publish"})
    creators, _ = agents_of(DataPublication.objects.get())
    assert [agent.name for agent in creators] == ["Ada Example", "Jane Doe"]


def test_the_next_user_of_the_browser_does_not_inherit_it() -> None:
    investigation = make_investigation()
    dataset = make_dataset(investigation=investigation)
    client = member_of(investigation)
    put_in(client, dataset)
    first = client.session.get("_auth_user_id")
    client.logout()
    client.force_login(make_user())
    assert "It is empty" in client.get("/cart").content.decode()
    elsewhere = Client()
    elsewhere.force_login(Cart.objects.get(user_id=first).user)
    assert dataset.name in elsewhere.get("/cart").content.decode()


def test_nobody_puts_in_what_is_not_their_own() -> None:
    secret = make_dataset(investigation=make_embargoed_investigation())
    client = member_of(make_investigation())
    put_in(client, secret)
    assert secret.name not in client.get("/cart").content.decode()
    assert Cart.objects.get().datasets.count() == 0


def test_who_has_left_the_team_publishes_nothing() -> None:
    investigation = make_investigation()
    client = member_of(investigation)
    put_in(client, make_dataset(investigation=investigation))
    investigation.members.all().delete()
    assert client.post("/cart/publish", {**ENTERED, "step": "publish"})["Location"] == "/cart"
    assert not DataPublication.objects.exists()


def test_closed_data_need_a_decision() -> None:
    investigation = make_embargoed_investigation()
    dataset = make_dataset(investigation=investigation, file_count=1)
    client = member_of(investigation)
    put_in(client, dataset)
    answer = client.post("/cart/publish", {**ENTERED, "step": "publish"})
    assert "This field is required" in answer.content.decode()
    assert not DataPublication.objects.exists()


@pytest.mark.parametrize(("release", "is_open"), [("open", True), ("keep", False)])
def test_the_decision_opens_all_of_it_or_none(release: str, is_open: bool) -> None:
    investigation = make_embargoed_investigation()
    chosen = [make_dataset(investigation=investigation, file_count=1) for _ in range(2)]
    client = member_of(investigation)
    put_in(client, *chosen)
    entered = {**ENTERED, "release": release}
    confirm = client.post("/cart/publish", {**entered, "step": "confirm"}).content.decode()
    assert ("You open 2 datasets to everyone" in confirm) is is_open
    assert not Dataset.objects.exclude(released_early_on=None).exists()
    assert not ReleaseEvent.objects.exists()
    client.post("/cart/publish", {**entered, "step": "publish"})
    assert DataPublication.objects.get().record.is_open is is_open
    opened = Dataset.objects.exclude(released_early_on=None).count()
    assert opened == (2 if is_open else 0)


def test_a_member_who_may_not_release_is_told_and_nothing_happens() -> None:
    investigation = make_embargoed_investigation()
    dataset = make_dataset(investigation=investigation, file_count=1)
    client = member_of(investigation, role=Role.MEMBER)
    put_in(client, dataset)
    answer = client.post("/cart/publish", {**ENTERED, "release": "open", "step": "publish"})
    assert "may not" in answer.content.decode()
    assert not DataPublication.objects.exists()
    assert Dataset.objects.get().released_early_on is None


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"creators-0-orcid": "0000-0002-1825-0098"}, "is not an ORCID iD"),
        ({"creators-0-affiliations": "ILL https://ror.org/ill"}, "is not a ROR"),
        ({"creators-0-affiliations": "https://ror.org/02mhbdp94"}, "Name the affiliation"),
        ({"creators-0-affiliations": "x" * 301}, "longer than 300"),
        ({"funding-0-funder_identifier": "EC"}, "is no funder’s id"),
        ({"related-0-identifier": "see the paper"}, "is no DOI, Handle or address"),
        ({"title": ""}, "This field is required"),
        ({"creators-0-name": ""}, "This field is required"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_entered_stays(
    change: dict[str, str], sentence: str
) -> None:
    investigation = make_investigation()
    client = member_of(investigation)
    put_in(client, make_dataset(investigation=investigation))
    page = client.post("/cart/publish", {**ENTERED, **change, "step": "confirm"})
    assert sentence in page.content.decode()
    again = client.get("/cart/publish").content.decode()
    assert "What the figure shows." in again


def test_a_publication_is_of_one_investigation() -> None:
    first = make_investigation()
    client = member_of(first)
    person = first.members.get().person
    second = make_embargoed_investigation(release_date=date(2999, 1, 1))
    make_member(second, person=person)
    put_in(client, make_dataset(investigation=first), make_dataset(investigation=second))
    assert "several investigations" in client.get("/cart").content.decode()
    assert client.get("/cart/publish")["Location"] == "/cart"


def test_a_dataset_is_taken_out_again() -> None:
    investigation = make_investigation()
    dataset = make_dataset(investigation=investigation)
    client = member_of(investigation)
    put_in(client, dataset)
    client.post("/cart/remove", {"dataset": [str(dataset.uid), "nonsense"]})
    assert "It is empty" in client.get("/cart").content.decode()
