"""pyoai (`oaipmh` 4.0.0) over SQLite, the peer that `bench_oai` harvests beside our provider.

Run by gunicorn in an environment of its own, since its import name is that of other packages:
`gunicorn pyoai_server:application`, with PYOAI_DATABASE naming the SQLite file. Its adapter reads
finished Dublin Core fields by an index, the way pyoai asks for them: from a cursor on.
"""

import json
import os
import sqlite3
from datetime import datetime
from urllib.parse import parse_qs

from oaipmh import common, metadata, server

PAGE_SIZE = int(os.environ.get("PYOAI_PAGE_SIZE", "100"))
ROWS = sqlite3.connect(os.environ["PYOAI_DATABASE"], check_same_thread=False)
SELECT = """
    SELECT identifier, datestamp, sets, fields FROM record
    WHERE place > ? ORDER BY place LIMIT ?
"""


class Adapter:
    """What pyoai calls for each verb."""

    def identify(self):
        return common.Identify(
            repositoryName="bench",
            baseURL="http://127.0.0.1/oai",
            protocolVersion="2.0",
            adminEmails=["a@example.org"],
            earliestDatestamp=datetime(2000, 1, 1),  # noqa: DTZ001
            deletedRecord="persistent",
            granularity="YYYY-MM-DDThh:mm:ssZ",
            compression=["identity"],
        )

    def listRecords(self, cursor=0, batch_size=10, **_):  # noqa: N802 (pyoai's name)
        for identifier, stamp, sets, fields in ROWS.execute(SELECT, (cursor, batch_size)):
            header = common.Header(
                None, identifier, datetime.fromisoformat(stamp), sets.split(), False
            )
            yield header, common.Metadata(None, json.loads(fields)), None


registry = metadata.MetadataRegistry()
registry.registerWriter("oai_dc", server.oai_dc_writer)
provider = server.BatchingServer(
    Adapter(), metadata_registry=registry, resumption_batch_size=PAGE_SIZE
)


def application(environ, start_response):
    arguments = {name: value[0] for name, value in parse_qs(environ["QUERY_STRING"]).items()}
    body = provider.handleRequest(arguments)
    start_response("200 OK", [("Content-Type", "text/xml"), ("Content-Length", str(len(body)))])
    return [body]
