"""The lower bound of a harvest over HTTP: a keyset SELECT of finished XML, joined and sent.

Served by the same gunicorn as the provider that `bench_oai` measures beside it. It checks nothing,
counts nothing, signs no token and knows one list: what is left is what any server has to do.
"""

import os
import re

import psycopg2

PAGE_SIZE = int(os.environ.get("CATALOGUE_OAI_PAGE_SIZE", "100"))
LINK = psycopg2.connect(os.environ["CATALOGUE_DATABASE_URL"])
LINK.autocommit = True
SELECT = """
    SELECT datestamp, item_id, xml FROM catalogue_oairecord
    WHERE prefix = %s AND (datestamp, item_id) > (to_timestamp(%s), %s)
    ORDER BY datestamp, item_id LIMIT %s
"""
FIRST = re.compile("metadataPrefix=([a-z_]+)")
NEXT = re.compile("resumptionToken=([a-z_]+)!([0-9]+)!([0-9]+)")


def application(environ, start_response):
    query = environ["QUERY_STRING"]
    if following := NEXT.search(query):
        prefix, *place = following.groups()
    else:
        first = FIRST.search(query)
        prefix, place = first[1] if first else "", (0, 0)
    with LINK.cursor() as cursor:
        cursor.execute(SELECT, (prefix, *place, PAGE_SIZE))
        rows = cursor.fetchall()
    token = ""
    if len(rows) == PAGE_SIZE:
        token = f"{prefix}!{int(rows[-1][0].timestamp())}!{rows[-1][1]}"
    parts = [row[2] for row in rows]
    body = f"{''.join(parts)}<resumptionToken>{token}</resumptionToken>".encode()
    start_response("200 OK", [("Content-Type", "text/xml"), ("Content-Length", str(len(body)))])
    return [body]
