"""What the tests of the pages share."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from django.core.cache import cache

from tests.catalogue.portal.experiments import Experiment, make_experiment


@pytest.fixture(autouse=True)
def _fresh_cache() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def experiment(tmp_path: Path) -> Callable[..., Experiment]:
    """Returns a maker of experiments; its arguments are those of the investigation."""
    return partial(make_experiment, tmp_path)
