"""The provider from outside: what OAI-PMH 2.0 and its harvesters ask of it."""

import gzip
import os
import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import psycopg2
import pytest
from django.db import OperationalError, connection
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from oaipmh_scythe import Scythe
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer
from sickle import Sickle

from catalogue.formats.oai_formats import FORMATS
from catalogue.models import OaiItem
from harvest.oaipmh import views
from harvest.oaipmh.gate import Gate
from tests.factories import make_instrument
from tests.harvest.oaipmh.catalogues import publish, publish_many
from tests.records import make_embargoed_record_value, make_record_value
from tests.schemas import faults, needs_schemas

NOON = datetime(2020, 1, 1, 12, tzinfo=UTC)
OAI = "{http://www.openarchives.org/OAI/2.0/}"
PREFIXES = list(FORMATS)
VERBS = [
    "Identify",
    "ListSets",
    "ListMetadataFormats",
    "ListRecords",
    "ListIdentifiers",
    "GetRecord",
]

pytestmark = [pytest.mark.django_db, needs_schemas]


@pytest.fixture(autouse=True)
def _pages_of_20(settings: Settings) -> None:
    settings.OAI_PAGE_SIZE = 20


@pytest.fixture
def record() -> OaiItem:
    return publish(make_record_value(title="Größe <of> 水 & \U0001f52c"), datestamp=NOON)


def ask(client: Client, query: str = "", **arguments: str) -> etree._Element:
    """Returns the reply to a request, which has to be HTTP 200 and valid."""
    answer = client.get(f"/oai?{query or urlencode(arguments)}")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/xml; charset=UTF-8"
    assert faults(answer.content) == []
    return etree.fromstring(answer.content)


def codes(reply: etree._Element) -> list[str | None]:
    return [error.get("code") for error in reply.iter(f"{OAI}error")]


def texts(reply: etree._Element, tag: str) -> list[str | None]:
    return [element.text for element in reply.iter(f"{OAI}{tag}")]


def pages(client: Client, verb: str, **arguments: str) -> Iterator[etree._Element]:
    reply = ask(client, verb=verb, **arguments)
    yield reply
    while token := reply.findtext(f".//{OAI}resumptionToken"):
        reply = ask(client, verb=verb, resumptionToken=token)
        yield reply


def harvested(client: Client, **arguments: str) -> list[str | None]:
    replies = pages(client, "ListIdentifiers", metadataPrefix="oai_dc", **arguments)
    return [text for reply in replies for text in texts(reply, "identifier")]


# --- the verbs ----------------------------------------------------------------------------------


def test_identify(client: Client, record: OaiItem, settings: Settings) -> None:
    deleted = publish(is_deleted=True, datestamp=NOON - timedelta(days=1))
    reply = ask(client, verb="Identify")
    body = reply.find(f"{OAI}Identify")
    assert body is not None
    assert {etree.QName(child).localname: child.text for child in body if child.text} == {
        "repositoryName": settings.REPOSITORY_NAME,
        "baseURL": f"{settings.BASE_URL}/oai",
        "protocolVersion": "2.0",
        "adminEmail": settings.ADMIN_EMAIL,
        "earliestDatestamp": "2019-12-31T12:00:00Z",
        "deletedRecord": "persistent",
        "granularity": "YYYY-MM-DDThh:mm:ssZ",
        "compression": "gzip",
    }
    assert "".join(body.itertext()).endswith(f"oaicatalogue.example.org:{deleted.identifier}")


def test_an_empty_catalogue_answers_every_verb(client: Client) -> None:
    assert codes(ask(client, verb="Identify")) == []
    assert codes(ask(client, verb="ListMetadataFormats")) == []
    assert codes(ask(client, verb="ListSets")) == ["noSetHierarchy"]
    lists = {"verb": "ListRecords", "metadataPrefix": "oai_dc"}
    assert codes(ask(client, **lists)) == ["noRecordsMatch"]
    assert codes(ask(client, **lists, set="a")) == ["noSetHierarchy"]


