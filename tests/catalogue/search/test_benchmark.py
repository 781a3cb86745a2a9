"""That the benchmark measures what the catalogue's tables hold today."""

import pytest
from django.db import connection
from django.test import Client

from tests.benchmarks.search_catalogue import fill


@pytest.mark.django_db
def test_its_catalogue_can_be_filled(client: Client) -> None:
    with connection.cursor() as cursor:
        # Triggers cannot be switched while a constraint waits for the end of the transaction.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    fill(40)

    # Half of them are under embargo.
    counts = {
        items: client.get(f"/panosc-api/{items}/count").json()["count"]
        for items in ("Datasets", "Documents")
    }
    assert counts == {"Datasets": 20, "Documents": 1}
    found = client.get("/panosc-api/Datasets", {"filter": '{"query": "lysozyme"}'}).json()
    assert {item["title"].split()[0] for item in found} == {"Lysozyme"}
