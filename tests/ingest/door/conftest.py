"""A facility with an instrument, a token of it, and somebody who hands in files."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from catalogue.models import Facility, Instrument
from ingest.door.readers import warm_readers
from ingest.door.tokens import make
from ingest.models.door import BeamlineToken
from tests.factories import make_instrument
from tests.ingest.door.asking import Door


@pytest.fixture(autouse=True)
def spool(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings.UPLOAD_FOLDER = tmp_path_factory.mktemp("uploads")
    return Path(settings.UPLOAD_FOLDER)


@pytest.fixture(scope="session", autouse=True)
def _no_reader_is_left() -> Iterator[None]:
    yield
    warm_readers().close()


@pytest.fixture
def instrument(facility: Facility) -> Instrument:
    return make_instrument(facility=facility, slug="loki", name="Loki")


@pytest.fixture
def token(instrument: Instrument, tmp_path: Path) -> BeamlineToken:
    return make(
        BeamlineToken(name="loki-control", instrument=instrument, folders=[str(tmp_path)]),
        actor=None,
    )


@pytest.fixture
def door(client: Client, token: BeamlineToken) -> Door:
    return Door(client, token)
