"""Publish, release and withdraw: each whole or not at all, and safe to do twice."""

from datetime import UTC, date, datetime, timedelta

import pytest

from catalogue.models import (
    AuditEvent,
    DataPublication,
    Dataset,
    DoiUpdate,
    Investigation,
    OaiItem,
    PublishedRecord,
    ReleaseEvent,
)
from catalogue.policy.embargo import ReleaseState
from catalogue.publication import records
from catalogue.publication.oai_items import write_item
from catalogue.publication.publish import (
    Act,
    CannotPublishError,
    publish_investigation,
    publish_selection,
    withdraw,
)
from catalogue.publication.registrar import LocalRegistrar
from catalogue.publication.schedule import refresh
from catalogue.publication.sweeps import release_due
from catalogue.publication.transition import release
from catalogue.queries import public_record
from tests.factories import (
    make_datafile,
    make_dataset,
    make_embargoed_investigation,
    make_investigation,
    make_member,
    make_person,
    make_policy,
    make_proposal,
    make_user,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 12, 30, 15, 999, tzinfo=UTC)
LATER = datetime(2026, 3, 2, 8, 0, 0, tzinfo=UTC)


def ready(investigation: Investigation) -> Investigation:
    """Returns an investigation with what a DOI needs: someone, a dataset and its file."""
    make_member(investigation, person=make_person(full_name="Ada Example"))
    dataset = make_dataset(investigation=investigation, techniques=["PaNET01189"], file_count=1)
    make_datafile(dataset=dataset)
    refresh([investigation.pk], now=NOW)
    return Investigation.objects.get(pk=investigation.pk)


def put_back(publication: DataPublication) -> datetime:
    """Makes a record a day older, so that a new datestamp shows within the same second."""
    older = publication.record.datestamp - timedelta(days=1)
    PublishedRecord.objects.filter(publication=publication).update(datestamp=older)
    content = records.content_of(public_record(publication, today=NOW.date()))
    write_item("", content, datestamp=older, publication=publication)
    return older


def harvested(publication: DataPublication) -> str:
    """Returns the records of a DOI in every format, as harvesters get them."""
    rows = OaiItem.objects.get(publication=publication).records.order_by("prefix")
    return "".join(rows.values_list("xml", flat=True))


def publish(investigation: Investigation, *, now: datetime = NOW) -> DataPublication:
    return publish_investigation(investigation.pk, act=Act(now=now), registrar=LocalRegistrar())


def test_publishing_writes_doi_record_agents_and_audit() -> None:
    investigation = ready(make_investigation(title="Ice under pressure"))
    user = make_user(username="manager")
    publication = publish_investigation(
        investigation.pk, act=Act(now=NOW, actor=user), registrar=LocalRegistrar()
    )
    record = publication.record
    assert publication.doi.startswith(f"10.5072/test.{investigation.proposal.facility.slug}.")
    assert publication.is_test_doi
    assert [agent.name for agent in publication.agents.all()] == ["Ada Example"]
    assert record.datestamp.microsecond == 0
    assert record.is_open
    for one in publication.oai_item.records.all():
        assert "Ice under pressure" in one.xml
    assert record.json_ld["name"] == "Ice under pressure"
    assert record.search_document["title"] == "Ice under pressure"
    event = AuditEvent.objects.get(action="publish")
    assert (event.actor_name, event.target_label) == ("manager", publication.doi)


def test_publishing_twice_gives_the_same_doi() -> None:
    investigation = ready(make_investigation())
    first = publish(investigation)
    datestamp = first.record.datestamp
    assert publish(investigation, now=LATER).doi == first.doi
    assert PublishedRecord.objects.get().datestamp == datestamp


def test_the_registrar_is_told_after_the_commit(django_capture_on_commit_callbacks) -> None:  # type: ignore[no-untyped-def]
    investigation = ready(make_investigation())
    with django_capture_on_commit_callbacks(execute=True):
        publication = publish(investigation)
        assert publication.doi_state == "reserved"
    publication.refresh_from_db()
    assert publication.doi_state == "findable"
    assert not DoiUpdate.objects.exists()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"release_state": ReleaseState.PROPRIETARY, "release_date": None, "released_at": None},
            "proprietary",
        ),
        ({"release_state": ReleaseState.WITHDRAWN}, "withdrawn"),
    ],
)
def test_what_is_never_public_gets_no_doi(changes: dict[str, object], sentence: str) -> None:
    investigation = ready(make_investigation(**changes))
    with pytest.raises(CannotPublishError, match=sentence):
        publish(investigation)
    assert not DataPublication.objects.exists()
    assert not PublishedRecord.objects.exists()


def test_everything_missing_is_said_at_once() -> None:
    investigation = make_investigation(title="", proposal=make_proposal(title=""))
    with pytest.raises(CannotPublishError) as caught:
        publish(investigation)
    assert len(caught.value.problems) == 3
    assert not DataPublication.objects.exists()


