"""What all tests share."""

import pytest
from django.db import connection


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> None:
    """Lets tests that commit empty the ledger after themselves, by TRUNCATE alone.

    `tests/catalogue/publication/test_ledger.py` puts the trigger back where it is looked at.
    """
    with django_db_blocker.unblock(), connection.cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute(
            "ALTER TABLE catalogue_releaseevent DISABLE TRIGGER release_event_is_never_truncated"
        )
