"""The provider as an endpoint for the conformance rules, asked without a server in between."""

import gzip

from django.test import Client

from harvest.oaipmh.conformance.reply import Ask, Reply, parse

FORM = "application/x-www-form-urlencoded"


def ask_provider(one: Ask) -> Reply:
    """Returns the reply of the provider to a request that goes through the whole of Django."""
    client = Client(headers={"accept-encoding": one.accept_encoding}, enforce_csrf_checks=True)
    if one.method == "POST":
        answer = client.post("/oai", one.query, content_type=FORM)
    else:
        answer = client.get(f"/oai?{one.query}")
    is_packed = answer.get("Content-Encoding") == "gzip"
    body = gzip.decompress(answer.content) if is_packed else answer.content
    return parse(one, status=answer.status_code, headers=dict(answer.items()), body=body)
