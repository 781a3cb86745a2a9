"""Records rendered anew: datestamps move with bytes, a stopped run goes on, a bad one stays."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from catalogue.models import DataPublication, OaiItem
from catalogue.publication import records, rendering
from catalogue.publication.rendering import render_again
from tests.catalogue.publication.test_publish import publish, ready
from tests.factories import make_investigation

pytestmark = pytest.mark.django_db
LATER = datetime(2026, 3, 2, 8, tzinfo=UTC)


def published(number: int) -> list[DataPublication]:
    return [publish(ready(make_investigation(title=f"Run {place}"))) for place in range(number)]


def stamps() -> dict[str, datetime]:
    return dict(OaiItem.objects.values_list("identifier", "datestamp"))


def shift_datestamps() -> None:
    """Makes all stamps an hour younger than now, so that a new one shows."""
    for item in OaiItem.objects.all():
        content = records.content_of(
            records.public_record(item.publication, today=LATER.date())  # type: ignore[arg-type]
        )
        early = item.datestamp - timedelta(hours=1)
        records.write_item("", content, datestamp=early, publication=item.publication)


def test_what_reads_as_before_keeps_its_datestamp(settings: Settings, tmp_path: Path) -> None:
    settings.VAR = tmp_path
    published(3)
    shift_datestamps()
    before = stamps()
    call_command("render_records")
    assert stamps() == before


def test_only_what_changed_is_given_a_new_datestamp(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, tmp_path: Path
) -> None:
    settings.VAR = tmp_path
    _, second, _ = published(3)
    shift_datestamps()
    before = stamps()
    original = records.documents

    def documents(record):  # type: ignore[no-untyped-def]
        made = original(record)
        return made | {"x": "<x xmlns='urn:x'/>"} if record.title == "Run 1" else made

    monkeypatch.setattr(records, "documents", documents)
    call_command("render_records", batch=2)
    changed = {name for name, stamp in stamps().items() if stamp != before[name]}
    assert changed == {second.oai_item.identifier}
    assert second.oai_item.records.filter(prefix="x").exists()


def test_a_run_goes_on_behind_its_last_batch(settings: Settings, tmp_path: Path) -> None:
    settings.VAR = tmp_path
    first, second, third = published(3)
    batches = render_again(after=0, size=1, now=LATER)
    assert [next(batches).last, next(batches).last] == [first.pk, second.pk]
    assert [batch.last for batch in render_again(after=second.pk, size=1, now=LATER)] == [third.pk]


def test_a_stopped_command_is_resumed(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, tmp_path: Path
) -> None:
    settings.VAR = tmp_path
    published(3)
    seen: list[str] = []

    def stop_at_second(publication, *, today):  # type: ignore[no-untyped-def]
        if len(seen) == 2:
            raise KeyboardInterrupt
        seen.append(publication.title)
        return False

    monkeypatch.setattr(rendering, "write_record", stop_at_second)
    with pytest.raises(KeyboardInterrupt):
        call_command("render_records", batch=1)
    monkeypatch.setattr(rendering, "write_record", lambda row, today: bool(seen.append(row.title)))
    call_command("render_records", "--resume", batch=1)
    assert seen == ["Run 0", "Run 1", "Run 2"]
    assert list(tmp_path.iterdir()) == []


def test_a_record_that_cannot_be_rendered_does_not_stop_the_others(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, tmp_path: Path
) -> None:
    settings.VAR = tmp_path
    published(3)
    original = records.documents

    def documents(record):  # type: ignore[no-untyped-def]
        if record.title == "Run 0":
            raise ValueError("no template")
        return original(record) | {"x": "<x xmlns='urn:x'/>"}

    monkeypatch.setattr(records, "documents", documents)
    with pytest.raises(CommandError, match="1 could not be rendered"):
        call_command("render_records")
    assert OaiItem.objects.filter(records__prefix="x").count() == 2
