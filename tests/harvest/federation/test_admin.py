"""Providers in the admin: what cannot be asked is refused, and a trial says what works there."""

from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from harvest.models import FederationProvider
from tests.factories import make_user
from tests.fakes.panosc_provider import Catalogue, documents, fake_provider
from tests.harvest.federation.asking import make_provider

pytestmark = pytest.mark.django_db
LIST = "admin:harvest_federationprovider_changelist"


@pytest.fixture
def manager(client: Client, settings: LazySettings) -> Client:
    settings.PRIVATE_HOSTS = ["127.0.0.1"]
    client.force_login(make_user(username="manager", is_staff=True, is_superuser=True))
    return client


def add(manager: Client, **changes: Any) -> Any:
    form = {
        "name": "ESS",
        "slug": "ess",
        "facility": "European Spallation Source",
        "base_url": "https://search.example.org/api/",
        "is_enabled": "on",
        "timeout_s": "5",
        "weight": "1",
    }
    return manager.post(reverse("admin:harvest_federationprovider_add"), form | changes)


def test_an_address_is_kept_without_its_last_slash(manager: Client) -> None:
    assert add(manager).status_code == 302
    assert FederationProvider.objects.get(slug="ess").base_url == "https://search.example.org/api"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"base_url": "search.example.org"}, "write e.g."),
        ({"base_url": "https://me:secret@example.org"}, "leave out user name"),
        ({"base_url": ""}, "Only this catalogue itself has no address"),
        ({"slug": "Ess"}, "Begin with a small letter"),
        ({"timeout_s": "600"}, "less than or equal to 30"),
        ({"weight": "0"}, "greater than or equal to 0.1"),
    ],
)
def test_what_cannot_be_asked_is_not_saved(
    manager: Client, changes: dict[str, str], message: str
) -> None:
    assert message in add(manager, **changes).content.decode()
    assert not FederationProvider.objects.exclude(base_url="").exists()


def try_it(manager: Client, row: FederationProvider) -> str:
    data = {"action": "test_connection", "_selected_action": [row.pk]}
    return manager.post(reverse(LIST), data, follow=True).content.decode()


def test_a_trial_says_what_works_there(manager: Client) -> None:
    held = Catalogue({"datasets": documents(3), "documents": documents(2)})
    with fake_provider(held) as server:
        page = try_it(manager, make_provider(server))
    assert "3 Datasets; 2 Documents; 0 Instruments; no scores" in page


def test_a_trial_that_works_closes_the_breaker(manager: Client) -> None:
    with fake_provider(fault="garbage") as server:
        row = make_provider(server)
        for _ in range(3):
            assert "garbled: is not JSON" in try_it(manager, row)
        row.refresh_from_db()
        assert row.retry_at is not None
        assert "down, left alone until" in manager.get(reverse(LIST)).content.decode()
        server.fault = ""
        try_it(manager, row)
    row.refresh_from_db()
    assert (row.failures, row.retry_at) == (0, None)


def test_this_catalogue_is_tried_and_cannot_be_deleted(manager: Client) -> None:
    own = FederationProvider.objects.get(base_url="")
    assert "This catalogue: answered in" in try_it(manager, own)
    address = reverse("admin:harvest_federationprovider_delete", args=[own.pk])
    assert manager.get(address).status_code == 403