@pytest.mark.parametrize("arguments", [{}, {"identifier": True}], ids=["all", "of one"])
def test_list_metadata_formats(client: Client, record: OaiItem, arguments: dict[str, Any]) -> None:
    chosen = dict.fromkeys(arguments, record.identifier)
    reply = ask(client, verb="ListMetadataFormats", **chosen)
    assert dict(
        zip(texts(reply, "metadataPrefix"), texts(reply, "metadataNamespace"), strict=True)
    ) == {
        "oai_dc": "http://www.openarchives.org/OAI/2.0/oai_dc/",
        "oai_datacite": "http://schema.datacite.org/oai/oai-1.1/",
        "datacite": "http://datacite.org/schema/kernel-4",
        "oai_openairedata": "http://datacite.org/schema/kernel-4",
    }


def test_list_sets_names_each_set_and_those_above(client: Client, record: OaiItem) -> None:
    instrument = make_instrument()
    facility = instrument.facility
    publish(sets=[f"{facility.slug}:{instrument.slug}", "type:dataset"])
    reply = ask(client, verb="ListSets")
    names = dict(zip(texts(reply, "setSpec"), texts(reply, "setName"), strict=True))
    assert names == {
        "a": "A",
        "a:b": "B",
        facility.slug: facility.name,
        f"{facility.slug}:{instrument.slug}": f"{instrument.name} at {facility.name}",
        "openaire_data": "Research data for OpenAIRE",
        "type": "By type of resource",
        "type:dataset": "Dataset",
    }


@pytest.mark.parametrize("prefix", PREFIXES)
def test_get_record_gives_the_very_document(client: Client, record: OaiItem, prefix: str) -> None:
    reply = ask(client, verb="GetRecord", identifier=record.identifier, metadataPrefix=prefix)
    payload = reply.find(f".//{OAI}metadata/*")
    assert payload is not None
    stored = etree.fromstring(record.records.get(prefix=prefix).xml)[1][0]
    assert [(node.tag, node.text) for node in payload.iter()] == [
        (node.tag, node.text) for node in stored.iter()
    ]
    assert texts(reply, "datestamp") == ["2020-01-01T12:00:00Z"]
    assert texts(reply, "setSpec") == ["openaire_data", "a:b"]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_embargoed_and_restricted_records_are_valid(client: Client, prefix: str) -> None:
    publish(make_embargoed_record_value())
    publish(make_record_value(access="restricted", available=None))
    assert len(texts(ask(client, verb="ListRecords", metadataPrefix=prefix), "metadata")) == 2


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_deleted_record_is_told_in_every_format_and_place(client: Client, prefix: str) -> None:
    deleted = publish(is_deleted=True)
    one = ask(client, verb="GetRecord", identifier=deleted.identifier, metadataPrefix=prefix)
    whole = ask(client, verb="ListRecords", metadataPrefix=prefix, set="a")
    short = ask(client, verb="ListIdentifiers", metadataPrefix=prefix)
    for reply in (one, whole, short):
        header = reply.find(f".//{OAI}header")
        assert header is not None
        assert header.get("status") == "deleted"
        assert reply.find(f".//{OAI}metadata") is None


def test_the_reply_repeats_the_request(client: Client, settings: Settings) -> None:
    request = ask(client, verb="ListMetadataFormats").find(f"{OAI}request")
    assert request is not None
    assert request.text == f"{settings.BASE_URL}/oai"
    assert dict(request.attrib) == {"verb": "ListMetadataFormats"}


