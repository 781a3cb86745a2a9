"""Whole harvests of an endpoint with the faults of real ones."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import LazySettings

from harvest.models import RunState
from harvest.oaipmh.harvester.client import Patience
from harvest.oaipmh.harvester.harvest import Options, harvest
from tests.fakes.oai_pmh import Endpoint, FakeRecord, fake_endpoint, records
from tests.harvest.oaipmh.harvester.harvesting import LATER, defects, live, make_source, run, stored

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _loopback_may_be_harvested(settings: LazySettings) -> None:
    settings.PRIVATE_HOSTS = ["127.0.0.1"]


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with fake_endpoint(records(120)) as server:
        yield server


def all_of(endpoint: Endpoint) -> set[str]:
    return {record.identifier for record in endpoint.held if not record.is_deleted}


def test_everything_is_harvested_and_understood(endpoint: Endpoint) -> None:
    endpoint.held.append(FakeRecord(500, LATER, is_deleted=True))
    source = make_source(endpoint)
    made = run(source)
    assert (made.state, made.listed, made.new, made.deleted) == ("finished", 121, 120, 1)
    assert defects(made) == {}
    rows = stored(source)
    assert live(source) == all_of(endpoint)
    assert rows["oai:fake.example.org:500"].is_deleted
    one = rows["oai:fake.example.org:7"]
    assert one.title == "Diffraction of lysozyme, part 7"
    assert (one.doi, one.url) == ("10.5555/fake.7", "https://doi.org/10.5555/fake.7")
    assert one.resource_type == "Dataset"
    assert (one.creators, one.publisher, one.year) == ("Franklin, Rosalind", "Fake Facility", 2024)
    assert (one.techniques, one.dates) == (["PaNET01188"], "2023-01-02 – 2023-01-03")
    assert one.is_open is True
    assert one.metadata.startswith("<oai_datacite")
    assert source.window is None
    assert source.harvested_until is not None


def test_a_second_harvest_asks_for_what_has_changed_and_overlaps_a_little(
    endpoint: Endpoint,
) -> None:
    source = make_source(endpoint)
    run(source)
    until = source.harvested_until
    assert until is not None
    endpoint.change(3, until + timedelta(minutes=1), title="Renamed")
    endpoint.change(4, until - timedelta(minutes=1), is_deleted=True)
    endpoint.requests.clear()
    made = run(source)
    assert (made.listed, made.changed, made.deleted) == (2, 1, 1)
    asked = until - timedelta(minutes=5)
    assert endpoint.requests[1]["from"] == f"{asked:%Y-%m-%dT%H:%M:%SZ}"
    rows = stored(source)
    assert rows["oai:fake.example.org:3"].title == "Renamed"
    gone = rows["oai:fake.example.org:4"]
    assert (gone.is_deleted, gone.title, gone.metadata, gone.doi) == (True, "", "", "")
    assert len(rows) == 120


def test_harvesting_again_changes_nothing(endpoint: Endpoint) -> None:
    source = make_source(endpoint, is_incremental=False)
    run(source)
    before = {row.pk: row.harvested_at for row in stored(source).values()}
    made = run(source)
    assert (made.listed, made.new, made.changed, made.unchanged) == (120, 0, 0, 120)
    assert {row.pk: row.harvested_at for row in stored(source).values()} == before


@pytest.mark.parametrize("killed_after", [1, 2])
def test_a_killed_run_is_resumed_from_its_token(endpoint: Endpoint, killed_after: int) -> None:
    source = make_source(endpoint)

    def die(made: object) -> None:
        if len(endpoint.requests) == 1 + killed_after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        harvest(source, Options(patience=Patience(), report=die))
    assert len(stored(source)) == killed_after * 50
    endpoint.requests.clear()
    made = run(source)
    assert made.is_resumed
    assert endpoint.requests[1]["resumptionToken"].startswith(f"{50 * killed_after}|")
    assert made.listed == 120 - killed_after * 50
    assert live(source) == all_of(endpoint)
    assert [one.state for one in source.runs.order_by("pk")] == ["interrupted", "finished"]


def test_a_run_pauses_when_its_time_is_up_and_is_due_at_once(endpoint: Endpoint) -> None:
    source = make_source(endpoint)
    made = run(source, longest=timedelta(0))
    assert (made.state, made.pages) == (RunState.PAUSED, 1)
    assert source.due_at is not None
    run(source)
    assert live(source) == all_of(endpoint)


# --- faults of the connection -------------------------------------------------------------------
@pytest.mark.parametrize("fault", ["503", "503_date"])
def test_an_overloaded_endpoint_is_asked_again_when_it_says(endpoint: Endpoint, fault: str) -> None:
    endpoint.faults.add(fault)
    source = make_source(endpoint)
    made = run(source)
    assert made.state == RunState.FINISHED
    assert set(made.waits) == {0}  # type: ignore[attr-defined]
    assert defects(made) == {"overloaded": 4}
    assert live(source) == all_of(endpoint)


def test_an_endpoint_that_asks_for_hours_is_left_alone_so_long(endpoint: Endpoint) -> None:
    endpoint.faults.add("503_long")
    source = make_source(endpoint)
    made = run(source)
    assert made.state == RunState.POSTPONED
    assert "left alone until" in made.error
    assert source.due_at is not None
    assert made.finished_at is not None
    assert timedelta(hours=1, minutes=59) < source.due_at - made.finished_at < timedelta(hours=2.1)
    run(source)
    assert live(source) == all_of(endpoint)


def test_an_endpoint_that_is_away_fails_the_run_and_is_tried_sooner_than_its_schedule(
    endpoint: Endpoint,
) -> None:
    source = make_source(endpoint, base_url="http://127.0.0.1:1/oai")
    made = run(source)
    assert made.state == RunState.FAILED
    assert "http://127.0.0.1:1/oai" in made.error
    assert made.waits == [5, 10, 20]  # type: ignore[attr-defined]
    assert source.failures == 1
    assert source.due_at is not None
    assert made.finished_at is not None
    assert source.due_at - made.finished_at < timedelta(minutes=6)


def test_a_web_page_in_place_of_an_answer_fails_the_run_with_its_title(endpoint: Endpoint) -> None:
    endpoint.faults.add("html")
    made = run(make_source(endpoint))
    assert made.state == RunState.FAILED
    assert "a web page came, “Please log in”" in made.error


def test_an_answer_that_broke_off_is_asked_for_again(endpoint: Endpoint) -> None:
    endpoint.faults.add("truncated_once")
    source = make_source(endpoint)
    made = run(source)
    assert (made.state, defects(made)) == (RunState.FINISHED, {"overloaded": 1})
    assert live(source) == all_of(endpoint)


def test_of_an_answer_that_always_breaks_off_the_whole_records_are_kept(
    endpoint: Endpoint,
) -> None:
    endpoint.faults.add("truncated")
    source = make_source(endpoint)
    made = run(source)
    assert made.state == RunState.FAILED
    assert "broke off each time" in made.error
    assert defects(made)["truncated_xml"] == 1
    assert 50 < len(stored(source)) < 100
    endpoint.faults.clear()
    again = run(source)
    assert again.is_resumed
    assert live(source) == all_of(endpoint)


# --- faults of lists ----------------------------------------------------------------------------
def test_an_expired_token_begins_the_list_again(endpoint: Endpoint) -> None:
    endpoint.faults.add("token_expired")
    source = make_source(endpoint)
    made = run(source)
    assert (made.state, defects(made)) == (RunState.FINISHED, {"token_expired": 1})
    assert live(source) == all_of(endpoint)


def test_tokens_that_always_expire_are_got_past_by_the_last_datestamp(endpoint: Endpoint) -> None:
    """Each pass comes two pages far, and the next begins five minutes before its end."""
    endpoint.held[:] = [FakeRecord(place, LATER + timedelta(minutes=place)) for place in range(300)]
    endpoint.faults.add("token_expires")
    source = make_source(endpoint)
    made = run(source)
    assert made.state == RunState.FINISHED
    assert defects(made)["token_expired"] == 3
    assert live(source) == all_of(endpoint)


def test_tokens_that_expire_without_any_way_past_fail_the_run(endpoint: Endpoint) -> None:
    endpoint.held.reverse()
    endpoint.faults.add("token_expires")
    made = run(make_source(endpoint))
    assert made.state == RunState.FAILED
    assert "refuses its own resumption tokens" in made.error


@pytest.mark.parametrize("fault", ["token_loop", "token_same"])
def test_tokens_that_lead_in_a_circle_end_the_list(endpoint: Endpoint, fault: str) -> None:
    endpoint.faults.add(fault)
    source = make_source(endpoint)
    made = run(source)
    assert made.state == RunState.FINISHED
    assert "token_loop" in defects(made)
    assert made.pages < 20
    assert live(source) == all_of(endpoint)
    assert source.harvested_until is not None


def test_a_list_cut_at_a_hidden_limit_is_continued_from_its_last_datestamp() -> None:
    with fake_endpoint(records(2500), "limit") as endpoint:
        source = make_source(endpoint)
        made = run(source)
        assert made.state == RunState.FINISHED
        assert "list_truncated" in defects(made)
        assert live(source) == all_of(endpoint)


def test_a_hidden_limit_within_one_second_is_told_and_does_not_loop() -> None:
    with fake_endpoint(records(1500, per_second=9999), "limit") as endpoint:
        source = make_source(endpoint)
        made = run(source)
        assert (made.state, made.listed) == (RunState.FINISHED, 2000)
        assert (
            "exactly 1,000 records"
            in made.warnings.get(defect="list_truncated").examples[0]["message"]
        )


def test_a_set_that_is_lost_at_the_second_page_lets_no_others_in(endpoint: Endpoint) -> None:
    endpoint.held += [FakeRecord(place, LATER, sets=("other",)) for place in range(500, 560)]
    endpoint.faults.add("set_lost")
    source = make_source(endpoint, set_spec="raw")
    made = run(source)
    assert defects(made) == {"set_ignored": 60}
    assert made.left_out == 60
    assert len(live(source)) == 120


def test_an_ignored_window_is_told_once_a_page(endpoint: Endpoint) -> None:
    source = make_source(endpoint)
    run(source)
    endpoint.faults.add("ignores_window")
    made = run(source)
    assert (made.state, made.unchanged) == (RunState.FINISHED, 120)
    assert defects(made) == {"window_ignored": 3}


def test_a_granularity_that_is_not_kept_is_asked_by_days(endpoint: Endpoint) -> None:
    source = make_source(endpoint)
    run(source)
    endpoint.faults.add("granularity_lie")
    endpoint.change(5, LATER, title="Renamed")
    made = run(source)
    assert made.state == RunState.FINISHED
    assert made.changed == 1
    assert len(endpoint.requests[-1]["from"]) == len("2026-01-01")
    assert "granularity" in defects(made)


def test_where_deletions_are_not_kept_a_whole_harvest_notices_them(endpoint: Endpoint) -> None:
    endpoint.faults.add("no_deletions")
    source = make_source(endpoint)
    assert defects(run(source)) == {"deletions_unknown": 1}
    del endpoint.held[10:20]
    assert run(source).deleted == 0
    made = run(source, is_full=True)
    assert made.deleted == 10
    assert live(source) == all_of(endpoint)


def test_a_whole_harvest_that_lost_records_takes_nothing_for_gone(endpoint: Endpoint) -> None:
    source = make_source(endpoint)
    run(source)
    del endpoint.held[50:60]
    endpoint.faults.add("malformed_record")
    made = run(source, is_full=True)
    assert made.deleted == 0
    assert len(live(source)) == 120


# --- faults of records --------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("fault", "found", "left_out"),
    [
        ("bad_response_date", {"bad_response_date": 3}, 0),
        ("constant_datestamps", {"constant_datestamps": 1}, 0),
        ("doi_as_url", {"doi_as_url": 120}, 0),
        ("illegal_header", {"illegal_header": 120}, 0),
        ("invalid_characters", {"invalid_characters": 1}, 0),
        ("malformed_record", {"malformed_record": 1}, 1),
        ("missing_year", {"missing_year": 120}, 0),
        ("no_identifier", {"no_identifier": 1}, 1),
        ("no_metadata", {"no_metadata": 1}, 1),
        ("no_namespace", {"wrong_namespace": 3}, 0),
        ("unknown_creator", {"unknown_creator": 240}, 0),
        ("wrong_datestamps", {"bad_datestamp": 40}, 0),
    ],
)
def test_a_fault_of_records_is_told_and_stops_no_other(
    endpoint: Endpoint, fault: str, found: dict[str, int], left_out: int
) -> None:
    endpoint.faults.add(fault)
    source = make_source(endpoint)
    made = run(source)
    assert made.state == RunState.FINISHED
    assert defects(made) == found
    assert len(live(source)) == 120 - left_out
    warning = made.warnings.first()
    assert warning is not None
    assert len(warning.examples) == min(warning.times, 20)
    assert warning.examples[0]["page"] >= 1


def test_a_warning_names_the_page_and_the_record(endpoint: Endpoint) -> None:
    endpoint.faults |= {"malformed_record", "invalid_characters"}
    made = run(make_source(endpoint))
    for warning in made.warnings.all():
        assert warning.examples[0]["page"] in (1, 2)
        assert warning.examples[0]["identifier"] == "oai:fake.example.org:2"


def test_what_was_mended_reads_as_it_was_meant(endpoint: Endpoint) -> None:
    endpoint.faults |= {"invalid_characters", "unknown_creator", "doi_as_url", "missing_year"}
    source = make_source(endpoint)
    run(source)
    one = stored(source)["oai:fake.example.org:2"]
    assert one.title == "Diffraction of lysozyme, part 2"
    assert (one.creators, one.doi, one.year) == ("", "10.5555/fake.2", 2024)


def test_no_entity_is_expanded_and_no_file_read(endpoint: Endpoint) -> None:
    endpoint.faults.add("entities")
    source = make_source(endpoint)
    assert run(source).state == RunState.FINISHED
    one = stored(source)["oai:fake.example.org:1"]
    assert one.title == "Diffraction of lysozyme, part 1"
