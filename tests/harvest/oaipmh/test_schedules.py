"""No lost update: a small number of the schedules of `tests.end_to_end.harvest_schedules`."""

import pytest
from pytest_django.fixtures import Settings

from harvest.oaipmh import page
from tests.end_to_end.harvest_schedules import Schedule, run_schedule


def found(seeds: range) -> list[Schedule]:
    return [run_schedule(seed) for seed in seeds]


@pytest.mark.django_db(transaction=True)
def test_no_schedule_loses_or_doubles_a_record(settings: Settings) -> None:
    settings.OAI_PAGE_SIZE = 3
    schedules = found(range(10))
    assert [one for one in schedules if one.lost or one.doubled] == []
    assert sum(one.pages for one in schedules) > 100


@pytest.mark.django_db(transaction=True)
def test_the_schedules_find_a_provider_that_does_not_wait(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proof can fail: without the lock, a late commit is lost within some schedules."""
    settings.OAI_PAGE_SIZE = 3
    monkeypatch.setattr(page, "wait_for_writers", lambda: None)
    assert any(run_schedule(seed).lost for seed in range(200))
