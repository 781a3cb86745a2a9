from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from catalogue.models import OaiItem
from harvest.oaipmh import page
from harvest.oaipmh.page import select_page
from harvest.oaipmh.protocol import Verb
from harvest.oaipmh.resumption import Listing, SetListing
from tests.harvest.oaipmh.catalogues import publish, publish_many

pytestmark = pytest.mark.django_db
NOON = datetime(2020, 1, 1, 12, tzinfo=UTC)
NOW = datetime(2024, 1, 1, tzinfo=UTC)
ALL = Listing(Verb.LIST_RECORDS, "oai_dc", NOW, is_open_ended=True)


def harvest(listing: Listing | None, size: int) -> list[str]:
    found: list[str] = []
    while listing:
        page = select_page(listing, size=size, now=NOW)
        found += [identifier_in(xml) for _, _, xml in page.entries]
        listing = page.following
    return found


def identifiers(records: list[OaiItem]) -> list[str]:
    return [record.identifier for record in records]


def identifier_in(xml: str) -> str:
    return xml.partition("<identifier>")[2].partition("<")[0]


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
        first = select_page(ALL, size=2, now=NOW)
    assert first.following
    assert first.following.complete_list_size == 5
    with django_assert_num_queries(1):
        select_page(first.following, size=2, now=NOW)
    with django_assert_num_queries(1):
        select_page(ALL, size=5, now=NOW)


def test_identifiers_are_listed_without_reading_documents() -> None:
    publish()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        select_page(replace(ALL, verb=Verb.LIST_IDENTIFIERS), size=2, now=NOW)
    assert "xml" not in queries[0]["sql"]


def test_a_record_changed_during_a_harvest_is_not_missed_by_the_next() -> None:
    records = publish_many(4, NOON)
    first = select_page(ALL, size=2, now=NOW)
    change(records[3], NOW + timedelta(seconds=5))
    assert harvest(first.following, 2) == identifiers(records[2:3])
    following = replace(ALL, since=NOW, until=NOW + timedelta(minutes=1))
    assert harvest(following, 2) == identifiers(records[3:])


def test_a_page_whose_records_have_all_moved_goes_on_to_where_they_are() -> None:
    records = publish_many(3, NOON)
    first = select_page(ALL, size=2, now=NOW)
    later = NOW + timedelta(seconds=5)
    change(records[2], later)
    assert first.following
    second = select_page(first.following, size=2, now=later)
    assert [identifier_in(xml) for _, _, xml in second.entries] == identifiers(records[2:])


def test_a_range_with_an_end_is_not_stretched() -> None:
    records = publish_many(3, NOON)
    first = select_page(replace(ALL, is_open_ended=False), size=2, now=NOW)
    later = NOW + timedelta(seconds=5)
    change(records[2], later)
    assert first.following
    assert select_page(first.following, size=2, now=later).entries == []


@pytest.mark.parametrize("verb", [Verb.LIST_RECORDS, Verb.LIST_IDENTIFIERS])
@pytest.mark.parametrize(
    ("spec", "index"), [("", "oai_record_harvest"), ("a:b", "oai_membership_harvest")]
)
def test_pages_walk_an_index_to_their_place(spec: str, index: str, verb: Verb) -> None:
    items = publish_many(30, NOON)
    listing = replace(ALL, verb=verb, set_spec=spec, after=(NOON, items[9].pk))
    sql, values = page.page_sql(listing)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute(f"EXPLAIN {sql}", [*values, 11])
        plan = "\n".join(row[0].replace("walk.", "") for row in cursor.fetchall())
    walked = plan.partition(f"using {index}")[2].partition("Index Cond")[2].partition("\n")[0]
    assert "ROW(datestamp, item_id) > " in walked
    assert "Sort" not in plan


def test_a_short_list_is_counted_and_a_long_one_estimated(monkeypatch: pytest.MonkeyPatch) -> None:
    publish_many(12, NOON)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE catalogue_oairecord")
    assert page.size_of(ALL) == 12
    assert page.size_of(replace(ALL, set_spec="a")) == 12
    monkeypatch.setattr(page, "MOST_COUNTED", 5)
    assert page.size_of(ALL) == 12
    assert page.size_of(replace(ALL, set_spec="a")) >= 5


def test_an_estimate_is_never_below_what_has_been_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    publish_many(6, NOON)
    monkeypatch.setattr(page, "size_of", lambda _: 1)
    sizes, listing = [], ALL
    while listing:
        selected = select_page(listing, size=2, now=NOW)
        sizes.append(selected.listing.complete_list_size)
        listing = selected.following  # type: ignore[assignment]
    assert sizes == [3, 5, 6]


def test_sets_are_listed_in_pages_with_those_above_them() -> None:
    assert not page.has_sets()
    publish(sets=["b:c", "a"])
    publish(sets=["a"], is_deleted=True)
    first, specs, has_more = page.select_sets(SetListing(), size=2)
    assert (first.complete_list_size, specs, has_more) == (3, ["a", "b"], True)
    second, specs, has_more = page.select_sets(first.behind(specs), size=2)
    assert (second.cursor, specs, has_more) == (2, ["b:c"], False)


def test_the_beginning_counts_deleted_records() -> None:
    assert page.earliest() is None
    publish(datestamp=NOON)
    deleted = publish(datestamp=NOON - timedelta(days=1), is_deleted=True)
    assert page.earliest() == (NOON - timedelta(days=1), deleted.identifier)


def change(item: OaiItem, datestamp: datetime) -> None:
    OaiItem.objects.filter(pk=item.pk).update(datestamp=datestamp)
    item.records.update(datestamp=datestamp)
    item.memberships.update(datestamp=datestamp)
