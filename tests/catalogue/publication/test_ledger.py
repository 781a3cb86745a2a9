"""The ledger: written with what it tells, refused to SQL that would change it, and verified."""

from datetime import UTC, date, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from catalogue.models import Investigation, ReleaseEvent
from catalogue.policy.chain import GENESIS, canonical, line_hash
from catalogue.policy.events import Action, ActorRole, Event
from catalogue.publication.act import Act
from catalogue.publication.transition import transition
from tests.factories import make_embargoed_investigation, make_policy, make_proposal, make_user

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DM = ActorRole.DATA_MANAGER


def act_on(investigation: Investigation, action: Action, reason: str = "Because.") -> None:
    transition(investigation.pk, Event(action, DM, reason), act=Act(NOW, make_user()))


@pytest.fixture
def three_lines() -> Investigation:
    investigation = make_embargoed_investigation()
    for action in (Action.HOLD, Action.LIFT, Action.HOLD):
        act_on(investigation, action)
    return investigation


def sql(statement: str) -> None:
    """Runs a statement as somebody with the rights of the tables' owner would."""
    with connection.cursor() as cursor:
        cursor.execute(statement)


def tamper(statement: str) -> None:
    sql("ALTER TABLE catalogue_releaseevent DISABLE TRIGGER USER")
    sql(statement)
    sql("ALTER TABLE catalogue_releaseevent ENABLE TRIGGER USER")


def verify(*arguments: str) -> tuple[str, str]:
    """Returns what the command prints, and its complaints."""
    out, err = StringIO(), StringIO()
    try:
        call_command("verify_ledger", *arguments, stdout=out, stderr=err)
    except CommandError as error:
        err.write(str(error))
    return out.getvalue(), err.getvalue()


def test_a_line_says_who_did_what_as_whom_why_and_under_which_policy() -> None:
    investigation = make_embargoed_investigation(release_date=date(2027, 1, 1))
    user = make_user(username="vera")
    event = Event(Action.HOLD, DM, "An ethics question.")
    transition(investigation.pk, event, act=Act(NOW, user))
    line = ReleaseEvent.objects.get()
    assert (line.number, line.at, line.previous_hash) == (1, NOW, GENESIS)
    assert (line.investigation, line.label) == (investigation, str(investigation))
    assert (line.actor_id, line.actor_name, line.actor_role) == (user.pk, "vera", "data_manager")
    assert (line.action, line.reason) == ("hold", "An ethics question.")
    assert (line.state_before, line.state_after) == ("under_embargo", "held")
    assert (line.opens_before, line.opens_after) == (date(2027, 1, 1), date(2027, 1, 1))
    assert line.policy == str(investigation.proposal.embargo_policy)


def test_each_line_follows_the_one_before(three_lines: Investigation) -> None:
    lines = list(ReleaseEvent.objects.order_by("number"))
    assert [line.number for line in lines] == [1, 2, 3]
    hashes = [GENESIS, *(line.hash for line in lines)]
    assert [line.previous_hash for line in lines] == hashes[:-1]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE catalogue_releaseevent SET reason = 'another' WHERE number = 2",
        "DELETE FROM catalogue_releaseevent WHERE number = 3",
        "TRUNCATE catalogue_releaseevent",
    ],
    ids=["update", "delete", "truncate"],
)
def test_the_database_refuses_to_change_the_ledger(
    statement: str, three_lines: Investigation
) -> None:
    sql("ALTER TABLE catalogue_releaseevent ENABLE TRIGGER release_event_is_never_truncated")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        sql(statement)
    assert ReleaseEvent.objects.count() == 3


def test_a_whole_ledger_verifies_and_gives_its_head(three_lines: Investigation) -> None:
    last = ReleaseEvent.objects.get(number=3)
    out, err = verify()
    assert (out, err) == (
        f"3 lines, all as they were written. Head: 3:{last.hash}\n",
        "",
    )
    assert verify("--head", f"3:{last.hash}")[1] == ""


@pytest.mark.parametrize(
    ("statement", "complaint"),
    [
        ("UPDATE catalogue_releaseevent SET reason = 'x' WHERE number = 2", "line 2: P"),
        (
            "UPDATE catalogue_releaseevent SET at = at + interval '1 s' WHERE number = 1",
            "line 1: P",
        ),
        (
            "DELETE FROM catalogue_releaseevent WHERE number = 2",
            "line 3: line 2 before it: missing",
        ),
        ("DELETE FROM catalogue_releaseevent WHERE number < 3", "lines 1 to 2 before it: missing"),
        (
            f"UPDATE catalogue_releaseevent SET previous_hash = '{'f' * 64}' WHERE number = 3",
            "line 3: does not follow the line before it",
        ),
    ],
    ids=["reason", "moment", "one gone", "beginning gone", "chain"],
)
def test_a_tampered_line_is_named(
    statement: str, complaint: str, three_lines: Investigation
) -> None:
    tamper(statement)
    out, err = verify()
    assert complaint in err
    assert out == ""


def test_a_line_rewritten_with_its_hash_breaks_the_chain(three_lines: Investigation) -> None:
    """Whoever can compute a hash has to rewrite every line after it, too."""
    tamper(f"UPDATE catalogue_releaseevent SET hash = '{'e' * 64}' WHERE number = 2")
    assert "line 3: does not follow" in verify()[1]


def test_an_end_that_was_cut_off_is_found_by_an_earlier_head(three_lines: Investigation) -> None:
    head = ReleaseEvent.objects.get(number=3)
    act_on(three_lines, Action.LIFT)
    tamper("DELETE FROM catalogue_releaseevent WHERE number >= 3")
    Investigation.objects.update(release_state="under_embargo")
    assert "is not in the ledger any more" in verify("--head", f"3:{head.hash}")[1]
    assert "write NUMBER:HASH" in verify("--head", "3")[1]


def test_a_state_changed_behind_the_ledgers_back_is_found(three_lines: Investigation) -> None:
    Investigation.objects.update(release_state="open", released_at=NOW)
    assert "the ledger left it held" in verify()[1]


def test_equal_contents_have_one_form() -> None:
    one = {"b": "å", "a": datetime(2026, 3, 1, 13, tzinfo=UTC), "c": {"y": [1, None], "x": "z"}}
    other = dict(reversed(list(one.items())))
    assert canonical(one) == canonical(other)
    assert canonical({"at": NOW}) == b'{"at":"2026-03-01T12:00:00.000000+00:00"}'
    assert line_hash(GENESIS, {"a": 1}) != line_hash("1" * 64, {"a": 1})
    with pytest.raises(TypeError, match="no canonical form"):
        canonical({"a": object()})


def test_what_a_line_names_may_go_and_the_line_stays(three_lines: Investigation) -> None:
    three_lines.delete()
    assert ReleaseEvent.objects.count() == 3
    assert verify()[1] == ""


def test_the_database_refuses_to_change_a_policy_in_use() -> None:
    used, free = make_policy(), make_policy()
    make_proposal(embargo_policy=used)
    free.duration_months = 12
    free.save()
    used.save()
    used.duration_months = 12
    with pytest.raises(DatabaseError, match="is in use"), transaction.atomic():
        used.save()