# --- errors -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["badVerb"]),
        ("verb=Nonsense", ["badVerb"]),
        ("verb=Identify&verb=Identify", ["badVerb"]),
        ("verb=Identify&x=%00", ["badArgument"]),
        ("verb=ListRecords", ["badArgument"]),
        ("verb=ListRecords&metadataPrefix=nonesuch", ["cannotDisseminateFormat"]),
        ("verb=ListRecords&metadataPrefix=oai_dc&set=nonesuch", ["noRecordsMatch"]),
        ("verb=ListRecords&metadataPrefix=oai_dc&until=1990-01-01", ["noRecordsMatch"]),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=9999-12-31", ["noRecordsMatch"]),
        (
            "verb=ListRecords&metadataPrefix=oai_dc&from=2001-01-01&until=2000-01-01",
            ["badArgument"],
        ),
        ("verb=ListRecords&resumptionToken=nonsense", ["badResumptionToken"]),
        ("verb=ListRecords&resumptionToken=", ["badResumptionToken"]),
        ("verb=ListSets&resumptionToken=x", ["badResumptionToken"]),
        ("verb=ListMetadataFormats&identifier=oai:a.b:1", ["idDoesNotExist"]),
        ("verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:a.b:1", ["idDoesNotExist"]),
        (
            "verb=GetRecord&metadataPrefix=nonesuch&identifier=oai:a.b:1",
            ["cannotDisseminateFormat", "idDoesNotExist"],
        ),
        (
            "verb=GetRecord&metadataPrefix=oai_dc&identifier=%FF%00%22",
            ["badArgument", "idDoesNotExist"],
        ),
    ],
)
def test_errors(client: Client, record: OaiItem, query: str, expected: list[str]) -> None:
    reply = ask(client, query)
    assert codes(reply) == expected
    request = reply.find(f"{OAI}request")
    assert request is not None
    assert not request.attrib or not {"badVerb", "badArgument"} & set(expected)


def test_a_known_identifier_in_an_unknown_format_is_one_error(
    client: Client, record: OaiItem
) -> None:
    identifier = record.identifier
    reply = ask(client, verb="GetRecord", identifier=identifier, metadataPrefix="nonesuch")
    assert codes(reply) == ["cannotDisseminateFormat"]


def test_a_token_serves_the_verb_it_was_given_for(client: Client) -> None:
    publish_many(21, NOON)
    token = ask(client, verb="ListRecords", metadataPrefix="oai_dc").findtext(
        f".//{OAI}resumptionToken"
    )
    reply = ask(client, verb="ListIdentifiers", resumptionToken=token or "")
    assert codes(reply) == ["badResumptionToken"]


def test_many_arguments_are_refused(client: Client) -> None:
    assert codes(ask(client, "&".join(["a=1"] * 2000))) == ["badArgument"]


def test_a_huge_argument_is_refused(client: Client) -> None:
    assert codes(ask(client, f"verb=ListSets&resumptionToken={'a' * 100_000}")) == ["badArgument"]


_pieces = st.one_of(
    st.sampled_from([f"verb={verb}" for verb in VERBS]),
    st.sampled_from(["metadataPrefix=oai_dc", "metadataPrefix=x", "set=a", "set=", "identifier="]),
    st.sampled_from(["from=2020-01-01", "until=2020-01-01", "from=x", "resumptionToken=x"]),
    st.tuples(
        st.sampled_from(["verb", "identifier", "metadataPrefix", "set", "from", "resumptionToken"]),
        st.text(st.characters(codec="utf-8")),
    ).map(lambda pair: f"{pair[0]}={quote(pair[1])}"),
    st.from_regex(r"identifier=[A-Za-z]{1,3}:[!-~]{0,12}", fullmatch=True),
    st.binary(max_size=8).map(quote),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(_pieces, max_size=6).map("&".join))
def test_any_query_gets_a_valid_reply(client: Client, query: str) -> None:
    ask(client, query.replace("#", "%23"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=40))
