"""Tokens: who makes them, what of them is kept, and which ones open the door."""

import hashlib
import logging
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from catalogue.models import AuditEvent, Instrument
from ingest.door.tokens import make, revoke
from ingest.models.door import BeamlineToken, validate_folder
from tests.factories import make_user
from tests.ingest.door.asking import FILES, Door, problem
from tests.nexus_files import write_nexus

pytestmark = pytest.mark.django_db


def ask(client: Client, authorization: str | None) -> Any:
    headers = {} if authorization is None else {"Authorization": authorization}
    body = {"path": "/elsewhere/run.nxs"}
    return client.post(FILES, body, content_type="application/json", headers=headers)


def test_a_token_opens_the_door(client: Client, token: BeamlineToken) -> None:
    assert problem(ask(client, f"Bearer {token.text}")) == (403, "path_outside")
    assert problem(ask(client, f"bearer  {token.text} ")) == (403, "path_outside")


def test_whatever_is_no_good_token_gets_one_answer(client: Client, token: BeamlineToken) -> None:
    expired = make(
        BeamlineToken(
            name="old",
            instrument=token.instrument,
            expires_on=timezone.localdate() - timedelta(days=1),
        ),
        actor=None,
    )
    revoked = make(BeamlineToken(name="lost", instrument=token.instrument), actor=None)
    revoke(revoked.pk, actor=None, now=timezone.now())
    answers = [
        ask(client, authorization)
        for authorization in (
            None,
            "",
            "Bearer",
            "Bearer ",
            f"Basic {token.text}",
            token.text,
            f"Bearer {token.text[:-1]}",
            f"Bearer {token.text}x",
            f"Bearer {token.text} {token.text}",
            f"Bearer {token.text.swapcase()}",
            f"Bearer {token.digest}",
            "Bearer beam_" + "A" * 43,
            "Bearer " + "x" * 100_000,
            "Bearer \x00ÿ",
            f"Bearer {expired.text}",
            f"Bearer {revoked.text}",
        )
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    assert len({str(sorted(answer.headers.items())) for answer in answers}) == 1
    assert answers[0].headers["WWW-Authenticate"] == 'Bearer realm="ingest"'
    assert problem(answers[0]) == (401, "no_valid_token")


def test_a_log_in_is_no_token(client: Client) -> None:
    client.force_login(make_user(is_staff=True, is_superuser=True))
    assert problem(ask(client, None)) == (401, "no_valid_token")


def test_a_token_is_good_through_its_last_day(token: BeamlineToken, client: Client) -> None:
    BeamlineToken.objects.update(expires_on=timezone.localdate())
    assert ask(client, f"Bearer {token.text}").status_code == 403


def test_nothing_is_looked_up_of_the_body_before_the_token(client: Client) -> None:
    response = client.post(FILES, b"not even JSON", content_type="text/plain")
    assert problem(response) == (401, "no_valid_token")


def test_the_hash_alone_is_kept(token: BeamlineToken) -> None:
    assert re.fullmatch(r"beam_[\w-]{43}", token.text)
    row = BeamlineToken.objects.values().get()
    assert row["digest"] == hashlib.sha256(token.text.encode()).hexdigest()
    assert row["prefix"] == token.text[:11]
    assert token.text not in str(row)
    assert BeamlineToken.objects.get().text == ""


def test_the_database_keeps_no_plain_token(token: BeamlineToken) -> None:
    with pytest.raises(IntegrityError, match="beamline_token_is_hashed"), transaction.atomic():
        BeamlineToken.objects.update(digest=token.text)


def test_the_last_use_is_kept_to_the_minute(client: Client, token: BeamlineToken) -> None:
    def last_use() -> datetime | None:
        return BeamlineToken.objects.get().last_used_at

    assert last_use() is None
    ask(client, f"Bearer {token.text}")
    first = last_use()
    assert first is not None
    ask(client, f"Bearer {token.text}")
    assert last_use() == first
    BeamlineToken.objects.update(last_used_at=first - timedelta(minutes=2))
    ask(client, f"Bearer {token.text}")
    assert last_use() > first  # type: ignore[operator]


def test_the_log_has_neither_token_nor_people(
    door: Door, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    door.path(write_nexus(tmp_path / "run.nxs"))
    door.path(write_nexus(tmp_path / "other.nxs", experiment_identifier=None), query="?dry_run=1")
    ask(door.client, f"Bearer {door.token.text}x")
    messages = "\n".join(record.getMessage() for record in caplog.records)
    assert f"token {door.token.pk}: 1 files, 1 read" in messages
    assert "beam_" not in messages
    assert door.token.digest not in messages
    told = [record.getMessage() for record in caplog.records if record.name.startswith("ingest")]
    assert [message for message in told if "Person" in message or "Water" in message] == []


@pytest.mark.parametrize("folder", ["data", "/", "/data/", "/data/../etc", "//data", "/a\0", ""])
def test_a_folder_is_a_whole_path(folder: str) -> None:
    with pytest.raises(ValidationError, match="whole path"):
        validate_folder(folder)


# --- in the admin -------------------------------------------------------------------------------


@pytest.fixture
def manager(client: Client) -> Client:
    client.force_login(make_user(username="manager", is_staff=True, is_superuser=True))
    return client


def add(manager: Client, instrument: Instrument, **changes: Any) -> Any:
    form = {"name": "control", "instrument": instrument.pk, "folders": "/data/loki\n/mnt/a, b"}
    return manager.post(reverse("admin:ingest_beamlinetoken_add"), form | changes)


def test_a_token_is_shown_once_with_a_line_to_try(manager: Client, instrument: Instrument) -> None:
    response = add(manager, instrument)
    page = response.content.decode()
    token = BeamlineToken.objects.get()
    (text,) = set(re.findall(r"beam_[\w-]{43}", page))
    assert hashlib.sha256(text.encode()).hexdigest() == token.digest
    assert token.folders == ["/data/loki", "/mnt/a, b"]
    assert f"curl -H 'Authorization: Bearer {text}'" in page
    assert "no-store" in response.headers["Cache-Control"]
    change = reverse("admin:ingest_beamlinetoken_change", args=[token.pk])
    for address in (change, reverse("admin:ingest_beamlinetoken_changelist"), "/admin/"):
        shown = manager.get(address).content.decode()
        assert text not in shown
        assert token.digest not in shown
    assert text not in str(list(LogEntry.objects.values()) + list(AuditEvent.objects.values()))
    assert problem(ask(manager, f"Bearer {text}")) == (403, "path_outside")


def test_making_editing_and_revoking_are_audited(manager: Client, instrument: Instrument) -> None:
    add(manager, instrument)
    token = BeamlineToken.objects.get()
    change = reverse("admin:ingest_beamlinetoken_change", args=[token.pk])
    form = {"name": "control", "folders": "/data", "expires_on": "2030-01-01"}
    assert manager.post(change, form).status_code == 302
    manager.post(
        reverse("admin:ingest_beamlinetoken_changelist"),
        {"action": "revoke", "_selected_action": [token.pk]},
    )
    events = AuditEvent.objects.filter(target_type="beamlinetoken").order_by("pk")
    assert [event.action for event in events] == ["make_token", "edit_token", "revoke_token"]
    assert {event.actor_name for event in events} == {"manager"}
    assert events[1].before["folders"] == ["/data/loki", "/mnt/a, b"]
    assert events[1].after == {
        "instrument": instrument.pk,
        "folders": ["/data"],
        "expires_on": "2030-01-01",
    }


def test_a_token_stays_with_its_instrument(manager: Client, token: BeamlineToken) -> None:
    other = Instrument.objects.create(facility=token.facility, slug="other", name="Other")
    change = reverse("admin:ingest_beamlinetoken_change", args=[token.pk])
    form = {"name": "control", "folders": "", "instrument": other.pk, "digest": "0" * 64}
    assert manager.post(change, form).status_code == 302
    row = BeamlineToken.objects.get()
    assert (row.instrument, row.digest, row.folders) == (token.instrument, token.digest, [])


def test_a_token_is_revoked_for_good_and_never_deleted(
    manager: Client, token: BeamlineToken
) -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    revoke(token.pk, actor=None, now=now)
    revoke(token.pk, actor=None, now=now + timedelta(days=1))
    assert BeamlineToken.objects.get().revoked_at == now
    assert AuditEvent.objects.filter(action="revoke_token").count() == 1
    delete = reverse("admin:ingest_beamlinetoken_delete", args=[token.pk])
    assert manager.post(delete, {"post": "yes"}).status_code == 403
    assert problem(ask(manager, f"Bearer {token.text}")) == (401, "no_valid_token")


def test_a_wrong_folder_is_told_in_the_form(manager: Client, instrument: Instrument) -> None:
    page = add(manager, instrument, folders="/data/../etc").content.decode()
    assert "not a folder&#x27;s whole path" in page
    assert not BeamlineToken.objects.exists()


def test_who_may_not_make_tokens_makes_none(client: Client, instrument: Instrument) -> None:
    client.force_login(make_user(is_staff=True))
    assert add(client, instrument).status_code == 403
    assert not BeamlineToken.objects.exists()
