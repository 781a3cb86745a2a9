"""Copies what has been published into the tables of OAI-PMH, with its datestamps.

Harvesters notice nothing. The formats that are new since are made by `manage.py render_records`.
"""

from django.db import migrations

ITEMS = """
    INSERT INTO catalogue_oaiitem
        (publication_id, identifier, datestamp, is_deleted, sets, header)
    SELECT publication_id, oai_identifier, datestamp, is_deleted, sets,
        '<header' || CASE WHEN is_deleted THEN ' status="deleted"' ELSE '' END || '><identifier>'
        || replace(replace(replace(oai_identifier, '&', '&amp;'), '<', '&lt;'), '>', '&gt;')
        || '</identifier><datestamp>'
        || to_char(datestamp AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') || '</datestamp>'
        || (SELECT coalesce(string_agg('<setSpec>' || spec || '</setSpec>', '' ORDER BY place), '')
            FROM unnest(sets) WITH ORDINALITY AS named(spec, place))
        || '</header>'
    FROM catalogue_publishedrecord
"""
RECORDS = """
    INSERT INTO catalogue_oairecord (item_id, prefix, datestamp, xml)
    SELECT item.id, document.prefix, item.datestamp, '<record>' || item.header
        || CASE WHEN item.is_deleted THEN '' ELSE '<metadata>' || document.xml || '</metadata>' END
        || '</record>'
    FROM catalogue_oaiitem AS item
    JOIN catalogue_publishedrecord AS shown USING (publication_id)
    CROSS JOIN LATERAL (
        VALUES ('oai_dc', shown.oai_dc), ('oai_datacite', shown.oai_datacite)
    ) AS document(prefix, xml)
"""
SETS = """
    INSERT INTO catalogue_oaiset (spec)
    SELECT DISTINCT set_spec FROM catalogue_publishedrecordset
"""
MEMBERSHIPS = """
    INSERT INTO catalogue_oaimembership (set_id, item_id, datestamp)
    SELECT named.id, item.id, item.datestamp
    FROM catalogue_publishedrecordset AS old
    JOIN catalogue_publishedrecord AS shown ON shown.id = old.record_id
    JOIN catalogue_oaiitem AS item USING (publication_id)
    JOIN catalogue_oaiset AS named ON named.spec = old.set_spec
"""
BACK = """
    UPDATE catalogue_publishedrecord AS shown SET
        oai_identifier = item.identifier, sets = item.sets,
        oai_dc = coalesce((
            SELECT substring(xml FROM '<metadata>(.*)</metadata>') FROM catalogue_oairecord
            WHERE item_id = item.id AND prefix = 'oai_dc'), ''),
        oai_datacite = coalesce((
            SELECT substring(xml FROM '<metadata>(.*)</metadata>') FROM catalogue_oairecord
            WHERE item_id = item.id AND prefix = 'oai_datacite'), '')
    FROM catalogue_oaiitem AS item WHERE item.publication_id = shown.publication_id
"""
MEMBERSHIPS_BACK = """
    INSERT INTO catalogue_publishedrecordset (record_id, set_spec, datestamp)
    SELECT shown.id, named.spec, membership.datestamp
    FROM catalogue_oaimembership AS membership
    JOIN catalogue_oaiset AS named ON named.id = membership.set_id
    JOIN catalogue_oaiitem AS item ON item.id = membership.item_id
    JOIN catalogue_publishedrecord AS shown USING (publication_id)
"""


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0015_oai_items")]
    operations = [
        migrations.RunSQL([ITEMS, RECORDS, SETS, MEMBERSHIPS], [BACK, MEMBERSHIPS_BACK]),
    ]
