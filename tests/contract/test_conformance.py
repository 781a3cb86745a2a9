"""Every rule of OAI-PMH 2.0, on the provider; and the rules themselves, on endpoints that fail."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings as django_settings
from django.db import connection
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from catalogue import outbound
from catalogue.models import OaiItem
from harvest.oaipmh.conformance.reply import Ask, Reply, parse
from harvest.oaipmh.conformance.rule import Outcome
from harvest.oaipmh.conformance.run import over_http, run
from tests.contract.endpoint import ask_provider
from tests.harvest.oaipmh.catalogues import publish
from tests.records import make_embargoed_record_value, make_record_value
from tests.schemas import faults, needs_schemas

NOON = datetime(2020, 1, 1, 12, tzinfo=UTC)
CLUMP = 2_000
BASE_URL = f"{django_settings.BASE_URL}/oai"
# Cannot apply here: the catalogue has seconds.
NOT_APPLICABLE = {"too-fine"}

pytestmark = [pytest.mark.django_db, needs_schemas]


def clump(item: OaiItem, number: int) -> None:
    """Copies an item, its records and memberships until they are so many in its second."""
    new_identifier = "replace({}, %(old)s, %(old)s || '-' || copy)"
    with connection.cursor() as cursor:
        values = {"item": item.pk, "number": number, "old": item.identifier}
        cursor.execute(
            f"""WITH made AS (
                INSERT INTO catalogue_oaiitem (
                    identifier, datestamp, is_deleted, sets, lost_prefixes, harvested_digest, header
                )
                SELECT identifier || '-' || copy, datestamp, is_deleted, sets, lost_prefixes,
                    harvested_digest, {new_identifier.format("header")}
                FROM catalogue_oaiitem, generate_series(2, %(number)s) AS copy
                WHERE id = %(item)s RETURNING id, identifier
            ), copied AS (
                INSERT INTO catalogue_oairecord (item_id, prefix, datestamp, xml)
                SELECT made.id, prefix, datestamp, replace(xml, %(old)s, made.identifier)
                FROM made, catalogue_oairecord WHERE item_id = %(item)s
            )
            INSERT INTO catalogue_oaimembership (set_id, item_id, datestamp)
            SELECT set_id, made.id, datestamp
            FROM made, catalogue_oaimembership WHERE item_id = %(item)s""",
            values,
        )


@pytest.fixture
def _catalogue() -> None:
    """A catalogue of 2,000 records in one second, deletions, sets, and text of many scripts."""
    sets = ["openaire_data", "aurora:saxs-1", "technique:PaNET01012:PaNET01188"]
    publish(make_record_value(title="Größe <of> 水 & \U0001f52c\x00"), datestamp=NOON, sets=sets)
    clump(publish(datestamp=NOON, sets=sets), CLUMP)
    publish(is_deleted=True, datestamp=NOON - timedelta(days=1), sets=sets)
    publish(is_deleted=True, datestamp=NOON + timedelta(days=1), sets=["aurora"])
    for place, record in enumerate((make_embargoed_record_value(), make_record_value())):
        publish(record, datestamp=NOON + timedelta(hours=12, seconds=place - 1))


def broken(ask: Callable[[Ask], Reply], **options: int) -> dict[str, list[str]]:
    """Returns what is said against an endpoint, by the names of the rules."""
    verdicts = run(BASE_URL, ask, **options)  # type: ignore[arg-type]
    return {
        verdict.rule.name: [breach.message for breach in verdict.breaches]
        for verdict in verdicts
        if verdict.outcome is Outcome.BROKEN
    }


@pytest.mark.parametrize("page_size", [100, 5_000], ids=["split", "whole"])
@pytest.mark.usefixtures("_catalogue")
def test_the_provider_keeps_every_rule(page_size: int, settings: Settings) -> None:
    settings.OAI_PAGE_SIZE = page_size
    verdicts = list(run(BASE_URL, ask_provider, most_pages=30, validate=faults))
    assert {verdict.rule.name: verdict.breaches for verdict in verdicts if verdict.breaches} == {}
    kept = {verdict.rule.name for verdict in verdicts if verdict.outcome is Outcome.KEPT}
    all_names = {verdict.rule.name for verdict in verdicts}
    of_whole = {"exclusive-token", "changed-token", "idempotent"}
    of_split = {"halves"}
    assert all_names - kept == NOT_APPLICABLE | (of_split if page_size == 100 else of_whole)


def test_an_empty_catalogue_keeps_every_rule() -> None:
    assert broken(ask_provider) == {}


@pytest.mark.django_db(transaction=True)
def test_the_rules_run_over_http(live_server: LiveServer, settings: Settings) -> None:
    settings.BASE_URL = live_server.url
    publish()
    base_url = f"{live_server.url}/oai"
    with outbound.client("", contact="a@b.org") as http:
        verdicts = list(run(base_url, over_http(http, base_url)))
    assert [verdict.breaches for verdict in verdicts if verdict.breaches] == []


def changed(body: Callable[[bytes, Ask], bytes]) -> Callable[[Ask], Reply]:
    """Returns an endpoint that answers as the provider does, but for what `body` does to it."""

    def ask(one: Ask) -> Reply:
        right = ask_provider(one)
        return parse(one, status=right.status, headers=right.headers, body=body(right.body, one))

    return ask


def _without_last_token(body: bytes, _ask: Ask) -> bytes:
    before, mark, after = body.partition(b"<resumptionToken")
    is_last = mark and b"></resumptionToken>" in after
    return before + after.partition(b"</resumptionToken>")[2] if is_last else body


DEFECTS: dict[str, tuple[str, Callable[[bytes, Ask], bytes]]] = {
    "fractions": (
        "response-date",
        lambda body, _: body.replace(b"Z</responseDate>", b".5Z</responseDate>"),
    ),
    "granularity": ("identify", lambda body, _: body.replace(b"YYYY-MM-DDThh", b"YYYY-mm-ddThh")),
    "email": (
        "identify",
        lambda body, _: body.replace(b"data-manager@example.org", b"root@localhost"),
    ),
    "beginning": (
        "earliest",
        lambda body, _: body.replace(b"<earliestDatestamp>2020", b"<earliestDatestamp>2021"),
    ),
    "namespace": (
        "formats",
        lambda body, _: body.replace(
            b"<metadataNamespace>http://www.openarchives.org/OAI/2.0/oai_dc/",
            b"<metadataNamespace>urn:x",
        ),
    ),
    "cursor": ("tokens", lambda body, _: body.replace(b'cursor="2"', b'cursor="1"')),
    "end": ("tokens", _without_last_token),
    "deleted with metadata": (
        "deleted",
        lambda body, _: body.replace(b"<header><id", b'<header status="deleted"><id'),
    ),
    "no metadata": (
        "metadata",
        lambda body, _: body.replace(b"<metadata>", b"<about>").replace(
            b"</metadata>", b"</about>"
        ),
    ),
    "truncated": ("well-formed", lambda body, _: body[:-9]),
    "codes": ("bad-verb", lambda body, _: body.replace(b'"badVerb"', b'"badArgument"')),
    "echo": ("request", lambda body, _: body.replace(b"<request", b'<request x="1"')),
    "no sets": (
        "set-lists",
        lambda body, ask: (
            body.replace(b"<setSpec>a:b", b"<setSpec>c:d") if ask.get("set") else body
        ),
    ),
    "range ignored": (
        "inclusive",
        lambda body, ask: body.replace(b"stamp>2020", b"stamp>2021") if ask.get("from") else body,
    ),
}


@pytest.mark.parametrize("name", DEFECTS)
def test_a_rule_that_is_broken_says_so(name: str, settings: Settings) -> None:
    settings.OAI_PAGE_SIZE = 2
    for place in range(5):
        publish(datestamp=NOON + timedelta(seconds=place))
    assert broken(ask_provider) == {}
    rule, defect = DEFECTS[name]
    assert rule in broken(changed(defect))


def test_a_list_that_loses_its_set_is_found(settings: Settings) -> None:
    """The defect of a provider that forgets the set behind its first page, or never heeds it."""
    publish(sets=["a"])
    publish(sets=["b"])

    def forgetful(one: Ask) -> Reply:
        kept = tuple(pair for pair in one.arguments if pair[0] != "set")
        return replace(ask_provider(replace(one, arguments=kept)), ask=one)

    assert "set-lists" in broken(forgetful)


def test_a_token_that_leads_nowhere_ends_the_walk(settings: Settings) -> None:
    settings.OAI_PAGE_SIZE = 1
    publish()
    publish()

    def endless(one: Ask) -> Reply:
        first = tuple(pair for pair in one.arguments if pair[0] != "resumptionToken")
        if one.get("resumptionToken") and one.get("verb") != "ListSets":
            first += (("metadataPrefix", "oai_dc"),)
        return replace(ask_provider(replace(one, arguments=first)), ask=one)

    assert "once" in broken(endless)
