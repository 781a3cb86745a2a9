from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from catalogue.models import PublishedRecord, PublishedRecordSet
from harvest.oaipmh import page
from harvest.oaipmh.page import select_page
from harvest.oaipmh.protocol import Verb
from harvest.oaipmh.resumption import Listing
from tests.harvest.oaipmh.catalogues import publish, publish_many

pytestmark = pytest.mark.django_db
NOON = datetime(2020, 1, 1, 12, tzinfo=UTC)
NOW = datetime(2024, 1, 1, tzinfo=UTC)
ALL = Listing(Verb.LIST_RECORDS, "oai_dc", NOW, is_open_ended=True)


def harvest(listing: Listing | None, size: int) -> list[str]:
    found: list[str] = []
    while listing:
        page = select_page(listing, column="oai_dc", size=size, now=NOW)
        found += [item.identifier for item in page.items]
        listing = page.following
    return found


def identifiers(records: list[PublishedRecord]) -> list[str]:
    return [record.oai_identifier for record in records]


@pytest.mark.parametrize("spec", ["", "a", "a:b", "openaire_data"])
@pytest.mark.parametrize("size", [1, 5, 12, 13, 100])
def test_every_page_size_lists_each_record_once_in_order(spec: str, size: int) -> None:
    records = publish_many(12, NOON)
    assert harvest(replace(ALL, set_spec=spec), size) == identifiers(records)


def test_order_is_by_datestamp_then_by_key() -> None:
    late, early = publish(datestamp=NOON), publish(datestamp=NOON - timedelta(seconds=1))
    assert harvest(ALL, 1) == identifiers([early, late])


def test_the_range_is_inclusive_at_both_ends() -> None:
    records = [publish(datestamp=NOON + timedelta(seconds=step)) for step in range(4)]
    listing = replace(ALL, since=NOON + timedelta(seconds=1), until=NOON + timedelta(seconds=2))
    assert harvest(listing, 10) == identifiers(records[1:3])


def test_a_page_is_one_query_and_the_first_one_more(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    publish_many(5, NOON)
    with django_assert_num_queries(2):
        first = select_page(ALL, column="oai_dc", size=2, now=NOW)
    assert first.following
    assert first.following.complete_list_size == 5
    with django_assert_num_queries(1):
        select_page(first.following, column="oai_dc", size=2, now=NOW)
    with django_assert_num_queries(1):
        select_page(ALL, column="oai_dc", size=5, now=NOW)


def test_identifiers_are_listed_without_reading_documents() -> None:
    publish()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        select_page(ALL, column="", size=2, now=NOW)
    assert "oai_dc" not in queries[0]["sql"]


def test_a_record_changed_during_a_harvest_is_not_missed_by_the_next() -> None:
    records = publish_many(4, NOON)
    first = select_page(ALL, column="oai_dc", size=2, now=NOW)
    change(records[3], NOW + timedelta(seconds=5))
    assert harvest(first.following, 2) == identifiers(records[2:3])
    following = replace(ALL, since=NOW, until=NOW + timedelta(minutes=1))
    assert harvest(following, 2) == identifiers(records[3:])


def test_a_page_whose_records_have_all_moved_goes_on_to_where_they_are() -> None:
    records = publish_many(3, NOON)
    first = select_page(ALL, column="oai_dc", size=2, now=NOW)
    later = NOW + timedelta(seconds=5)
    change(records[2], later)
    assert first.following
    second = select_page(first.following, column="oai_dc", size=2, now=later)
    assert [item.identifier for item in second.items] == identifiers(records[2:])


def test_a_range_with_an_end_is_not_stretched() -> None:
    records = publish_many(3, NOON)
    first = select_page(replace(ALL, is_open_ended=False), column="oai_dc", size=2, now=NOW)
    later = NOW + timedelta(seconds=5)
    change(records[2], later)
    assert first.following
    assert select_page(first.following, column="oai_dc", size=2, now=later).items == []


@pytest.mark.parametrize(
    ("spec", "index"), [("", "record_datestamp"), ("a:b", "record_set_harvest")]
)
def test_pages_walk_an_index_to_their_place(spec: str, index: str) -> None:
    publish_many(30, NOON)
    listing = replace(ALL, set_spec=spec, after=(NOON, 10))
    key = "record_id" if spec else "id"
    rows = page.listed(listing).order_by("datestamp", key)[:11]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = rows.explain()
    assert f"using {index}" in plan
    assert f"ROW(datestamp, {key}) > " in plan.partition("Index Cond")[2]
    assert "Sort" not in plan


def test_existing_sets_are_those_with_members_and_the_ones_above() -> None:
    assert page.existing_sets() == []
    publish(sets=["b:c", "a"])
    publish(sets=["a"], is_deleted=True)
    assert page.existing_sets() == ["a", "b", "b:c"]


def test_the_beginning_counts_deleted_records() -> None:
    assert page.earliest() is None
    publish(datestamp=NOON)
    deleted = publish(datestamp=NOON - timedelta(days=1), is_deleted=True)
    assert page.earliest() == (NOON - timedelta(days=1), deleted.oai_identifier)


def change(record: PublishedRecord, datestamp: datetime) -> None:
    PublishedRecord.objects.filter(pk=record.pk).update(datestamp=datestamp)
    PublishedRecordSet.objects.filter(record=record).update(datestamp=datestamp)
