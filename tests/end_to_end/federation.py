"""Three real catalogues that share some of their DOIs, and one of them asks all three.

Run as `python -m tests.end_to_end.federation [--records 40]`. Each has a database and a gunicorn of
its own. Pages are read to the end, and each thing has to come once; then one catalogue is stopped
(SIGSTOP: it takes connections and never answers), and goes on again. Exits with 1 and a list of
what went wrong.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any
from urllib.parse import quote

# Sets Django up, so it comes before everything that needs models.
from tests.benchmarks.scratch import scratch_database  # isort: skip

from django.contrib.postgres.search import SearchVector
from django.db import connection

from catalogue.models import PublishedRecord
from catalogue.search.ranking import CONFIGURATION
from harvest.models import FederationProvider
from tests.factories import (
    make_instrument,
    make_investigation,
    make_proposal,
    make_publication,
    make_record,
)
from tests.ports import free_port

Json = dict[str, Any]
PAGE = 7
TIMEOUT_S = 1.0
# Where the records of each catalogue begin and end, as shares of all: a third is at two of them.
SHARES = ((0, 0.6), (0.3, 0.8), (0.6, 1))


def fill(first: int, last: int) -> None:
    """Publishes open records; the same number is the same DOI in every catalogue."""
    proposal = make_proposal()
    instrument = make_instrument(facility=proposal.facility)
    for number in range(first, last):
        investigation = make_investigation(
            proposal=proposal, instrument=instrument, visit_number=number + 1
        )
        publication = make_publication(
            investigation=investigation,
            doi=f"10.5072/shared.{number}",
            title=f"Silver particles, part {number}",
        )
        make_record(publication=publication, is_open=True)
    PublishedRecord.objects.update(
        search_vector=SearchVector("title", weight="A", config=CONFIGURATION)
    )


@contextmanager
def catalogue(database_url: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Yields the process of one catalogue and its address."""
    port = free_port()
    environment = {
        **os.environ,
        "CATALOGUE_DATABASE_URL": database_url,
        "CATALOGUE_BASE_URL": f"http://127.0.0.1:{port}",
        "CATALOGUE_PRIVATE_HOSTS": "127.0.0.1",
        "CATALOGUE_FEDERATION_DEADLINE_S": "3",
    }
    command = ["-m", "gunicorn", "--workers", "1", "--threads", "4", "--log-level", "error"]
    bound = ["--bind", f"127.0.0.1:{port}", "catalogue.wsgi"]
    server = subprocess.Popen(
        [sys.executable, *command, *bound], env=environment, start_new_session=True
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/federated-api")
        yield server, f"http://127.0.0.1:{port}"
    finally:
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGCONT)
            os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=30)


def wait_for(url: str) -> None:
    """Waits until the server answers.

    Raises:
        TimeoutError: it has not within a minute.
    """
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with suppress(OSError):
            urllib.request.urlopen(url, timeout=5).close()
            return
        time.sleep(0.1)
    raise TimeoutError(f"{url} did not answer within 60 s")


def ask(url: str, path: str, **asked: Any) -> Json:
    filter_text = quote(json.dumps(asked))
    address = f"{url}/federated-api/{path}?envelope=1&filter={filter_text}"
    with urllib.request.urlopen(address, timeout=30) as answer:
        found: Json = json.load(answer)
    return found


def read_all(url: str, **asked: Any) -> list[Json]:
    found: list[Json] = []
    while items := ask(url, "Documents", limit=PAGE, skip=len(found), **asked)["items"]:
        found += items
    return found


def check_pages(url: str, records: int, **asked: Any) -> list[str]:
    """Returns what is wrong with the pages of all that three catalogues hold."""
    found = read_all(url, **asked)
    pids = [item["pid"] for item in found]
    wrong = []
    if len(pids) != len(set(pids)):
        wrong.append(f"{len(pids) - len(set(pids))} items came twice")
    if set(pids) != {f"10.5072/shared.{number}" for number in range(records)}:
        wrong.append(f"{len(set(pids))} items of {records}")
    whole = ask(url, "Documents", limit=1000, **asked)
    if [item["pid"] for item in whole["items"]] != pids:
        wrong.append("pages are in another order than the whole")
    if (whole["total"], whole["status"]["exact"]) != (records, True):
        wrong.append(f"a total of {whole['total']}, exact: {whole['status']['exact']}")
    held = sum(len(item["providers"]) for item in whole["items"])
    expected = sum(round(b * records) - round(a * records) for a, b in SHARES)
    if held != expected:
        wrong.append(f"{held} holders in place of {expected}")
    return [f"{asked or 'all'}: {text}" for text in wrong]


def check_stop(url: str, stopped: subprocess.Popen[bytes]) -> list[str]:
    """Returns what is wrong while one catalogue hangs, and after it goes on."""
    wrong = []
    os.killpg(stopped.pid, signal.SIGSTOP)
    seconds, states = [], []
    for _ in range(5):
        began = time.monotonic()
        status = ask(url, "Documents", limit=PAGE)["status"]
        seconds.append(time.monotonic() - began)
        states.append(status["providers"][2]["state"])
        if status["answered"] != 2 or not status["partial"]:
            wrong.append(f"{status['answered']} of 3 answered while one hangs")
    print("  hanging:", ", ".join(f"{s} {t:.2f} s" for s, t in zip(states, seconds, strict=True)))
    if states != ["late"] * 3 + ["resting"] * 2:
        wrong.append(f"states while it hangs: {states}")
    if max(seconds[3:]) > TIMEOUT_S / 2:
        wrong.append("what rests is waited for")
    os.killpg(stopped.pid, signal.SIGCONT)
    # The pause of half a minute, over.
    FederationProvider.objects.filter(retry_at__isnull=False).update(retry_at="2026-01-01T00:00Z")
    if ask(url, "Documents", limit=PAGE)["status"]["answered"] != 3:
        wrong.append("it is not asked again once it works")
    return wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=40)
    records = parser.parse_args().records
    with ExitStack() as running:
        places = []
        for number, (first, last) in reversed(list(enumerate(SHARES))):
            # The first catalogue comes last: its database is the one Django ends up with.
            connection.close()
            url = running.enter_context(scratch_database(f"federation_{number}"))
            fill(round(first * records), round(last * records))
            places.append(running.enter_context(catalogue(url)))
        (third, third_url), (_, second_url), (_, url) = places
        for key, address in (("second", second_url), ("third", third_url)):
            FederationProvider.objects.create(
                name=key,
                slug=key,
                facility=key,
                base_url=f"{address}/panosc-api",
                timeout_s=TIMEOUT_S,
                is_comparable=True,
            )
        wrong = [*check_pages(url, records), *check_pages(url, records, query="silver")]
        wrong += check_stop(url, third)
        for text in wrong:
            print("WRONG", text)
        print(f"{records} records at three catalogues: {'wrong' if wrong else 'each came once'}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
