"""The records that harvests are measured with: a sample that is rendered, and copies of it."""

import json
import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from django.db import connection
from lxml import etree

from catalogue.formats.oai_formats import documents
from catalogue.formats.oai_sets import set_specs
from catalogue.publication.oai_items import Content, write_item
from tests.factories import LONG_AGO_NOON
from tests.records import make_record_value

# So many records share a second, as after a night's releases.
CLUMP = 2000
# Really rendered, one by one; the others are copies of these under identifiers of their own.
SAMPLE = 500
ONE_SET = "aurora"
# A hundredth of the records are in the set of their instrument.
SMALL_SET = "aurora:saxs-1"
ABSTRACT = "Small angle scattering of silica particles in solution, measured as they grew. " * 12

# Copies of the sample, in the order of their datestamps.
GROW = [
    """INSERT INTO catalogue_oaiitem (
           id, identifier, datestamp, is_deleted, sets, lost_prefixes, header, harvested_digest
       )
       SELECT {sample} + copy, identifier || '-' || copy, datestamp, false, sets, lost_prefixes,
              header, ''
       FROM generate_series(1, {number}) AS copy
       JOIN catalogue_oaiitem ON id = 1 + copy %% {sample}""",
    """UPDATE catalogue_oaiitem SET datestamp = datestamp + id / {clump} * interval '1 second'""",
    """INSERT INTO catalogue_oairecord (item_id, prefix, datestamp, xml)
       SELECT item.id, prefix, item.datestamp, xml FROM catalogue_oaiitem AS item
       JOIN catalogue_oairecord ON item_id = 1 + (item.id - {sample}) %% {sample}
       WHERE item.id > {sample} AND prefix IN ('oai_dc', 'oai_datacite')
       ORDER BY prefix, item.id""",
    """INSERT INTO catalogue_oaimembership (set_id, item_id, datestamp)
       SELECT named.id, item.id, item.datestamp FROM catalogue_oaiset AS named
       JOIN catalogue_oaiitem AS item ON named.spec = '{all}' OR item.id %% 100 = 0
       WHERE item.id > {sample} AND named.spec IN ('{all}', '{few}') ORDER BY 1, 2""",
    """UPDATE catalogue_oairecord SET datestamp = item.datestamp FROM catalogue_oaiitem AS item
       WHERE item.id = item_id AND item.id <= {sample}""",
    """UPDATE catalogue_oaimembership SET datestamp = item.datestamp FROM catalogue_oaiitem AS item
       WHERE item.id = item_id AND item.id <= {sample}""",
    "VACUUM ANALYZE",
]


def fill(number: int) -> None:
    """Makes `number` items: a sample that is rendered, and copies of it made by the database."""
    for place in range(SAMPLE):
        title = f"Growth of silica particles, part {place}"
        record = replace(
            make_record_value(abstract=ABSTRACT), doi=f"10.5072/bench.{place}", title=title
        )
        content = Content(set_specs(record), documents(record))
        write_item(f"oai:catalogue.example.org:{record.doi}", content, datestamp=LONG_AGO_NOON)
    grow(number - SAMPLE)


def grow(number: int) -> None:
    values = {"number": number, "sample": SAMPLE, "clump": CLUMP, "all": ONE_SET, "few": SMALL_SET}
    with connection.cursor() as cursor:
        for statement in GROW:
            cursor.execute(statement.format(**values).replace("%%", "%"))


def fill_pyoai(path: Path, number: int) -> None:
    """Writes the Dublin Core of the same records into SQLite, for pyoai's adapter."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT xml FROM catalogue_oairecord WHERE prefix = 'oai_dc' LIMIT %s", [SAMPLE]
        )
        sample = [_fields(xml) for (xml,) in cursor.fetchall()]
    rows = sqlite3.connect(path)
    rows.execute(
        "CREATE TABLE record (place INTEGER PRIMARY KEY, identifier, datestamp, sets, fields)"
    )
    rows.executemany(
        "INSERT INTO record VALUES (?, ?, ?, ?, ?)",
        (
            (
                place + 1,
                f"oai:catalogue.example.org:{place}",
                (LONG_AGO_NOON + timedelta(seconds=place // CLUMP))
                .replace(tzinfo=None)
                .isoformat(),
                "openaire_data aurora:saxs-1",
                sample[place % len(sample)],
            )
            for place in range(number)
        ),
    )
    rows.commit()
    rows.close()


def _fields(xml: str) -> str:
    """Returns Dublin Core fields as the JSON that pyoai's adapter turns into its Metadata."""
    fields: dict[str, list[str]] = {}
    for element in etree.fromstring(xml)[1][0]:
        fields.setdefault(etree.QName(element).localname, []).append(element.text or "")
    return json.dumps(fields)
