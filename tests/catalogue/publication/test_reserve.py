"""Reserved DOIs: a bare name at DataCite, nothing public, published under or discarded."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from catalogue.models import (
    AuditEvent,
    Cart,
    DataPublication,
    DoiUpdate,
    Investigation,
    OaiItem,
    PublishedRecord,
    RegistrarPace,
)
from catalogue.policy.embargo import ReleaseState
from catalogue.publication.datacite import DataCiteRegistrar
from catalogue.publication.publish import Act, CannotPublishError, publish_selection, withdraw
from catalogue.publication.reconcile import reconcile
from catalogue.publication.registrar import LocalRegistrar
from catalogue.publication.registration import send
from catalogue.publication.rendering import render_again
from catalogue.publication.reserve import discard, reserve
from catalogue.publication.schedule import refresh
from catalogue.publication.upkeep import rewrite_records, tell_registrar
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
from tests.fakes.faults import Fault, Faults

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = datetime(2026, 5, 1, 12, tzinfo=UTC)
ENTERED = {
    "title": "Figure 3",
    "licence": "CC-BY-4.0",
    "release": "keep",
    "creators-TOTAL_FORMS": "1",
    "creators-INITIAL_FORMS": "0",
    "creators-0-name": "Jane Doe",
    **dict.fromkeys(("funding-TOTAL_FORMS", "funding-INITIAL_FORMS"), "0"),
    **dict.fromkeys(("related-TOTAL_FORMS", "related-INITIAL_FORMS"), "0"),
}


def closed_investigation(**changes: Any) -> Investigation:
    facility = make_facility(doi_prefix="10.1234")
    row = make_embargoed_investigation(
        title="Secret title",
        proposal=make_proposal(embargo_policy=make_policy(facility=facility)),
        **changes,
    )
    make_member(row, person=make_person(full_name="Secret Person"))
    make_dataset(investigation=row, file_count=1)
    return row


def reserved_for(investigation: Investigation, registrar: Any) -> DataPublication:
    datasets = list(investigation.datasets.all())
    return reserve(datasets, act=Act(now=NOW), registrar=registrar, title="Secret figure")


def publish(publication: DataPublication, registrar: Any) -> DataPublication:
    return publish_selection(
        list(publication.investigation.datasets.all()),
        act=Act(now=LATER),
        registrar=registrar,
        reserved=publication,
    )


def test_datacite_is_given_the_bare_name_as_a_draft(
    datacite: FakeDataCite, registrar: DataCiteRegistrar
) -> None:
    publication = reserved_for(closed_investigation(), registrar)
    assert publication.state == "reserved"
    assert send(publication.pk, registrar=registrar, now=NOW)
    publication.refresh_from_db()
    assert publication.state == "draft"
    held = datacite.dois[publication.doi]
    assert held["state"] == "draft"
    assert "Secret" not in str(held)
    assert not {"titles", "creators", "descriptions", "relatedIdentifiers"} & set(held)


def test_nothing_is_public_of_it(registrar: DataCiteRegistrar) -> None:
    publication = reserved_for(closed_investigation(), registrar)
    client = Client()
    for address in ("", "?format=datacite-json"):
        assert client.get(f"/doi/{publication.doi}{address}").status_code == 404
    assert not PublishedRecord.objects.exists()
    assert not OaiItem.objects.exists()


def test_what_keeps_records_in_step_passes_it_over(registrar: DataCiteRegistrar) -> None:
    publication = reserved_for(closed_investigation(), registrar)
    refresh([publication.investigation_id], now=LATER)
    rewrite_records(publication.investigation, now=LATER)
    assert list(render_again(after=0, size=10, now=LATER)) == []
    assert not PublishedRecord.objects.exists()


def test_it_is_published_under_its_name(
    datacite: FakeDataCite, registrar: DataCiteRegistrar
) -> None:
    publication = reserved_for(closed_investigation(), registrar)
    send(publication.pk, registrar=registrar, now=NOW)
    made = publish(publication, registrar)
    assert (made.pk, made.doi, made.published_on) == (
        publication.pk,
        publication.doi,
        LATER.date(),
    )
    assert send(made.pk, registrar=registrar, now=LATER)
    assert datacite.dois[made.doi]["state"] == "findable"
    assert datacite.minted == {made.doi: 1}
    assert Client().get(f"/doi/{made.doi}").status_code == 200


def test_it_is_published_before_datacite_has_heard_of_it(
    datacite: FakeDataCite, registrar: DataCiteRegistrar
) -> None:
    publication = reserved_for(closed_investigation(), registrar)
    publish(publication, registrar)
    assert send(publication.pk, registrar=registrar, now=LATER)
    assert datacite.dois[publication.doi]["state"] == "findable"


def test_it_is_discarded_at_datacite_and_here(
    datacite: FakeDataCite, registrar: DataCiteRegistrar
) -> None:
    publication = reserved_for(closed_investigation(), registrar)
    send(publication.pk, registrar=registrar, now=NOW)
    discard(publication.pk, act=Act(now=LATER, reason="A mistake."))
    discard(publication.pk, act=Act(now=LATER, reason="A mistake."))
    assert AuditEvent.objects.filter(action="discard DOI").count() == 1
    with pytest.raises(CannotPublishError, match="discarded"):
        publish(publication, registrar)
    assert send(publication.pk, registrar=registrar, now=LATER)
    assert datacite.dois == {}
    assert not DataPublication.objects.exists()
    assert not DoiUpdate.objects.exists()


@pytest.mark.parametrize("fault", [Fault(status=503), Fault("lost"), Fault("dropped")])
def test_an_outage_loses_no_discarding(
    fault: Fault, datacite: FakeDataCite, registrar: DataCiteRegistrar
) -> None:
    publication = reserved_for(closed_investigation(), registrar)
    send(publication.pk, registrar=registrar, now=NOW)
    discard(publication.pk, act=Act(now=LATER))
    datacite.faults = Faults(fault)
    assert not send(publication.pk, registrar=registrar, now=LATER)
    assert DataPublication.objects.exists()
    RegistrarPace.objects.update(paused_until=NOW, requests=0)
    assert send(publication.pk, registrar=registrar, now=LATER + timedelta(days=3))
    assert datacite.dois == {}
    assert not DataPublication.objects.exists()


def test_what_somebody_has_published_at_datacite_waits_for_a_person(
    datacite: FakeDataCite, registrar: DataCiteRegistrar
) -> None:
    publication = reserved_for(closed_investigation(), registrar)
    send(publication.pk, registrar=registrar, now=NOW)
    datacite.dois[publication.doi]["state"] = "findable"
    discard(publication.pk, act=Act(now=LATER))
    assert not send(publication.pk, registrar=registrar, now=LATER)
    row = DoiUpdate.objects.get()
    assert row.is_refused
    assert "405" in row.error


def test_what_is_published_is_not_discarded(registrar: DataCiteRegistrar) -> None:
    publication = reserved_for(closed_investigation(), registrar)
    publish(publication, registrar)
    with pytest.raises(CannotPublishError, match="for ever"):
        discard(publication.pk, act=Act(now=LATER))
    with pytest.raises(CannotPublishError, match="published already"):
        publish(publication, registrar)


def test_a_reserved_one_is_not_withdrawn(registrar: DataCiteRegistrar) -> None:
    publication = reserved_for(closed_investigation(), registrar)
    with pytest.raises(CannotPublishError, match="discard it"):
        withdraw(publication.pk, act=Act(now=LATER, reason="Wrong."))


def test_it_is_for_data_of_its_investigation(registrar: DataCiteRegistrar) -> None:
    publication = reserved_for(closed_investigation(), registrar)
    other = closed_investigation()
    with pytest.raises(CannotPublishError, match="reserved for data of"):
        publish_selection(
            list(other.datasets.all()),
            act=Act(now=LATER),
            registrar=registrar,
            reserved=publication,
        )
    publication.refresh_from_db()
    assert publication.is_reserved


def test_a_test_doi_is_not_published_as_a_real_one(registrar: DataCiteRegistrar) -> None:
    publication = reserved_for(closed_investigation(), LocalRegistrar())
    with pytest.raises(CannotPublishError, match="test DOI"):
        publish(publication, registrar)


def test_nothing_is_reserved_for_what_is_never_published(registrar: DataCiteRegistrar) -> None:
    row = closed_investigation()
    Investigation.objects.filter(pk=row.pk).update(
        release_state=ReleaseState.PROPRIETARY, release_date=None
    )
    with pytest.raises(CannotPublishError, match="proprietary"):
        reserved_for(row, registrar)


def test_reconciling_leaves_a_draft_alone(
    datacite: FakeDataCite, registrar: DataCiteRegistrar
) -> None:
    publication = reserved_for(closed_investigation(), registrar)
    send(publication.pk, registrar=registrar, now=NOW)
    report = reconcile(registrar=registrar, now=datetime.now(UTC))
    assert (report.agree, report.sent_again, report.unknown) == (1, [], [])
    del datacite.dois[publication.doi]
    report = reconcile(registrar=registrar, now=datetime.now(UTC))
    assert len(report.sent_again) == 1


def client_of(investigation: Investigation) -> Client:
    user = make_user()
    make_member(investigation, person=make_person(user=user))
    client = Client()
    client.force_login(user)
    return client


def with_cart(investigation: Investigation) -> Client:
    client = client_of(investigation)
    uids = [str(row.uid) for row in investigation.datasets.all()]
    client.post("/cart/add", {"dataset": uids})
    return client


def test_from_the_cart_to_the_paper_to_the_public() -> None:
    investigation = closed_investigation()
    client = with_cart(investigation)
    answer = client.post("/cart/reserve")
    publication = DataPublication.objects.get()
    address = f"/reserved/{publication.doi}"
    assert answer["Location"] == address
    assert "It is empty" in client.get("/cart").content.decode()
    page = client.get(address).content.decode()
    assert "Nothing is public yet" in page
    colleague = client_of(investigation)
    assert "Nothing is public yet" in colleague.get(address).content.decode()
    for listed in ("/cart", f"/investigations/{investigation.pk}"):
        assert address in colleague.get(listed).content.decode()
    publish_address = f"/reserved-publish/{publication.doi}"
    confirm = colleague.post(publish_address, {**ENTERED, "step": "confirm"}).content.decode()
    assert publication.doi in confirm.split("How it will be cited")[1]
    publication.refresh_from_db()
    assert publication.is_reserved
    done = colleague.post(publish_address, {**ENTERED, "step": "publish"})
    assert done["Location"] == f"/doi/{publication.doi}"
    publication.refresh_from_db()
    assert not publication.is_reserved
    assert publication.title == "Figure 3"
    assert not Cart.objects.filter(reserved=publication).exists()
    assert client.get(address).status_code == 404


def test_its_choice_is_changed() -> None:
    investigation = closed_investigation()
    client = with_cart(investigation)
    client.post("/cart/reserve")
    publication = DataPublication.objects.get()
    first = investigation.datasets.get()
    second = make_dataset(investigation=investigation, file_count=1)
    elsewhere = make_investigation()
    make_member(elsewhere, person=investigation.members.last().person)  # type: ignore[union-attr]
    other = make_dataset(investigation=elsewhere)
    client.post("/cart/add", {"dataset": [str(second.uid), str(other.uid)]})
    client.post(f"/reserved-add/{publication.doi}")
    assert set(publication.cart.datasets.all()) == {first, second}
    client.post(f"/reserved-remove/{publication.doi}", {"dataset": [str(first.uid), "nonsense"]})
    assert set(publication.cart.datasets.all()) == {second}


def test_it_is_discarded_by_its_people(django_capture_on_commit_callbacks: Any) -> None:
    investigation = closed_investigation()
    client = with_cart(investigation)
    client.post("/cart/reserve")
    address = f"/reserved-discard/{DataPublication.objects.get().doi}"
    assert "gone for good" in client.get(address).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(address)
    assert not DataPublication.objects.exists()
    assert not Cart.objects.filter(user=None).exists()


def test_strangers_learn_nothing_of_it() -> None:
    investigation = closed_investigation()
    with_cart(investigation).post("/cart/reserve")
    doi = DataPublication.objects.get().doi
    stranger = client_of(make_investigation())
    for name in ("reserved", "reserved-publish", "reserved-discard", "amend", "doi"):
        assert stranger.get(f"/{name}/{doi}").status_code == 404
    for name in ("reserved-add", "reserved-remove", "reserved-discard", "next-version"):
        assert stranger.post(f"/{name}/{doi}").status_code == 404
    assert doi not in stranger.get("/cart").content.decode()
    assert Client().get(f"/reserved/{doi}")["Location"].startswith("/login")


def test_an_empty_cart_reserves_nothing() -> None:
    client = client_of(closed_investigation())
    client.post("/cart/reserve")
    assert not DataPublication.objects.exists()
    assert "Put datasets" in client.get("/cart").content.decode()


def test_the_admin_shows_and_filters_the_states() -> None:
    publication = reserved_for(closed_investigation(), LocalRegistrar())
    published = publish(reserved_for(closed_investigation(), LocalRegistrar()), LocalRegistrar())
    DataPublication.objects.filter(pk=published.pk).update(amended_at=NOW)
    client = Client()
    client.force_login(make_user(is_staff=True, is_superuser=True))
    address = "/admin/catalogue/datapublication/"
    for state, here in (("reserved", publication), ("amended", published)):
        page = client.get(f"{address}?state={state}").content.decode()
        shown = page.split('id="result_list"')[1].split("</table>")[0]
        for row in (publication, published):
            assert (row.doi in shown) is (row == here)
    assert "result_list" not in client.get(f"{address}?state=withdrawn").content.decode()


def test_a_reserved_one_is_sent_again_as_a_draft(
    datacite: FakeDataCite, registrar: DataCiteRegistrar
) -> None:
    publication = reserved_for(closed_investigation(), registrar)
    send(publication.pk, registrar=registrar, now=NOW)
    tell_registrar(publication, now=LATER)
    assert send(publication.pk, registrar=registrar, now=LATER)
    assert datacite.dois[publication.doi]["state"] == "draft"
