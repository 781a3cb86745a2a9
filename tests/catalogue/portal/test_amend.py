"""Amending a publication: by its people, seen before it is done, and told to everyone at once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from catalogue.models import AuditEvent, DataPublication, DoiUpdate, OaiItem, PublishedRecord
from catalogue.publication.amend import amend
from catalogue.publication.datacite import DataCiteRegistrar
from catalogue.publication.details import Details, details_of
from catalogue.publication.publish import (
    Act,
    CannotPublishError,
    publish_investigation,
    publish_selection,
    withdraw,
)
from catalogue.publication.registrar import LocalRegistrar
from catalogue.publication.registration import send
from catalogue.record import Agent, FundingReference, Organisation, RelatedIdentifier
from catalogue.vocabulary.roles import Role
from tests.factories import (
    make_dataset,
    make_embargoed_investigation,
    make_facility,
    make_investigation,
    make_member,
    make_person,
    make_policy,
    make_proposal,
    make_user,
)
from tests.fakes.datacite import FakeDataCite

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SAID = Details(
    title="Figure 3",
    abstract="What the figure shows.",
    licence="CC-BY-4.0",
    creators=(
        Agent(
            "Jane Doe",
            given_name="Jane",
            family_name="Doe",
            affiliations=(Organisation("Example University"), Organisation("Example Laboratory")),
        ),
        Agent("John Roe"),
    ),
    funding=(FundingReference("European Commission", award_number="823852"),),
    related=(RelatedIdentifier("10.1234/paper", "DOI", "IsSupplementTo", "JournalArticle"),),
)


def published(*, details: Details = SAID, **changes: Any) -> DataPublication:
    investigation = changes.pop("investigation", None) or make_investigation(**changes)
    make_member(investigation, person=make_person(full_name="Ann Member"))
    dataset = make_dataset(investigation=investigation, file_count=1)
    return publish_selection(
        [dataset], act=Act(now=NOW), registrar=LocalRegistrar(), details=details
    )


def client_of(publication: DataPublication, role: Role = Role.MEMBER) -> Client:
    user = make_user()
    make_member(publication.investigation, person=make_person(user=user), role=role)
    client = Client()
    client.force_login(user)
    return client


def entered_in(client: Client, address: str) -> dict[str, Any]:
    """Returns what a browser would send of the form as it stands."""
    context = client.get(address).context
    forms = context["forms"]
    sent: dict[str, Any] = {"seen": context["seen"]}
    for part in (forms.description, *forms.creators, *forms.funding, *forms.related):
        sent |= {
            part.add_prefix(name): part.get_initial_for_field(field, name)
            for name, field in part.fields.items()
        }
    for rows in (forms.creators, forms.funding, forms.related):
        sent |= {
            rows.management_form.add_prefix(name): value
            for name, value in rows.management_form.initial.items()
        }
    return {name: value for name, value in sent.items() if value not in (None, False)}


def test_it_is_changed_shown_and_done() -> None:
    publication = published()
    earlier = NOW - timedelta(days=1)
    OaiItem.objects.update(datestamp=earlier)
    PublishedRecord.objects.update(datestamp=earlier)
    client = client_of(publication)
    address = f"/amend/{publication.doi}"
    assert address in client.get(f"/doi/{publication.doi}").content.decode()
    entered = {**entered_in(client, address), "title": "Figure 4", "related-0-DELETE": "on"}

    confirm = client.post(address, {**entered, "step": "confirm"}).content.decode()
    assert "You change the title, what belongs to it of" in confirm
    assert "Figure 4" in confirm
    publication.refresh_from_db()
    assert publication.title == "Figure 3"
    assert OaiItem.objects.get().datestamp == earlier

    answer = client.post(address, {**entered, "step": "publish"})
    assert answer["Location"] == f"/doi/{publication.doi}"
    publication.refresh_from_db()
    assert details_of(publication) == replace(SAID, title="Figure 4", related=())
    assert publication.amended_at is not None
    page = client.get(answer["Location"]).content.decode()
    assert "Figure 4" in page
    assert f"Amended</dt><dd>{timezone.localdate():%-d %B %Y}" in page
    for stamped in (OaiItem.objects.get(), PublishedRecord.objects.get()):
        assert stamped.datestamp > earlier
    assert "Figure 4" in OaiItem.objects.get().records.get(prefix="oai_datacite").xml
    assert DoiUpdate.objects.get().publication == publication
    event = AuditEvent.objects.get(action="amend")
    assert event.before["title"] == "Figure 3"
    assert event.after == {"title": "Figure 4", "related": []}


def test_the_form_says_what_is_said_already() -> None:
    publication = published()
    client = client_of(publication)
    address = f"/amend/{publication.doi}"
    page = client.post(address, {**entered_in(client, address), "step": "confirm"})
    assert "You have changed nothing." in page.content.decode()


def test_the_licence_stays() -> None:
    publication = published()
    client = client_of(publication)
    address = f"/amend/{publication.doi}"
    entered = {**entered_in(client, address), "title": "Other", "licence": "CC0-1.0"}
    client.post(address, {**entered, "step": "publish"})
    publication.refresh_from_db()
    assert (publication.title, publication.licence) == ("Other", "CC-BY-4.0")


def test_only_its_people_and_data_managers_amend() -> None:
    publication = published()
    address = f"/amend/{publication.doi}"
    assert Client().get(address).status_code == 302
    stranger = client_of(published())
    assert stranger.get(address).status_code == 404
    assert stranger.post(address, {"step": "publish"}).status_code == 404
    assert "/amend/" not in stranger.get(f"/doi/{publication.doi}").content.decode()
    contact = client_of(publication, Role.LOCAL_CONTACT)
    assert contact.get(address).status_code == 404
    manager = Client()
    manager.force_login(make_user(is_superuser=True, is_staff=True))
    assert manager.get(address).status_code == 200
    assert (
        client_of(publication).get(address.upper().replace("/AMEND", "/amend")).status_code == 200
    )
    assert client_of(publication).get("/amend/10.5072/nothing").status_code == 404
    assert client_of(publication).get("/amend/10.5072/no%00thing").status_code == 404


def test_two_who_amend_at_once_do_not_undo_each_other() -> None:
    publication = published()
    first, second = client_of(publication), client_of(publication)
    address = f"/amend/{publication.doi}"
    one = {**entered_in(first, address), "title": "First"}
    other = {**entered_in(second, address), "title": "Second"}
    first.post(address, {**one, "step": "publish"})
    page = second.post(address, {**other, "step": "publish"}).content.decode()
    assert "Somebody has amended it since" in page
    publication.refresh_from_db()
    assert publication.title == "First"


def test_a_tombstone_stays_as_it_is() -> None:
    publication = published()
    withdraw(publication.pk, act=Act(now=NOW, reason="Wrong."))
    client = client_of(publication)
    assert client.get(f"/amend/{publication.doi}").status_code == 302
    with pytest.raises(CannotPublishError, match="withdrawn"):
        amend(publication.pk, replace(SAID, title="New"), act=Act(now=NOW))


def test_what_the_policy_hides_stays_hidden() -> None:
    policy = make_policy(metadata_visibility="minimal")
    investigation = make_embargoed_investigation(proposal=make_proposal(embargo_policy=policy))
    publication = published(investigation=investigation)
    before = OaiItem.objects.get().datestamp
    client = client_of(publication)
    address = f"/amend/{publication.doi}"
    entered = {**entered_in(client, address), "abstract": "A new secret."}
    confirm = client.post(address, {**entered, "step": "confirm"}).content.decode()
    assert "no more than the policy allows" in confirm
    assert "A new secret." not in confirm.split("What everyone will read")[1].split("<form")[0]
    client.post(address, {**entered, "step": "publish"})
    publication.refresh_from_db()
    assert publication.abstract == "A new secret."
    assert "A new secret." not in Client().get(f"/doi/{publication.doi}").content.decode()
    assert OaiItem.objects.get().datestamp == before


def test_a_whole_experiment_is_amended_too() -> None:
    investigation = make_investigation(dataset_count=1)
    make_member(investigation, person=make_person(full_name="Ann Member"))
    make_dataset(investigation=investigation)
    publication = publish_investigation(
        investigation.pk, act=Act(now=NOW), registrar=LocalRegistrar()
    )
    amend(publication.pk, replace(details_of(publication), title="New"), act=Act(now=NOW))
    assert PublishedRecord.objects.get().title == "New"


def test_what_says_the_same_writes_nothing() -> None:
    publication = published()
    DoiUpdate.objects.all().delete()
    agents = list(publication.agents.values_list("pk", flat=True))
    amend(publication.pk, details_of(publication), act=Act(now=NOW))
    assert not DoiUpdate.objects.exists()
    assert not AuditEvent.objects.filter(action="amend").exists()
    amend(publication.pk, replace(SAID, title="New"), act=Act(now=NOW))
    assert list(publication.agents.values_list("pk", flat=True)) == agents


ORCID, OTHER = "0000-0002-1825-0097", "0000-0001-5109-3700"


@pytest.mark.parametrize(
    ("after", "kept"),
    [
        ([Agent("Ann"), Agent("Lee"), Agent("Lee", orcid=ORCID)], ["1", "2", "3"]),
        ([Agent("Lee", orcid=ORCID), Agent("Ann"), Agent("Lee")], ["3", "1", "2"]),
        ([Agent("Lee Jr", orcid=ORCID), Agent("Ann", orcid=OTHER)], ["3", "1"]),
        ([Agent("Anna"), Agent("Lee", orcid=OTHER), Agent("Lee")], ["", "", "2"]),
        ([Agent("Ann"), Agent("Ann")], ["1", ""]),
    ],
    ids=["an affiliation", "the order", "a name, an ORCID", "somebody else", "a namesake"],
)
def test_what_another_catalogue_calls_a_creator_outlives_an_amendment(
    after: list[Agent], kept: list[str]
) -> None:
    """Of a creator who is the same by ORCID or name, whatever else is amended."""
    before = (Agent("Ann"), Agent("Lee"), Agent("Lee", orcid=ORCID))
    publication = published(details=replace(SAID, creators=before))
    for number, row in enumerate(publication.agents.filter(contributor_type=""), start=1):
        row.imported_id, row.imported_role, row.researcher_id = str(number), "pi", f"r{number}"
        row.save()
    place = (Organisation("New University"),)
    creators = tuple(replace(agent, affiliations=place) for agent in after)
    amend(publication.pk, replace(SAID, creators=creators), act=Act(now=NOW))
    rows = publication.agents.filter(contributor_type="").order_by("order")
    told = rows.values_list("imported_id", "imported_role", "researcher_id")
    assert list(told) == [(name, "pi", f"r{name}") if name else ("", "", "") for name in kept]


def test_a_publication_needs_its_creators() -> None:
    publication = published()
    with pytest.raises(CannotPublishError, match="no creators"):
        amend(publication.pk, replace(SAID, creators=()), act=Act(now=NOW))
    assert details_of(publication) == SAID


def test_datacite_holds_what_is_said_now_and_nothing_of_before(
    datacite: FakeDataCite, registrar: DataCiteRegistrar
) -> None:
    facility = make_facility(doi_prefix="10.1234")
    investigation = make_investigation(
        proposal=make_proposal(embargo_policy=make_policy(facility=facility))
    )
    make_member(investigation)
    publication = publish_selection(
        [make_dataset(investigation=investigation, file_count=1)],
        act=Act(now=NOW),
        registrar=registrar,
        details=SAID,
    )
    assert send(publication.pk, registrar=registrar, now=NOW)
    held = datacite.dois[publication.doi]
    assert [place["name"] for place in held["creators"][0]["affiliation"]] == [
        "Example University",
        "Example Laboratory",
    ]
    assert held["fundingReferences"]
    after = replace(SAID, title="New", abstract="", funding=(), related=())
    amend(publication.pk, after, act=Act(now=NOW))
    assert send(publication.pk, registrar=registrar, now=NOW)
    held = datacite.dois[publication.doi]
    assert held["titles"] == [{"title": "New"}]
    assert held["fundingReferences"] == held["relatedIdentifiers"] == []
    assert not [text for text in held["descriptions"] if text["descriptionType"] == "Abstract"]
    assert datacite.minted == {publication.doi: 1}
    assert not DoiUpdate.objects.exists()