def test_a_failure_half_way_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    investigation = ready(make_investigation())

    def fail(*_: object, **__: object) -> None:
        raise ValueError("no template")

    monkeypatch.setattr(records, "documents", fail)
    with pytest.raises(ValueError, match="no template"):
        publish(investigation)
    assert not DataPublication.objects.exists()
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize(
    ("visibility", "shown", "hidden"),
    [
        ("full", ["Secret alloy", "Ada Example", "hot abstract"], []),
        ("minimal", ["Secret alloy", "Ada Example"], ["hot abstract"]),
        ("with_data", [], ["Secret alloy", "Ada Example", "hot abstract"]),
    ],
)
def test_under_embargo_the_policy_decides_what_is_said(
    visibility: str, shown: list[str], hidden: list[str]
) -> None:
    proposal = make_proposal(embargo_policy=make_policy(metadata_visibility=visibility))
    investigation = ready(
        make_embargoed_investigation(
            proposal=proposal, title="Secret alloy", abstract="A hot abstract."
        )
    )
    publication = publish(investigation)
    record = publication.record
    public = f"{harvested(publication)}{record.json_ld}{record.search_document}"
    assert [text for text in shown if text not in public] == []
    assert [text for text in hidden if text in public] == []
    assert "embargoedAccess" in harvested(publication)
    assert "2999-01-01" in harvested(publication)
    assert not record.is_open


def test_release_opens_the_record_and_moves_its_datestamp() -> None:
    investigation = ready(make_embargoed_investigation(release_date=date(2026, 3, 2)))
    publication = publish(investigation)
    record = publication.record
    before = put_back(publication)
    assert not release(investigation.pk, act=Act(now=NOW))
    assert release(investigation.pk, act=Act(now=LATER))
    record.refresh_from_db()
    investigation.refresh_from_db()
    assert investigation.release_state == ReleaseState.OPEN
    assert investigation.released_at == LATER
    assert record.is_open
    assert record.datestamp > before
    item = OaiItem.objects.get()
    for rows in (item.memberships, item.records):
        assert (
            set(rows.values_list("datestamp", flat=True)) == {record.datestamp} == {item.datestamp}
        )
    event = ReleaseEvent.objects.get(action="release")
    assert (event.state_before, event.state_after) == ("under_embargo", "open")


def test_release_twice_changes_nothing() -> None:
    investigation = ready(make_embargoed_investigation(release_date=date(2026, 3, 1)))
    assert release(investigation.pk, act=Act(now=NOW))
    assert not release(investigation.pk, act=Act(now=LATER))
    assert ReleaseEvent.objects.filter(action="release").count() == 1


def test_one_failing_release_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (
        ready(make_embargoed_investigation(title=title, release_date=date(2026, 3, 1)))
        for title in ("poison", "fine")
    )
    for investigation in (first, second):
        publish(investigation, now=datetime(2026, 2, 1, tzinfo=UTC))
    original = records.documents_of

    def render(record):  # type: ignore[no-untyped-def]
        if record.title == "poison":
            raise ValueError("cannot be rendered")
        return original(record)

    monkeypatch.setattr(records, "documents_of", render)
    sweep = release_due(now=NOW)
    assert (sweep.released, sweep.failed) == (1, (str(first),))
    first.refresh_from_db()
    assert first.release_state == ReleaseState.UNDER_EMBARGO


def test_withdrawing_leaves_a_deleted_record_and_closes_the_data() -> None:
    investigation = ready(make_investigation())
    publication = publish(investigation)
    before = put_back(publication)
    item = OaiItem.objects.get()
    formats = set(item.records.values_list("prefix", flat=True))
    sets = set(item.memberships.values_list("set__spec", flat=True))
    withdraw(publication.pk, act=Act(now=LATER, reason="Wrong calibration."))
    record = PublishedRecord.objects.get()
    investigation.refresh_from_db()
    publication.refresh_from_db()
    assert record.is_deleted
    assert (record.title, record.json_ld) == ("", {})
    assert record.datestamp > before
    item.refresh_from_db()
    assert item.is_deleted
    assert "metadata" not in harvested(publication)
    assert formats == set(
        item.records.filter(datestamp=item.datestamp).values_list("prefix", flat=True)
    )
    assert sets == set(
        item.memberships.filter(datestamp=item.datestamp).values_list("set__spec", flat=True)
    )
    assert investigation.release_state == ReleaseState.WITHDRAWN
    assert publication.withdrawal_reason == "Wrong calibration."
    with pytest.raises(CannotPublishError, match="final"):
        publish(investigation)


def test_a_withdrawal_needs_a_reason() -> None:
    publication = publish(ready(make_investigation()))
    with pytest.raises(CannotPublishError, match="Say why"):
        withdraw(publication.pk, act=Act(now=LATER, reason=" "))


