"""The DataCite client against a real HTTP server with DataCite's states and faults."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest

from catalogue import outbound
from catalogue.models import DataPublication, DoiState
from catalogue.publication.datacite import DataCiteRegistrar, RegistrarError
from catalogue.publication.registration import bring_up_to_date
from tests.factories import make_facility, make_investigation, make_policy, make_proposal
from tests.factories import make_publication as publication_row
from tests.fakes.datacite import FakeDataCite, fake_datacite

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DOI = "10.1234/abc.7k3d-9qx2"
METADATA = {
    "titles": [{"title": "Water"}],
    "creators": [{"name": "Test, Person"}],
    "publisher": {"name": "Facility"},
    "publicationYear": 2026,
    "types": {"resourceTypeGeneral": "Dataset"},
}
URL = "https://catalogue.example.org/doi/" + DOI


@pytest.fixture
def datacite() -> Iterator[FakeDataCite]:
    with fake_datacite() as server:
        yield server


@pytest.fixture
def registrar(datacite: FakeDataCite) -> Iterator[DataCiteRegistrar]:
    with outbound.client(datacite.url, contact="data@example.org", auth=datacite.account) as client:
        yield DataCiteRegistrar(client)


def test_publish_makes_a_doi_findable(datacite: FakeDataCite, registrar: DataCiteRegistrar) -> None:
    state = registrar.register(DOI, event="publish", url=URL, metadata=METADATA)
    assert state is DoiState.FINDABLE
    assert datacite.dois[DOI]["url"] == URL
    assert datacite.dois[DOI]["titles"] == [{"title": "Water"}]


def test_registering_twice_changes_nothing(
    datacite: FakeDataCite, registrar: DataCiteRegistrar
) -> None:
    registrar.register(DOI, event="publish", url=URL, metadata=METADATA)
    before = dict(datacite.dois)
    assert registrar.register(DOI, event="publish", url=URL, metadata=METADATA) == "findable"
    assert datacite.dois == before


def test_hide_takes_a_findable_doi_back_to_registered(registrar: DataCiteRegistrar) -> None:
    registrar.register(DOI, event="publish", url=URL, metadata=METADATA)
    assert registrar.register(DOI, event="hide", url=URL, metadata={}) is DoiState.REGISTERED


def test_an_event_that_is_ignored_is_seen_in_the_state(registrar: DataCiteRegistrar) -> None:
    assert registrar.register(DOI, event="hide", url=URL, metadata=METADATA) is DoiState.DRAFT


def test_a_refusal_says_which_field(registrar: DataCiteRegistrar) -> None:
    with pytest.raises(RegistrarError, match=r"422.*creators can't be blank") as caught:
        registrar.register(DOI, event="publish", url=URL, metadata={**METADATA, "creators": []})
    assert not caught.value.may_succeed_later


def test_a_rate_limit_says_how_long_to_wait(
    datacite: FakeDataCite, registrar: DataCiteRegistrar
) -> None:
    datacite.faults = [(429, {"Retry-After": "30"})]
    with pytest.raises(RegistrarError) as caught:
        registrar.register(DOI, event="publish", url=URL, metadata=METADATA)
    assert caught.value.may_succeed_later
    assert caught.value.retry_after_s == 30


def test_a_lost_answer_is_an_error_and_the_next_try_finds_it_done(
    datacite: FakeDataCite, registrar: DataCiteRegistrar
) -> None:
    datacite.faults = [(0, {})]
    with pytest.raises(RegistrarError, match="did not answer") as caught:
        registrar.register(DOI, event="publish", url=URL, metadata=METADATA)
    assert caught.value.may_succeed_later
    assert registrar.register(DOI, event="publish", url=URL, metadata=METADATA) == "findable"
    assert len(datacite.dois) == 1


def test_wrong_credentials_say_so(datacite: FakeDataCite) -> None:
    wrong = ("TEST.REPO", "wrong")
    with (
        outbound.client(datacite.url, contact="a@example.org", auth=wrong) as client,
        pytest.raises(RegistrarError, match="401: Bad credentials"),
    ):
        DataCiteRegistrar(client).register(DOI, event="publish", url=URL, metadata=METADATA)


@pytest.fixture
def publication(db: None) -> DataPublication:
    facility = make_facility(doi_prefix="10.1234")
    proposal = make_proposal(embargo_policy=make_policy(facility=facility))
    investigation = make_investigation(proposal=proposal)
    publication = publication_row(investigation=investigation, doi=DOI, is_test_doi=False)
    publication.agents.create(name="Person, Test")
    return publication


def test_a_registered_doi_is_marked_as_sent(
    publication: DataPublication, registrar: DataCiteRegistrar
) -> None:
    bring_up_to_date(publication.pk, registrar=registrar, today=date(2026, 1, 1))
    publication.refresh_from_db()
    assert publication.doi_state == DoiState.FINDABLE
    assert publication.doi_synchronised
    assert publication.doi_error == ""


def test_an_outage_is_noted_and_the_doi_stays_to_be_sent(
    publication: DataPublication, registrar: DataCiteRegistrar, datacite: FakeDataCite
) -> None:
    datacite.faults = [(503, {})]
    with pytest.raises(RegistrarError):
        bring_up_to_date(publication.pk, registrar=registrar, today=date(2026, 1, 1))
    publication.refresh_from_db()
    assert "503" in publication.doi_error
    assert not publication.doi_synchronised


def test_a_test_doi_is_never_sent_to_datacite(
    publication: DataPublication, registrar: DataCiteRegistrar, datacite: FakeDataCite
) -> None:
    DataPublication.objects.update(is_test_doi=True)
    with pytest.raises(RegistrarError, match="test DOI"):
        bring_up_to_date(publication.pk, registrar=registrar, today=date(2026, 1, 1))
    assert datacite.requests == []


def test_a_change_during_registration_leaves_the_doi_to_be_sent_again(
    publication: DataPublication, datacite: FakeDataCite
) -> None:
    class Slow(DataCiteRegistrar):
        def register(self, doi: str, **request: Any) -> DoiState:
            DataPublication.objects.update(withdrawn_at=NOW, withdrawal_reason="Wrong.")
            DataPublication.objects.get(pk=publication.pk).save()
            return super().register(doi, **request)

    DataPublication.objects.update(doi_synchronised=True)
    with outbound.client(datacite.url, contact="a@example.org", auth=datacite.account) as client:
        bring_up_to_date(publication.pk, registrar=Slow(client), today=NOW.date())
    publication.refresh_from_db()
    assert not publication.doi_synchronised
