"""A database of its own for each benchmark, removed at the end."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "catalogue.settings")
django.setup()

# Connections exist only once Django is set up, hence below it.
from django.db import connection  # noqa: E402


@contextmanager
def scratch_database(name: str) -> Iterator[str]:
    """Yields the URL of an empty database with all tables, which Django then uses too."""
    connection.settings_dict["TEST"]["NAME"] = name
    previous = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    values = connection.settings_dict
    place = f"{quote(values['HOST'], safe='')}:{values.get('PORT') or 5432}"
    login = f"{values['USER']}:{quote(values.get('PASSWORD') or '')}".rstrip(":")
    try:
        yield f"postgresql://{login}@{place}/{name}"
    finally:
        connection.creation.destroy_test_db(previous, verbosity=0)
