"""What all tests share."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import override_settings


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> None:
    """Lets tests that commit empty the ledger after themselves, by TRUNCATE alone.

    `tests/catalogue/publication/test_ledger.py` puts the trigger back where it is looked at.
    """
    with django_db_blocker.unblock(), connection.cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute(
            "ALTER TABLE catalogue_releaseevent DISABLE TRIGGER release_event_is_never_truncated"
        )


@pytest.fixture(scope="session", autouse=True)
def _fast_passwords() -> Iterator[None]:
    """Spares each user the half second that a password's hash is meant to take."""
    hashers = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with override_settings(PASSWORD_HASHERS=hashers):
        yield
