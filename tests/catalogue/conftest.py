"""What the tests of the catalogue share: a DataCite of their own, and a way to it."""

from collections.abc import Iterator

import pytest

from catalogue import outbound
from catalogue.publication.datacite import DataCiteRegistrar
from catalogue.publication.pace import SharedPace
from tests.fakes.datacite import FakeDataCite, fake_datacite


@pytest.fixture
def datacite() -> Iterator[FakeDataCite]:
    with fake_datacite() as server:
        yield server


@pytest.fixture
def registrar(datacite: FakeDataCite) -> Iterator[DataCiteRegistrar]:
    with outbound.client(datacite.url, contact="data@example.org", auth=datacite.account) as client:
        yield DataCiteRegistrar(client, repository="TEST.REPO", pace=SharedPace(1000))
