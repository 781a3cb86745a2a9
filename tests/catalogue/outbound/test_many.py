"""Asking many at once, over real HTTP: nobody waits for the slowest beyond the deadline."""

import gzip
import time

import pytest

from catalogue.outbound.many import Call, Reply, Round, Trouble, TroubleError, unpacked
from tests.fakes.panosc_provider import Catalogue, documents, fake_provider

HERE = ["127.0.0.1"]
MB = 2**20


def ask(url: str, *, deadline_s: float = 2, timeout_s: float = 2) -> Reply:
    with Round(deadline_s, most_bytes=MB, private_hosts=HERE) as calls:
        calls.ask(Call("one", url, timeout_s))
        return next(iter(calls))


def test_replies_come_in_the_order_they_are_ready() -> None:
    with (
        fake_provider(delay_s=0.2) as slow,
        fake_provider(Catalogue({"documents": documents(3)})) as quick,
        Round(2, most_bytes=MB, private_hosts=HERE) as calls,
    ):
        calls.ask(Call("slow", f"{slow.url}/Documents", 2))
        calls.ask(Call("quick", f"{quick.url}/Documents", 2))
        replies = list(calls)
    assert [(reply.key, reply.status) for reply in replies] == [("quick", 200), ("slow", 200)]
    assert b"document 2" in replies[0].body


@pytest.mark.parametrize(
    ("fault", "trouble", "message"),
    [
        ("hang", Trouble.LATE, "no answer within 0.5 s"),
        ("drip", Trouble.LATE, "no answer within 0.5 s"),
        ("flood", Trouble.TOO_LARGE, "more than 1 MB"),
        ("bomb", Trouble.TOO_LARGE, "more than 1 MB"),
        ("drop", Trouble.UNREACHABLE, "disconnected"),
    ],
)
def test_trouble_ends_with_the_time_it_was_given(
    fault: str, trouble: Trouble, message: str
) -> None:
    with fake_provider(fault=fault) as server:
        began = time.monotonic()
        reply = ask(f"{server.url}/Documents", timeout_s=0.5)
        assert time.monotonic() - began < 1.5
    assert reply.trouble is trouble
    assert message in reply.message


def test_the_deadline_of_the_round_ends_a_call_that_has_more_time() -> None:
    with fake_provider(fault="hang") as server:
        assert ask(server.url, deadline_s=0.2, timeout_s=60).trouble is Trouble.LATE


def test_more_may_be_asked_while_replies_come_in() -> None:
    with (
        fake_provider(Catalogue({"documents": documents(1)})) as server,
        Round(2, most_bytes=MB, private_hosts=HERE) as calls,
    ):
        calls.ask(Call("one", f"{server.url}/Nothing", 2))
        found = []
        for reply in calls:
            found.append(reply.status)
            if reply.status == 404:
                calls.ask(Call("one", f"{server.url}/Documents", 2))
    assert found == [404, 200]


def test_a_connection_is_kept_for_the_next_round() -> None:
    with fake_provider(Catalogue()) as server:
        peers = []
        server.verify_request = lambda request, address: peers.append(address) or True  # type: ignore[method-assign, assignment, func-returns-value]
        for _ in range(3):
            assert ask(f"{server.url}/Documents").status == 200
    assert len(peers) == 1


def test_nobody_asks_this_machine_unless_told_that_it_may() -> None:
    with (
        fake_provider(Catalogue()) as server,
        Round(2, most_bytes=MB, private_hosts=()) as calls,
    ):
        calls.ask(Call("one", f"{server.url}/Documents", 2))
        reply = next(iter(calls))
    assert reply.trouble is Trouble.NOT_ALLOWED
    assert "127.0.0.1" in reply.message
    assert server.requests == []


def test_where_nobody_listens_says_so() -> None:
    with fake_provider() as server:
        url = server.url
    assert ask(f"{url}/Documents").trouble is Trouble.UNREACHABLE


def test_unpacking_stops_at_what_is_allowed() -> None:
    assert unpacked(gzip.compress(b"x" * 10), most_bytes=10) == b"x" * 10
    for packed, trouble in (
        (gzip.compress(b"x" * 11), Trouble.TOO_LARGE),
        (gzip.compress(b"x" * 1000)[:-9], Trouble.GARBLED),
        (b"not packed", Trouble.GARBLED),
    ):
        with pytest.raises(TroubleError) as caught:
            unpacked(packed, most_bytes=10 if trouble is Trouble.TOO_LARGE else 2000)
        assert caught.value.trouble is trouble
