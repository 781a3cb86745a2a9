"""Mails leave after the commit, once, and wait where they cannot."""

from typing import Any

import pytest
from django.core import mail as outgoing
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import call_command
from django.utils import timezone

from catalogue import mail
from catalogue.models import Mail

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _template(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "render_to_string", lambda name, context: f"{name} {context}")


def post() -> Mail:
    return mail.post("ann@example.org", "Two\nlines", "greeting", name="Ann")


def test_a_mail_leaves_after_the_commit_and_its_body_is_not_kept(
    django_capture_on_commit_callbacks: Any,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        post()
        assert outgoing.outbox == []
    [sent] = outgoing.outbox
    assert (sent.to, sent.subject) == (["ann@example.org"], "Two lines")
    assert "Ann" in sent.body
    row = Mail.objects.get()
    assert row.sent_at is not None
    assert row.body == ""


def test_a_mail_that_cannot_leave_waits_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> int:
        raise ConnectionRefusedError("no server at mail.example.org")

    row = post()
    with monkeypatch.context() as away:
        away.setattr(EmailBackend, "send_messages", refuse)
        assert mail.send_waiting(now=timezone.now()) == 0
    row.refresh_from_db()
    assert (row.sent_at, row.tries, row.problem) == (None, 1, "no server at mail.example.org")
    call_command("send_mails")
    call_command("send_mails")
    assert len(outgoing.outbox) == 1


def test_what_failed_too_often_is_given_up() -> None:
    post()
    Mail.objects.update(tries=mail.MOST_TRIES)
    assert mail.send_waiting(now=timezone.now()) == 0
