"""Records of another catalogue, exposed again by choice, as harvesters of ours see them."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse
from lxml import etree

from catalogue.models import HarvestedRecord, OaiItem, Origin
from catalogue.publication import reexposure
from harvest.models import HarvestSource
from harvest.oaipmh.conformance.rule import Outcome
from harvest.oaipmh.conformance.run import run as run_rules
from harvest.oaipmh.harvester import settling
from harvest.tasks import harvest_due, settle_source
from tests.contract.endpoint import ask_provider
from tests.factories import make_publication, make_record, make_user
from tests.fakes.oai_pmh import Endpoint, FakeRecord, fake_endpoint, records
from tests.harvest.oaipmh.catalogues import publish
from tests.harvest.oaipmh.harvester.harvesting import LATER, make_source, run
from tests.schemas import FOLDER, faults, needs_schemas

pytestmark = pytest.mark.django_db
OAI = "{http://www.openarchives.org/OAI/2.0/}"
PROVENANCE = "{http://www.openarchives.org/OAI/2.0/provenance}"
SET = "origin:127.0.0.1"
SOURCE = "admin:harvest_harvestsource"


@pytest.fixture(autouse=True)
def _settings(settings: LazySettings) -> None:
    settings.PRIVATE_HOSTS = ["127.0.0.1"]
    settings.OAI_PAGE_SIZE = 10


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with fake_endpoint(records(25)) as server:
        yield server


@pytest.fixture
def manager(client: Client) -> Client:
    client.force_login(make_user(is_staff=True, is_superuser=True))
    return client


def ask(query: str) -> etree._Element:
    body = Client().get(f"/oai?{query}").content
    assert not FOLDER.is_dir() or faults(body) == []
    return etree.fromstring(body)


def listed(prefix: str = "oai_datacite", spec: str = SET) -> dict[str, etree._Element]:
    """Returns the records of a set in a format, by identifier; each reply has to be valid."""
    found: dict[str, etree._Element] = {}
    query = f"verb=ListRecords&metadataPrefix={prefix}&set={spec}"
    while query:
        reply = ask(query)
        for record in reply.iter(f"{OAI}record"):
            found[record.findtext(f"{OAI}header/{OAI}identifier") or ""] = record
        token = reply.findtext(f".//{OAI}resumptionToken")
        query = f"verb=ListRecords&resumptionToken={token}" if token else ""
    return found


def is_deleted(record: etree._Element) -> bool:
    header = record.find(f"{OAI}header")
    return header is not None and header.get("status") == "deleted"


def deleted(found: dict[str, etree._Element]) -> set[str]:
    return {name for name, record in found.items() if is_deleted(record)}


def stamps() -> dict[str, object]:
    return dict(OaiItem.objects.values_list("identifier", "datestamp"))


def choose(client: Client, source: HarvestSource, **changes: object) -> None:
    """Saves the form of a source in the admin, where a box that is not ticked is not sent."""
    form = {
        "name": source.name,
        "base_url": source.base_url,
        "metadata_prefix": source.metadata_prefix,
        "set_spec": "",
        "interval_h": source.interval_h,
        "is_active": "on",
        "is_incremental": "on",
        "is_shown": "on",
    }
    answer = client.post(reverse(f"{SOURCE}_change", args=[source.pk]), form | changes)
    assert answer.status_code == 302, answer.content.decode()
    source.refresh_from_db()


def test_nothing_is_exposed_unless_it_is_chosen(endpoint: Endpoint) -> None:
    run(make_source(endpoint))
    assert OaiItem.objects.count() == 0


@needs_schemas
def test_a_harvest_exposes_what_came_with_its_provenance(endpoint: Endpoint) -> None:
    source = make_source(endpoint, is_reexposed=True)
    run(source)
    found = listed()
    assert set(found) == {record.identifier for record in endpoint.held}
    one = found["oai:fake.example.org:7"]
    stored = HarvestedRecord.objects.get(identifier="oai:fake.example.org:7")
    payload = one.find(f"{OAI}metadata/*")
    assert payload is not None
    assert etree.tostring(payload) == etree.tostring(etree.fromstring(stored.metadata))
    (origin,) = one.iter(f"{PROVENANCE}originDescription")
    assert dict(origin.attrib) == {
        "harvestDate": f"{stored.harvested_at:%Y-%m-%dT%H:%M:%SZ}",
        "altered": "false",
    }
    assert [child.text for child in origin] == [
        endpoint.base_url,
        "oai:fake.example.org:7",
        stored.source_datestamp,
        "http://schema.datacite.org/oai/oai-1.1/",
    ]
    assert set(listed("oai_dc")) == set(listed("datacite")) == set(found)
    assert [node.text for node in one.iter(f"{OAI}setSpec")] == [SET]
    names = dict(
        zip(
            (node.text for node in ask("verb=ListSets").iter(f"{OAI}setSpec")),
            (node.text for node in ask("verb=ListSets").iter(f"{OAI}setName")),
            strict=True,
        )
    )
    assert names == {"origin": "Harvested from other catalogues", SET: "Fake catalogue"}


def test_a_wrapper_that_is_not_whole_is_mended_and_called_altered(endpoint: Endpoint) -> None:
    endpoint.faults.add("bare_wrapper")
    run(make_source(endpoint, is_reexposed=True))
    (origin,) = listed()["oai:fake.example.org:7"].iter(f"{PROVENANCE}originDescription")
    assert origin.get("altered") == "true"


@needs_schemas
def test_every_rule_holds_with_records_of_others(endpoint: Endpoint) -> None:
    run(make_source(endpoint, is_reexposed=True))
    publish()
    verdicts = list(run_rules("http://127.0.0.1:8000/oai", ask_provider))
    assert [one.rule.title for one in verdicts if one.outcome is Outcome.BROKEN] == []


def test_only_what_has_changed_moves(endpoint: Endpoint) -> None:
    source = make_source(endpoint, is_reexposed=True, is_incremental=False)
    run(source)
    OaiItem.objects.update(datestamp="2020-01-01T00:00:00Z")
    before = stamps()
    run(source)
    assert stamps() == before
    endpoint.change(3, LATER, title="Renamed")
    endpoint.change(4, LATER, is_deleted=True)
    run(source)
    after = stamps()
    moved = {name for name in after if after[name] != before[name]}
    assert moved == {"oai:fake.example.org:3", "oai:fake.example.org:4"}
    found = listed()
    assert deleted(found) == {"oai:fake.example.org:4"}
    assert b"Renamed" in etree.tostring(found["oai:fake.example.org:3"])


def test_a_format_that_a_record_loses_at_its_origin_is_deleted_here(endpoint: Endpoint) -> None:
    """Who harvested it in that format would otherwise keep it for ever, as it was."""
    source = make_source(endpoint)
    run(source)
    expose(source)
    one = HarvestedRecord.objects.get(identifier="oai:fake.example.org:7")
    whole = one.metadata
    name, query = one.identifier, f"metadataPrefix=oai_datacite&identifier={one.identifier}"
    # Without a mandatory property it can be exposed as Dublin Core alone.
    HarvestedRecord.objects.filter(pk=one.pk).update(
        metadata=re.sub("<publisher.*?</publisher>", "", whole), digest="less"
    )
    assert expose(source) == 1
    assert deleted(listed("oai_datacite")) == deleted(listed("datacite")) == {name}
    assert deleted(listed("oai_dc")) == set()
    for prefix, expected in (("oai_datacite", {name}), ("oai_dc", set())):
        for spec in (SET, ""):
            assert deleted_headers(prefix, spec) == expected
    assert is_deleted(next(ask(f"verb=GetRecord&{query}").iter(f"{OAI}record")))
    assert expose(source) == 0
    HarvestedRecord.objects.filter(pk=one.pk).update(metadata=whole, digest="again")
    assert expose(source) == 1
    assert deleted(listed("oai_datacite")) == deleted_headers("oai_datacite", SET) == set()


def deleted_headers(prefix: str, spec: str) -> set[str]:
    """Returns the identifiers that ListIdentifiers calls deleted, on all its pages."""
    found: set[str] = set()
    query = f"verb=ListIdentifiers&metadataPrefix={prefix}" + (f"&set={spec}" if spec else "")
    while query:
        reply = ask(query)
        headers = reply.iterfind(f".//{OAI}header[@status='deleted']")
        found |= {header.findtext(f"{OAI}identifier") or "" for header in headers}
        token = reply.findtext(f".//{OAI}resumptionToken")
        query = f"verb=ListIdentifiers&resumptionToken={token}" if token else ""
    return found


def test_the_choice_in_the_admin_is_carried_out_and_taken_back(
    endpoint: Endpoint, manager: Client, django_capture_on_commit_callbacks: object
) -> None:
    source = make_source(endpoint)
    run(source)
    for is_chosen in (True, False, True):
        with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
            choose(manager, source, **{"is_reexposed": "on"} if is_chosen else {})
        found = listed()
        assert len(found) == 25
        assert len(deleted(found)) == (0 if is_chosen else 25)
        assert source.is_reexposed is is_chosen
        page = manager.get(reverse(f"{SOURCE}_change", args=[source.pk])).content.decode()
        assert ("25 records, in the set origin:127.0.0.1" in page) is is_chosen
    source.refresh_from_db()
    assert not source.is_unsettled


def test_a_new_address_is_in_every_provenance(
    endpoint: Endpoint, manager: Client, django_capture_on_commit_callbacks: object
) -> None:
    source = make_source(endpoint, is_reexposed=True)
    run(source)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        choose(manager, source, is_reexposed="on", base_url="https://moved.example.org/oai")
    found = listed(spec="origin:moved.example.org")
    told = {node.text for one in found.values() for node in one.iter(f"{PROVENANCE}baseURL")}
    assert (len(found), told) == (25, {"https://moved.example.org/oai"})


def test_where_the_source_had_it_from_is_told_too(endpoint: Endpoint) -> None:
    source = make_source(endpoint)
    run(source)
    about = (
        '<provenance xmlns="http://www.openarchives.org/OAI/2.0/provenance"><originDescription'
        ' harvestDate="2020-02-02T00:00:00Z" altered="true"><baseURL>https://first.example.org/oai'
        "</baseURL><identifier>oai:first:1</identifier><datestamp>2019-01-01</datestamp>"
        "<metadataNamespace>a:b</metadataNamespace></originDescription></provenance>"
    )
    HarvestedRecord.objects.filter(identifier="oai:fake.example.org:7").update(about=about)
    expose(source)
    described = list(listed()["oai:fake.example.org:7"].iter(f"{PROVENANCE}originDescription"))
    assert [one.findtext(f"{PROVENANCE}baseURL") for one in described] == [
        endpoint.base_url,
        "https://first.example.org/oai",
    ]
    assert described[1].getparent() is described[0]


def expose(source: HarvestSource, *, is_chosen: bool = True) -> int:
    source.is_reexposed = is_chosen
    source.save()
    return sum(reexposure.bring_in_step(Origin.objects.get(pk=source.pk)))


def test_what_is_ours_is_not_exposed_as_another_s(endpoint: Endpoint) -> None:
    source = make_source(endpoint)
    run(source)
    assert expose(source) == 25
    make_record(publication=make_publication(doi="10.5555/FAKE.7"))
    assert expose(source) == 1
    assert expose(source) == 0
    assert deleted(listed()) == {"oai:fake.example.org:7"}


@pytest.mark.parametrize(
    "identifier", ["oai:catalogue.example.org:10.5072/x", "oai:taken:1"], ids=["ours", "another's"]
)
def test_an_identifier_has_one_item(endpoint: Endpoint, identifier: str) -> None:
    first, second = make_source(endpoint), make_source(endpoint, name="Second")
    for source in (first, second):
        run(source)
        own = HarvestedRecord.objects.filter(origin_id=source.pk, identifier__endswith=":7")
        own.update(identifier=identifier)
    is_ours = "catalogue" in identifier
    assert expose(first) == (24 if is_ours else 25)
    assert expose(second) == 0
    assert expose(first, is_chosen=False) == (24 if is_ours else 25)
    assert expose(second) == (24 if is_ours else 25)


def test_what_is_no_uri_gets_an_identifier_of_ours_that_it_keeps(endpoint: Endpoint) -> None:
    source = make_source(endpoint)
    run(source)
    one = HarvestedRecord.objects.get(identifier="oai:fake.example.org:7")
    HarvestedRecord.objects.filter(pk=one.pk).update(identifier="no uri")
    expose(source)
    name = f"oai:catalogue.example.org:harvested:{one.pk}"
    (origin,) = listed()[name].iter(f"{PROVENANCE}originDescription")
    assert origin.findtext(f"{PROVENANCE}identifier") == "no%20uri"
    expose(source, is_chosen=False)
    expose(source)
    assert len(listed()) == 25


def test_it_is_done_in_batches_and_gone_on_with(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = make_source(endpoint)
    run(source)
    monkeypatch.setattr(reexposure, "BATCH", 10)
    source.is_reexposed = True
    source.save()
    assert not settling.settle(source, longest=timedelta(0))
    assert (OaiItem.objects.count(), source.is_unsettled) == (10, True)
    harvest_due()
    source.refresh_from_db()
    assert (OaiItem.objects.count(), source.is_unsettled) == (25, False)


def test_the_number_of_queries_does_not_grow_with_the_records(
    endpoint: Endpoint, django_assert_max_num_queries: object
) -> None:
    source = make_source(endpoint)
    run(source)
    with django_assert_max_num_queries(25):  # type: ignore[operator]
        expose(source)
    with django_assert_max_num_queries(15):  # type: ignore[operator]
        expose(source, is_chosen=False)


def test_a_source_is_deleted_in_batches_and_its_items_stay_deleted(
    endpoint: Endpoint,
    manager: Client,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: object,
) -> None:
    monkeypatch.setattr(settling, "BATCH", 10)
    source = make_source(endpoint, is_reexposed=True)
    run(source)
    page = reverse(f"{SOURCE}_delete", args=[source.pk])
    asked = manager.get(page).content.decode()
    assert "25" in asked
    assert "oai:fake.example.org:7" not in asked
    with django_capture_on_commit_callbacks() as callbacks:  # type: ignore[operator]
        manager.post(page, {"post": "yes"})
    manager.get(reverse(f"{SOURCE}_changelist"))
    assert source.name not in manager.get(reverse(f"{SOURCE}_changelist")).content.decode()
    assert not HarvestedRecord.objects.shown().exists()
    assert HarvestedRecord.objects.count() == 25
    make_source(endpoint, name=source.name)
    for callback in callbacks:
        callback()
    assert HarvestedRecord.objects.count() == 0
    assert not HarvestSource.objects.filter(pk=source.pk).exists()
    assert len(deleted(listed())) == 25


def test_a_deletion_that_was_interrupted_is_gone_on_with(endpoint: Endpoint) -> None:
    source = make_source(endpoint, is_reexposed=True)
    run(source)
    settling.let_go(source)
    assert not settling.settle(source, longest=timedelta(0))
    assert HarvestedRecord.objects.exists()
    harvest_due()
    assert not HarvestedRecord.objects.exists()
    settle_source(source.pk)


def test_a_tombstone_that_was_never_exposed_stays_so(endpoint: Endpoint) -> None:
    endpoint.held.append(FakeRecord(500, LATER, is_deleted=True))
    run(make_source(endpoint, is_reexposed=True))
    assert "oai:fake.example.org:500" not in listed()