def test_a_selection_opens_its_datasets_and_no_others() -> None:
    investigation = ready(make_embargoed_investigation())
    chosen = make_dataset(investigation=investigation, file_count=2, size_bytes=5)
    publication = publish_selection(
        [chosen],
        act=Act(now=NOW),
        registrar=LocalRegistrar(),
        title="Figure 3",
        release_early=True,
    )
    chosen.refresh_from_db()
    assert chosen.released_early_on == NOW.date()
    assert Dataset.objects.filter(released_early_on=None).count() == 1
    assert publication.record.is_open
    assert publication.record.title == "Figure 3"


def test_a_selection_under_embargo_stays_closed_unless_released() -> None:
    investigation = ready(make_embargoed_investigation())
    dataset = investigation.datasets.get()
    publication = publish_selection([dataset], act=Act(now=NOW), registrar=LocalRegistrar())
    assert not publication.record.is_open


def test_a_selection_is_of_one_investigation() -> None:
    datasets = [make_dataset(), make_dataset()]
    with pytest.raises(CannotPublishError, match="one investigation"):
        publish_selection(datasets, act=Act(now=NOW), registrar=LocalRegistrar())


def test_an_unchanged_record_keeps_its_datestamp() -> None:
    publication = publish(ready(make_investigation()))
    before = publication.record.datestamp
    assert not records.write_record(publication, today=LATER.date())
    assert PublishedRecord.objects.get().datestamp == before


def test_datestamps_never_go_back() -> None:
    """The clock of this machine may; what harvesters have been told may not."""
    publish(ready(make_investigation()))
    ahead = OaiItem.objects.get().datestamp + timedelta(hours=1)
    OaiItem.objects.update(datestamp=ahead)
    assert publish(ready(make_investigation())).record.datestamp == ahead


def test_a_record_is_stamped_when_it_is_written_not_when_the_sweep_began() -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    assert publish(ready(make_investigation()), now=NOW).record.datestamp >= before


def test_what_a_policy_has_made_proprietary_is_not_released() -> None:
    investigation = ready(make_embargoed_investigation(release_date=date(2026, 3, 1)))
    proposal = investigation.proposal
    proposal.embargo_policy = make_policy(facility=proposal.facility, never_release=True)
    proposal.save()
    assert not release(investigation.pk, act=Act(now=NOW))
    refresh([investigation.pk], now=NOW)
    investigation.refresh_from_db()
    assert investigation.release_state == ReleaseState.PROPRIETARY
    assert investigation.release_date is None


def test_late_files_of_open_data_show_in_the_public_record() -> None:
    investigation = ready(make_investigation())
    publication = publish(investigation)
    assert "1 file" in harvested(publication)
    make_dataset(investigation=investigation, file_count=1)
    refresh([investigation.pk], now=LATER)
    assert "2 files" in harvested(publication)


def test_withdrawing_one_selection_leaves_what_another_needs_open() -> None:
    investigation = ready(make_embargoed_investigation())
    shared, own = (make_dataset(investigation=investigation) for _ in range(2))
    act = Act(now=NOW, reason="Wrong figure.")
    first, second = (
        publish_selection(chosen, act=act, registrar=LocalRegistrar(), release_early=True)
        for chosen in ([shared, own], [shared])
    )
    withdraw(first.pk, act=act)
    second.record.refresh_from_db()
    assert second.record.is_open
    opened = investigation.datasets.exclude(released_early_on=None)
    assert list(opened) == [shared]


def test_a_test_doi_becomes_a_real_one_once_there_is_a_registrar() -> None:
    class RealRegistrar(LocalRegistrar):
        hands_out_test_dois = False

    investigation = ready(make_investigation())
    assert publish(investigation).is_test_doi
    again = publish_investigation(investigation.pk, act=Act(now=LATER), registrar=RealRegistrar())
    assert not again.is_test_doi
    assert not again.doi.startswith("10.5072/test")
    assert again.doi in harvested(again)
    assert DataPublication.objects.count() == 1


def test_late_files_move_a_release_date_to_later_days_only() -> None:
    investigation = make_embargoed_investigation(release_date=None, start=None, end=None)
    make_dataset(investigation=investigation, start=NOW, end=NOW)
    refresh([investigation.pk], now=NOW)
    investigation.refresh_from_db()
    assert investigation.release_date == date(2029, 3, 1)
    make_dataset(investigation=investigation, end=datetime(2026, 6, 1, tzinfo=UTC), start=NOW)
    make_dataset(investigation=investigation, start=datetime(2001, 1, 1, tzinfo=UTC))
    refresh([investigation.pk], now=NOW)
    investigation.refresh_from_db()
    assert investigation.release_date == date(2029, 6, 1)
    assert investigation.dataset_count == 3
