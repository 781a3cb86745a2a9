"""Versions of a choice: a DOI each, one for all, relations both ways, all of it or nothing."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from catalogue import outbound
from catalogue.models import (
    DataPublication,
    Dataset,
    DoiUpdate,
    Investigation,
    OaiItem,
    PublicationKind,
    PublishedRecord,
    ReleaseEvent,
)
from catalogue.publication import publish as workflows
from catalogue.publication.amend import amend
from catalogue.publication.datacite import DataCiteRegistrar
from catalogue.publication.details import details_of
from catalogue.publication.pace import SharedPace
from catalogue.publication.publish import (
    Act,
    CannotPublishError,
    publish_investigation,
    publish_selection,
    withdraw,
)
from catalogue.publication.registrar import LocalRegistrar
from catalogue.publication.registration import send
from catalogue.queries import public_record
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
LATER = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def investigation() -> Investigation:
    row = make_investigation()
    make_member(row, person=make_person(full_name="Ann Member"))
    return row


def datasets_of(investigation: Investigation, number: int) -> list[Dataset]:
    return [make_dataset(investigation=investigation, file_count=1) for _ in range(number)]


def choose(datasets: list[Dataset], **options: Any) -> DataPublication:
    values = {"act": Act(now=NOW), "registrar": LocalRegistrar()}
    return publish_selection(datasets, **values | options)


def relations(publication: DataPublication) -> set[tuple[str, str]]:
    record = public_record(publication, today=LATER.date())
    return {(one.relation_type, one.identifier) for one in record.related}


def three_versions(
    investigation: Investigation, **options: Any
) -> tuple[DataPublication, list[DataPublication]]:
    """Returns the concept of three versions, and these."""
    datasets = datasets_of(investigation, 3)
    first = choose(datasets[:1], title="First", **options)
    second = choose(datasets[:2], previous=first, title="Second", **options)
    third = choose(datasets[1:], previous=second, title="Third", **options)
    for row in (first, second):
        row.refresh_from_db()
    assert third.concept is not None
    return third.concept, [first, second, third]


def test_each_version_has_a_doi_and_one_stands_for_all(investigation: Investigation) -> None:
    concept, (first, second, third) = three_versions(investigation)
    assert [row.version for row in (first, second, third)] == [1, 2, 3]
    assert len({row.doi for row in (concept, first, second, third)}) == 4
    assert relations(concept) == {("HasVersion", row.doi) for row in (first, second, third)}
    assert relations(first) == {("IsVersionOf", concept.doi), ("IsPreviousVersionOf", second.doi)}
    assert relations(second) == {
        ("IsVersionOf", concept.doi),
        ("IsNewVersionOf", first.doi),
        ("IsPreviousVersionOf", third.doi),
    }
    assert relations(third) == {("IsVersionOf", concept.doi), ("IsNewVersionOf", second.doi)}
    record = public_record(concept, today=NOW.date())
    assert (record.title, record.doi, record.version) == ("Third", concept.doi, "")
    assert record.dataset_count == 2
    assert public_record(second, today=NOW.date()).version == "2"


def test_one_without_successor_has_no_concept(investigation: Investigation) -> None:
    only = choose(datasets_of(investigation, 1))
    assert only.concept is None
    assert relations(only) == set()


def test_the_older_ones_are_told_of_it(investigation: Investigation) -> None:
    datasets = datasets_of(investigation, 2)
    first = choose(datasets[:1])
    DoiUpdate.objects.all().delete()
    second = choose(datasets, previous=first, act=Act(now=LATER))
    waiting = set(DoiUpdate.objects.values_list("publication__doi", flat=True))
    assert waiting == {first.doi, second.doi, second.concept.doi if second.concept else ""}
    for row in (first, second):
        assert (
            second.doi
            in OaiItem.objects.get(publication=row).records.get(prefix="oai_datacite").xml
        )
    assert OaiItem.objects.filter(publication=second.concept).exists()


def test_it_is_all_or_nothing(
    investigation: Investigation, monkeypatch: pytest.MonkeyPatch
) -> None:
    datasets = datasets_of(investigation, 2)
    first = choose(datasets[:1])
    DoiUpdate.objects.all().delete()

    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("in the middle")

    monkeypatch.setattr(workflows, "_tell_versions", fails)
    with pytest.raises(RuntimeError):
        choose(datasets, previous=first)
    first.refresh_from_db()
    assert first.concept is None
    assert DataPublication.objects.get() == first
    assert PublishedRecord.objects.count() == OaiItem.objects.count() == 1
    assert not DoiUpdate.objects.exists()


def test_closed_data_of_a_version_open_with_it_or_nothing_happens() -> None:
    row = make_embargoed_investigation()
    make_member(row, person=make_person(full_name="Ann Member"))
    datasets = datasets_of(row, 2)
    first = choose(datasets[:1], release_early=True)
    other = make_dataset(investigation=row, file_count=1)
    with pytest.raises(CannotPublishError, match="same datasets"):
        choose(datasets[:1], previous=first, release_early=True)
    assert ReleaseEvent.objects.count() == 1
    second = choose([other], previous=first, release_early=True)
    assert second.record.is_open
    assert ReleaseEvent.objects.count() == 2


@pytest.mark.parametrize(
    ("case", "sentence"),
    [
        ("same", "the same datasets"),
        ("older", "followed already"),
        ("elsewhere", "of the same investigation"),
        ("experiment", "Only a choice"),
        ("concept", "Only a choice"),
    ],
)
def test_what_cannot_be_a_version(investigation: Investigation, case: str, sentence: str) -> None:
    concept, (first, _, third) = three_versions(investigation)
    whole = publish_investigation(
        investigation.pk, act=Act(now=NOW), registrar=LocalRegistrar(), needs_data=False
    )
    fresh = datasets_of(investigation, 1)
    elsewhere = make_investigation()
    make_member(elsewhere)
    previous, chosen = {
        "same": (third, list(third.datasets.all())),
        "older": (first, fresh),
        "elsewhere": (third, datasets_of(elsewhere, 1)),
        "experiment": (whole, fresh),
        "concept": (concept, fresh),
    }[case]
    before = DataPublication.objects.count()
    with pytest.raises(CannotPublishError, match=sentence):
        choose(chosen, previous=previous)
    assert DataPublication.objects.count() == before


def test_the_pages_lead_to_the_newest(investigation: Investigation) -> None:
    concept, (first, second, third) = three_versions(investigation)
    client = Client()
    answer = client.get(f"/doi/{concept.doi}")
    assert (answer.status_code, answer["Location"]) == (302, f"/doi/{third.doi}")
    assert concept.doi in client.get(f"/doi/{concept.doi}?format=datacite-json").content.decode()
    older = client.get(f"/doi/{first.doi}").content.decode()
    assert "There is a newer version of these data" in older
    newest = client.get(f"/doi/{third.doi}").content.decode()
    assert "There is a newer version" not in newest
    for row in (concept, first, second, third):
        assert row.doi in newest


def test_lists_show_the_newest_only(investigation: Investigation) -> None:
    concept, (first, second, third) = three_versions(investigation)
    client = Client()
    for address in ("/", "/search"):
        page = client.get(address).content.decode()
        assert third.doi in page
        for row in (concept, first, second):
            assert row.doi not in page
    assert f"/doi/{concept.doi}<" not in client.get("/sitemap-doi.xml").content.decode()
    found = client.get("/panosc-api/Documents").json()
    assert {item["pid"] for item in found} == {first.doi, second.doi, third.doi}


def test_amending_the_newest_amends_what_stands_for_all(investigation: Investigation) -> None:
    concept, (first, _, third) = three_versions(investigation)
    DoiUpdate.objects.all().delete()
    amend(third.pk, replace(details_of(third), title="Amended"), act=Act(now=LATER))
    assert PublishedRecord.objects.get(publication=concept).title == "Amended"
    waiting = set(DoiUpdate.objects.values_list("publication__doi", flat=True))
    assert waiting == {concept.doi, third.doi}
    amend(first.pk, replace(details_of(first), title="Old"), act=Act(now=LATER))
    assert PublishedRecord.objects.get(publication=concept).title == "Amended"


def test_withdrawing_the_newest_leads_to_the_one_before(investigation: Investigation) -> None:
    concept, (first, second, third) = three_versions(investigation)
    withdraw(third.pk, act=Act(now=LATER, reason="Wrong."))
    client = Client()
    assert client.get(f"/doi/{concept.doi}")["Location"] == f"/doi/{second.doi}"
    assert PublishedRecord.objects.get(publication=concept).title == "Second"
    tombstone = client.get(f"/doi/{third.doi}")
    assert tombstone.status_code == 410
    assert "Use version" not in tombstone.content.decode()
    withdraw(first.pk, act=Act(now=LATER, reason="Wrong."))
    assert "Use version 2 instead" in client.get(f"/doi/{first.doi}").content.decode()


def test_when_all_have_gone_the_concept_has_too_and_comes_back(
    investigation: Investigation,
) -> None:
    concept, versions = three_versions(investigation)
    for row in versions:
        withdraw(row.pk, act=Act(now=LATER, reason="Wrong."))
    concept.refresh_from_db()
    assert concept.withdrawal_reason == "Wrong."
    assert Client().get(f"/doi/{concept.doi}").status_code == 410
    assert OaiItem.objects.get(publication=concept).is_deleted
    DoiUpdate.objects.all().delete()
    fourth = choose(datasets_of(investigation, 1), previous=versions[2])
    assert Client().get(f"/doi/{concept.doi}")["Location"] == f"/doi/{fourth.doi}"
    waiting = set(DoiUpdate.objects.values_list("publication__doi", flat=True))
    assert waiting == {concept.doi, fourth.doi, versions[2].doi}


def test_a_concept_is_not_withdrawn_by_itself(investigation: Investigation) -> None:
    concept, _ = three_versions(investigation)
    with pytest.raises(CannotPublishError, match="withdraw those"):
        withdraw(concept.pk, act=Act(now=NOW, reason="Wrong."))


def test_what_is_hidden_under_embargo_stays_hidden() -> None:
    policy = make_policy(metadata_visibility="with_data")
    row = make_embargoed_investigation(
        title="Secret title", proposal=make_proposal(embargo_policy=policy)
    )
    make_member(row, person=make_person(full_name="Secret Person"))
    concept, versions = three_versions(row)
    assert len(relations(concept)) == 3
    client = Client()
    for publication in (concept, *versions):
        for address in ("", "?format=datacite-json", "?format=json-ld", "?format=bibtex"):
            page = client.get(f"/doi/{publication.doi}{address}").content.decode()
            for secret in ("Secret", "First", "Second", "Third"):
                assert secret not in page
        xml = OaiItem.objects.get(publication=publication).records.get(prefix="oai_datacite").xml
        assert "Secret" not in xml


def test_from_page_to_page(investigation: Investigation) -> None:
    first = choose(datasets_of(investigation, 1), title="Figure 3")
    extra = make_dataset(investigation=investigation, name="extra-run", file_count=1)
    user = make_user()
    make_member(investigation, person=make_person(user=user))
    client = Client()
    client.force_login(user)
    landing = f"/doi/{first.doi}"
    assert "Prepare a new version" in client.get(landing).content.decode()
    assert "Prepare a new version" not in Client().get(landing).content.decode()
    client.post(f"/next-version/{first.doi}")
    cart = client.get("/cart").content.decode()
    assert "This becomes version 2" in cart
    client.post("/cart/add", {"dataset": [str(extra.uid)]})
    form = client.get("/cart/publish").content.decode()
    assert "as version 2" in form
    assert "Figure 3" in form
    entered = {
        "title": "Figure 3, corrected",
        "licence": "CC-BY-4.0",
        "creators-TOTAL_FORMS": "1",
        "creators-INITIAL_FORMS": "0",
        "creators-0-name": "Jane Doe",
        **dict.fromkeys(("funding-TOTAL_FORMS", "funding-INITIAL_FORMS"), "0"),
        **dict.fromkeys(("related-TOTAL_FORMS", "related-INITIAL_FORMS"), "0"),
    }
    confirm = client.post("/cart/publish", {**entered, "step": "confirm"}).content.decode()
    assert "It becomes version 2 of" in confirm
    assert DataPublication.objects.count() == 1
    answer = client.post("/cart/publish", {**entered, "step": "publish"})
    second = DataPublication.objects.get(version=2)
    assert answer["Location"] == f"/doi/{second.doi}"
    assert second.datasets.count() == 2
    assert "Prepare a new version" not in client.get(landing).content.decode()
    assert second.concept is not None
    assert client.get(f"/amend/{second.concept.doi}")["Location"] == f"/amend/{second.doi}"


def test_a_cart_in_use_is_not_emptied(investigation: Investigation) -> None:
    first = choose(datasets_of(investigation, 1))
    other = make_dataset(investigation=investigation, name="kept-run")
    user = make_user()
    make_member(investigation, person=make_person(user=user))
    client = Client()
    client.force_login(user)
    client.post("/cart/add", {"dataset": [str(other.uid)]})
    client.post(f"/next-version/{first.doi}")
    cart = client.get("/cart").content.decode()
    assert "Your cart is in use" in cart
    assert "kept-run" in cart
    assert "This becomes version" not in cart
    client.post("/cart/remove", {"dataset": [str(other.uid)]})
    client.post(f"/next-version/{first.doi}")
    assert "This becomes version 2" in client.get("/cart").content.decode()
    client.post("/cart/no-version")
    assert "This becomes version 2" not in client.get("/cart").content.decode()


def test_strangers_prepare_no_version(investigation: Investigation) -> None:
    first = choose(datasets_of(investigation, 1))
    client = Client()
    client.force_login(make_user())
    assert client.post(f"/next-version/{first.doi}").status_code == 404


def test_datacite_holds_the_relations_of_all(datacite: FakeDataCite) -> None:
    facility = make_facility(doi_prefix="10.1234")
    row = make_investigation(proposal=make_proposal(embargo_policy=make_policy(facility=facility)))
    make_member(row, person=make_person(full_name="Ann Member"))
    with outbound.client(datacite.url, contact="a@example.org", auth=datacite.account) as client:
        registrar = DataCiteRegistrar(client, repository="TEST.REPO", pace=SharedPace(1000))
        concept, versions = three_versions(row, registrar=registrar)
        for update in list(DoiUpdate.objects.values_list("pk", flat=True)):
            assert send(update, registrar=registrar, now=LATER)
    for publication in (concept, *versions):
        held = datacite.dois[publication.doi]
        assert held["state"] == "findable"
        assert {
            (one["relationType"], one["relatedIdentifier"]) for one in held["relatedIdentifiers"]
        } == relations(publication)
    assert set(datacite.minted.values()) == {1}
    assert datacite.dois[versions[1].doi]["version"] == "2"
    kinds = DataPublication.objects.values_list("kind", flat=True)
    assert list(kinds).count(PublicationKind.CONCEPT) == 1