def test_any_posted_bytes_get_a_valid_reply(client: Client, body: bytes) -> None:
    answer = client.post("/oai", body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 200
    assert faults(answer.content) == []


# --- lists --------------------------------------------------------------------------------------


def test_a_crowded_second_is_harvested_whole(client: Client) -> None:
    records = publish_many(250, NOON)
    replies = list(pages(client, "ListRecords", metadataPrefix="oai_dc"))
    found = [text for reply in replies for text in texts(reply, "identifier")]
    assert found == [record.identifier for record in records]
    tokens = [reply.find(f".//{OAI}resumptionToken") for reply in replies]
    assert [token.get("cursor") for token in tokens if token is not None] == [
        str(20 * page) for page in range(13)
    ]
    assert {token.get("completeListSize") for token in tokens if token is not None} == {"250"}
    assert tokens[-1] is not None
    assert tokens[-1].text is None


@pytest.mark.parametrize("number", [19, 20])
def test_a_list_on_one_page_has_no_token(client: Client, number: int) -> None:
    publish_many(number, NOON)
    reply = ask(client, verb="ListRecords", metadataPrefix="oai_dc")
    assert reply.find(f".//{OAI}resumptionToken") is None


def test_a_token_used_again_gives_the_same_page(client: Client) -> None:
    publish_many(41, NOON)
    token = ask(client, verb="ListRecords", metadataPrefix="oai_dc").findtext(
        f".//{OAI}resumptionToken"
    )
    first, second = (
        texts(ask(client, verb="ListRecords", resumptionToken=token or ""), "identifier")
        for _ in range(2)
    )
    assert first == second
    assert len(first) == 20


def test_a_set_holds_those_below_it_on_every_page(client: Client) -> None:
    publish_many(30, NOON, sets=["other"])
    inside = publish_many(30, NOON, sets=["a:b"]) + publish_many(1, NOON, sets=["a"])
    assert harvested(client, set="a") == [record.identifier for record in inside]
    assert len(harvested(client, set="a:b")) == 30


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"from": "2020-01-02"}, [2, 3]),
        ({"until": "2020-01-01"}, [0, 1]),
        ({"from": "2020-01-01", "until": "2020-01-01"}, [0, 1]),
        ({"from": "2020-01-01T23:59:59Z"}, [1, 2, 3]),
        ({"until": "2020-01-01T23:59:58Z"}, [0]),
        ({"from": "2020-01-01T23:59:59Z", "until": "2020-01-02T00:00:00Z"}, [1, 2]),
        ({"until": "2999-01-01"}, [0, 1, 2, 3]),
    ],
)
def test_ranges_are_inclusive(
    client: Client, arguments: dict[str, str], expected: list[int]
) -> None:
    moments = ["01T00:00:00", "01T23:59:59", "02T00:00:00", "03T00:00:00"]
    records = [
        publish(datestamp=datetime.fromisoformat(f"2020-01-{moment}Z")) for moment in moments
    ]
    assert harvested(client, **arguments) == [records[place].identifier for place in expected]


@pytest.mark.parametrize("spec", ["", "&set=a"], ids=["all", "set"])
def test_a_later_page_is_one_query(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries, spec: str
) -> None:
    publish_many(41, NOON)
    # The page and its count, and four to wait for writers (a savepoint, a time-out, the lock).
    with django_assert_num_queries(6):
        reply = ask(client, f"verb=ListRecords&metadataPrefix=oai_dc{spec}")
    token = reply.findtext(f".//{OAI}resumptionToken") or ""
    with django_assert_num_queries(1):
        ask(client, verb="ListRecords", resumptionToken=token)


# --- transport ----------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/oai", "/oai/"])
def test_get_and_post_say_the_same(record: OaiItem, address: str) -> None:
    client = Client(enforce_csrf_checks=True)
    query = "verb=ListRecords&metadataPrefix=oai_dc"
    got = client.get(f"{address}?{query}")
    posted = client.post(address, query, content_type="application/x-www-form-urlencoded")
    bodies = [answer.content.partition(b"</responseDate>")[2] for answer in (got, posted)]
    assert bodies[0] == bodies[1]
    assert b"<record>" in bodies[0]


def test_a_post_that_is_no_form_is_not_read(client: Client) -> None:
    answer = client.post("/oai", {"verb": "Identify"})
    assert b'code="badVerb"' in answer.content


def test_head_works_and_other_methods_do_not(client: Client) -> None:
    assert client.head("/oai?verb=Identify").status_code == 200
    assert client.delete("/oai?verb=Identify").status_code == 405


