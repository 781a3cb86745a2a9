"""How the database counts what the search API finds."""

import uuid

import pytest
from django.db import connection

from catalogue.models import Dataset
from catalogue.search.query import matching
from tests.factories import LONG_AGO, make_investigation


@pytest.mark.django_db(transaction=True)
def test_public_datasets_are_counted_from_an_index_alone() -> None:
    investigation = make_investigation()
    Dataset.objects.bulk_create(
        Dataset(
            investigation=investigation, name=f"run-{number}", description=str(uuid.uuid4()) * 9
        )
        for number in range(3_000)
    )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE catalogue_dataset, catalogue_investigation")

    plan = matching("Dataset", None, (), today=LONG_AGO).order_by().values("pk").explain()

    assert "Index Only Scan using dataset_visibility" in plan
