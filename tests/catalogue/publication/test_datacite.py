"""The DataCite client against a real HTTP server with DataCite's states and faults."""

from collections.abc import Iterator
from typing import Any

import pytest

from catalogue import outbound
from catalogue.models import DoiState
from catalogue.publication.datacite import (
    DataCiteRegistrar,
    NoPace,
    RegistrarError,
    RegistrarPausedError,
)
from tests.fakes.datacite import FakeDataCite
from tests.fakes.faults import Fault, Faults

DOI = "10.1234/abc.7k3d-9qx2"
METADATA = {
    "titles": [{"title": "Water"}],
    "creators": [{"name": "Test, Person"}],
    "publisher": {"name": "Facility"},
    "publicationYear": 2026,
    "types": {"resourceTypeGeneral": "Dataset"},
    "schemaVersion": "http://datacite.org/schema/kernel-4",
}
URL = "https://catalogue.example.org/doi/" + DOI


@pytest.fixture
def registrar(datacite: FakeDataCite) -> Iterator[DataCiteRegistrar]:
    with outbound.client(datacite.url, contact="data@example.org", auth=datacite.account) as client:
        yield DataCiteRegistrar(client, repository="TEST.REPO", pace=NoPace())


def register(
    registrar: DataCiteRegistrar,
    wanted: DoiState = DoiState.FINDABLE,
    metadata: dict[str, Any] = METADATA,
) -> DoiState:
    return registrar.register(DOI, wanted=wanted, url=URL, metadata=metadata).state


def test_publish_makes_a_doi_findable(datacite: FakeDataCite, registrar: DataCiteRegistrar) -> None:
    assert register(registrar) is DoiState.FINDABLE
    assert datacite.dois[DOI]["url"] == URL
    assert datacite.dois[DOI]["titles"] == [{"title": "Water"}]


def test_registering_twice_mints_once(datacite: FakeDataCite, registrar: DataCiteRegistrar) -> None:
    register(registrar)
    before = {**datacite.dois[DOI], "updated": ""}
    assert register(registrar) == "findable"
    assert {**datacite.dois[DOI], "updated": ""} == before
    assert datacite.minted == {DOI: 1}


def test_a_findable_doi_is_hidden_and_stays_registered(registrar: DataCiteRegistrar) -> None:
    register(registrar)
    assert register(registrar, DoiState.REGISTERED) is DoiState.REGISTERED


def test_one_withdrawn_before_it_was_ever_sent_is_registered_too(
    registrar: DataCiteRegistrar,
) -> None:
    assert register(registrar, DoiState.REGISTERED) is DoiState.REGISTERED


def test_an_event_that_is_ignored_is_seen_in_the_state(
    datacite: FakeDataCite, registrar: DataCiteRegistrar
) -> None:
    datacite.faults = Faults(Fault("ignored"))
    assert register(registrar) is DoiState.DRAFT


def test_a_refusal_says_which_field(registrar: DataCiteRegistrar) -> None:
    with pytest.raises(RegistrarError, match=r"422: creators DOI") as caught:
        register(registrar, metadata={**METADATA, "creators": []})
    assert not caught.value.may_succeed_later


def test_a_rate_limit_says_how_long_to_wait(
    datacite: FakeDataCite, registrar: DataCiteRegistrar
) -> None:
    datacite.faults = Faults(Fault(status=429, headers={"Retry-After": "30"}))
    with pytest.raises(RegistrarError) as caught:
        register(registrar)
    assert caught.value.may_succeed_later
    assert caught.value.retry_after_s == 30


def test_a_rate_limit_may_name_a_date(datacite: FakeDataCite, registrar: DataCiteRegistrar) -> None:
    past = "Wed, 21 Oct 2015 07:28:00 GMT"
    datacite.faults = Faults(Fault(status=429, headers={"Retry-After": past}))
    with pytest.raises(RegistrarError) as caught:
        register(registrar)
    assert caught.value.retry_after_s == 0


@pytest.mark.parametrize("kind", ["lost", "dropped"])
def test_a_lost_answer_is_an_error_and_the_next_try_mends_it(
    datacite: FakeDataCite, registrar: DataCiteRegistrar, kind: Any
) -> None:
    datacite.faults = Faults(Fault(kind))
    with pytest.raises(RegistrarError, match="did not answer") as caught:
        register(registrar)
    assert caught.value.may_succeed_later
    assert register(registrar) == "findable"
    assert datacite.minted == {DOI: 1}


def test_wrong_credentials_say_so_and_wait_to_be_mended(datacite: FakeDataCite) -> None:
    wrong = ("TEST.REPO", "wrong")
    with (
        outbound.client(datacite.url, contact="a@example.org", auth=wrong) as client,
        pytest.raises(RegistrarError, match="401: Bad credentials") as caught,
    ):
        register(DataCiteRegistrar(client, repository="TEST.REPO", pace=NoPace()))
    assert caught.value.may_succeed_later


def test_all_pages_are_read(
    datacite: FakeDataCite, registrar: DataCiteRegistrar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalogue.publication.datacite.MOST_A_PAGE", 2)
    for number in range(5):
        datacite.upsert(f"10.1234/{number}", {"url": f"https://example.org/{number}"})
    pages = list(registrar.pages())
    assert [[held.doi for held in page] for page in pages] == [
        ["10.1234/0", "10.1234/1"],
        ["10.1234/2", "10.1234/3"],
        ["10.1234/4"],
    ]
    assert pages[2][0].url == "https://example.org/4"


def test_while_others_have_used_up_the_window_nothing_is_asked(datacite: FakeDataCite) -> None:
    class UsedUp(NoPace):
        def wait_s(self) -> float:
            return 41.6

    with (
        outbound.client(datacite.url, contact="a@example.org", auth=datacite.account) as client,
        pytest.raises(RegistrarPausedError) as caught,
    ):
        register(DataCiteRegistrar(client, repository="TEST.REPO", pace=UsedUp()))
    assert caught.value.retry_after_s == 42
    assert datacite.requests == []