def test_replies_are_packed_for_those_who_ask(client: Client, record: OaiItem) -> None:
    plain = client.get("/oai?verb=ListSets")
    answer = client.get("/oai?verb=ListSets", headers={"accept-encoding": "gzip"})
    assert answer["Content-Encoding"] == "gzip"
    assert answer["Vary"] == plain["Vary"] == "Accept-Encoding"
    assert "Content-Encoding" not in plain
    packed, bare = (
        body.partition(b"</responseDate>")[2]
        for body in (gzip.decompress(answer.content), plain.content)
    )
    assert packed == bare


def test_a_database_that_is_away_is_a_503(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> str:
        raise OperationalError("connection refused")

    monkeypatch.setattr(views, "answer", fail)
    answer = client.get("/oai?verb=Identify")
    assert answer.status_code == 503
    assert answer["Retry-After"] == "60"


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_was_lost_between_requests_is_opened_anew(client: Client) -> None:
    publish()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    with closing(psycopg2.connect(connection.connection.dsn)) as other, other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [backend])
    assert codes(ask(client, verb="ListRecords", metadataPrefix="oai_dc")) == []


def test_more_harvesters_than_may_be_are_asked_to_wait(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(1)
    monkeypatch.setattr(views, "GATE", gate)
    with gate.entered():
        answer = client.get("/oai?verb=Identify")
        assert answer.status_code == 503
        assert answer["Retry-After"] == "5"
    assert client.get("/oai?verb=Identify").status_code == 200


def test_a_list_is_resumed_after_the_secret_was_replaced(
    client: Client, settings: Settings
) -> None:
    publish_many(41, NOON)
    first = ask(client, verb="ListRecords", metadataPrefix="oai_dc")
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key"
    token = first.findtext(f".//{OAI}resumptionToken") or ""
    assert len(texts(ask(client, verb="ListRecords", resumptionToken=token), "identifier")) == 20
    settings.SECRET_KEY_FALLBACKS = []
    assert codes(ask(client, verb="ListRecords", resumptionToken=token)) == ["badResumptionToken"]


# --- harvesters ---------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("prefix", PREFIXES)
def test_harvesters_get_every_record(live_server: LiveServer, prefix: str) -> None:
    records = [*publish_many(45, NOON), publish(is_deleted=True)]
    expected = {record.identifier for record in records}
    sickle = Sickle(f"{live_server.url}/oai")
    by_sickle = [item.header for item in sickle.ListRecords(metadataPrefix=prefix)]
    assert sorted(header.identifier for header in by_sickle) == sorted(expected)
    assert [header.deleted for header in by_sickle].count(True) == 1
    with Scythe(f"{live_server.url}/oai/") as scythe:
        by_scythe = [item.header.identifier for item in scythe.list_records(metadata_prefix=prefix)]
    assert sorted(map(str, by_scythe)) == sorted(expected)


PYOAI_CLIENT = """
import sys
from oaipmh.client import Client
from oaipmh.metadata import MetadataRegistry, oai_dc_reader
registry = MetadataRegistry()
registry.registerReader("oai_dc", oai_dc_reader)
client = Client(sys.argv[1], registry)
for header, _, _ in client.listRecords(metadataPrefix="oai_dc", set="a"):
    print(header.identifier(), header.isDeleted())
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(
    "BENCH_PYOAI" not in os.environ, reason="BENCH_PYOAI names no Python that has oaipmh 4.0.0"
)
def test_pyoai_gets_every_record(live_server: LiveServer) -> None:
    """Its import name is another package's too, so it runs in an environment of its own."""
    records = [*publish_many(25, NOON), publish(is_deleted=True)]
    command = [os.environ["BENCH_PYOAI"], "-c", PYOAI_CLIENT, f"{live_server.url}/oai"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    expected = [f"{record.identifier} {record.is_deleted}" for record in records]
    assert sorted(told.splitlines()) == sorted(expected)
