"""No lost update: a record that commits late is not behind what a harvester has been told."""

import threading
import time
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction
from django.test import Client

from catalogue.models import OaiItem
from catalogue.publication.oai_items import next_datestamp
from tests.harvest.oaipmh.catalogues import publish


@pytest.mark.django_db(transaction=True)
def test_a_harvest_waits_for_a_record_that_is_being_written(client: Client) -> None:
    """The writer stamps, commits late, and is in the list that was asked for meanwhile."""
    item: OaiItem = publish(datestamp=datetime(2020, 1, 1, tzinfo=UTC))
    stamped, may_commit = threading.Event(), threading.Event()

    def write() -> None:
        with transaction.atomic():
            stamp = next_datestamp()
            item.records.update(datestamp=stamp)
            stamped.set()
            may_commit.wait(5)
        connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    assert stamped.wait(5)
    threading.Timer(0.5, may_commit.set).start()
    began = time.monotonic()
    today = datetime.now(UTC).strftime("%Y-%m-%dT00:00:00Z")
    answer = client.get(
        "/oai", {"verb": "ListIdentifiers", "metadataPrefix": "oai_dc", "from": today}
    )
    writer.join()
    assert time.monotonic() - began >= 0.4
    assert item.identifier in answer.content.decode()
