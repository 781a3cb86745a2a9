"""A provider that fails is left alone by all, tried by one, and asked again when it works."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.utils import timezone

from catalogue.search.filter import parse_includes
from catalogue.search.schema import CLASSES
from harvest.federation.answers import State
from harvest.federation.ask import Asking
from harvest.federation.health import admitted, chosen_providers
from harvest.federation.question import health_question, list_question
from harvest.models import FederationProvider
from harvest.tasks import check_federation
from tests.fakes.panosc_provider import Catalogue, documents, fake_provider
from tests.harvest.federation.asking import make_provider

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_this_machine(settings: LazySettings) -> None:
    settings.PRIVATE_HOSTS = ["127.0.0.1"]
    FederationProvider.objects.filter(base_url="").delete()


def ask(after: timedelta = timedelta()) -> Any:
    """Asks as a request would that comes so long from now."""
    asking = Asking(chosen_providers(), now=timezone.now() + after)
    (answer,) = asking.all_answers(health_question())
    return answer


def test_a_dead_provider_costs_three_waits_and_then_none() -> None:
    with fake_provider(fault="hang") as server:
        row = make_provider(server, timeout_s=0.2)
        assert [ask().state for _ in range(3)] == [State.LATE] * 3
        began = time.monotonic()
        answer = ask()
        assert time.monotonic() - began < 0.1
        assert answer.state is State.RESTING
        assert "failed 3 times in a row" in answer.note
        assert len(server.requests) == 3
        row.refresh_from_db()
        assert row.error == "late: no answer within 0.2 s"


def test_one_trial_after_the_pause_closes_or_doubles_it() -> None:
    with fake_provider(Catalogue({"datasets": documents(1)}), fault="drop") as server:
        row = make_provider(server)
        for _ in range(3):
            ask()
        later = timedelta(seconds=31)
        assert ask(later).state is State.UNREACHABLE
        row.refresh_from_db()
        assert row.failures == 4
        assert row.retry_at > timezone.now() + later + timedelta(seconds=55)
        server.fault = ""
        assert ask(later).state is State.RESTING
        assert ask(later + timedelta(seconds=61)).state is State.ANSWERED
        row.refresh_from_db()
        assert (row.failures, row.retry_at, row.error) == (0, None, "")


def test_only_one_of_many_requests_makes_the_trial() -> None:
    row = make_provider("https://ess.example.org/api")
    now = timezone.now()
    FederationProvider.objects.update(failures=5, retry_at=now - timedelta(seconds=1))
    # Two workers that have read the rows before either of them decides.
    one, other = chosen_providers(), chosen_providers()
    assert admitted(one, now=now) == {row.pk}
    assert admitted(other, now=now) == set()


def test_who_refuses_a_question_is_at_work() -> None:
    with fake_provider(fault="refuse-include") as server:
        make_provider(server)
        asked = {"include": [{"relation": "files", "scope": {"where": {"name": "x"}}}]}
        includes = parse_includes(asked["include"], CLASSES["Dataset"])
        question = list_question("Dataset", asked, includes, 10)
        for _ in range(4):
            (answer,) = Asking(chosen_providers()).all_answers(question)
            assert answer.state is State.REFUSED
    assert FederationProvider.objects.get().failures == 0


def test_the_clock_closes_a_breaker_without_anybody_waiting() -> None:
    with fake_provider(Catalogue({"datasets": documents(1)})) as server:
        make_provider(server)
        past = timezone.now() - timedelta(seconds=1)
        FederationProvider.objects.update(failures=5, retry_at=past)
        assert check_federation() == []
    row = FederationProvider.objects.get()
    assert (row.failures, row.retry_at) == (0, None)


def test_a_provider_on_a_private_network_is_not_asked(settings: LazySettings) -> None:
    settings.PRIVATE_HOSTS = []
    with fake_provider() as server:
        make_provider(server)
        answer = ask()
        assert server.requests == []
    assert answer.state is State.NOT_ALLOWED
    assert "127.0.0.1" not in answer.note
