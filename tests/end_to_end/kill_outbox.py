"""Registers DOIs at a DataCite where every fifth request goes wrong, and kills workers meanwhile.

Run as `python -m tests.end_to_end.kill_outbox --publications 1000 --faults 0.2 --kills 10`. On a
scratch database it publishes investigations, amends and withdraws some of them, gives some a choice
in two versions, reserves and discards DOIs, while two workers empty the outbox into the fake of
`tests.fakes.datacite` (errors, lost answers, ignored events); sends SIGKILL to a worker so many
times; and compares the fake with the catalogue: each DOI exactly once, in the right state, with the
metadata of the last change. Exits with 1 and a list otherwise.

Every message of a commit is lost: the outbox alone says what to send. Waits are not waited for:
what is due in an hour is made due now, again and again.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

# Sets Django up, so it comes before everything that needs models.
from tests.benchmarks.scratch import scratch_database  # isort: skip

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from catalogue.models import (
    DataPublication,
    Dataset,
    DoiState,
    DoiUpdate,
    Investigation,
    RegistrarPace,
)
from catalogue.publication import upkeep
from catalogue.publication.amend import amend
from catalogue.publication.details import details_of
from catalogue.publication.publish import (
    Act,
    publish_investigation,
    publish_selection,
    withdraw,
)
from catalogue.publication.reconcile import Report, reconcile
from catalogue.publication.registrar import configured_registrar
from catalogue.publication.reserve import discard, reserve
from catalogue.publication.schedule import refresh
from catalogue.tasks import register_dois
from tests.factories import (
    make_dataset,
    make_facility,
    make_instrument,
    make_investigation,
    make_member,
    make_policy,
    make_proposal,
)
from tests.fakes.datacite import FakeDataCite, fake_datacite
from tests.fakes.datacite_rules import Repository
from tests.fakes.faults import Faults

ROOT = Path(__file__).resolve().parents[2]
DEADLINE_S = 1800
PREFIX = "10.1234"


class Lost:
    """In the place of the task that a commit sends: a broker that forgets."""

    def delay(self, _publication_id: int) -> None:
        return None


class Worker:
    """A process that empties the outbox, and can be killed and started again."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "tests.end_to_end.kill_outbox", "--worker"]
        self._process = subprocess.Popen(command, cwd=ROOT, env=self._environment)

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()


def work() -> None:
    """Sends what is due, for ever."""
    while True:
        register_dois()
        time.sleep(0.05)


def write_investigations(number: int) -> list[int]:
    facility = make_facility(slug="kill", doi_prefix=PREFIX)
    instrument = make_instrument(facility=facility)
    policy = make_policy(facility=facility)
    made = []
    for _ in range(number):
        proposal = make_proposal(embargo_policy=policy)
        investigation = make_investigation(proposal=proposal, instrument=instrument)
        make_member(investigation)
        make_dataset(investigation=investigation, file_count=1, size_bytes=1)
        made.append(investigation.pk)
    with transaction.atomic():
        refresh(made, now=timezone.now())
    return made


def publish_all(investigations: list[int], workers: list[Worker], *, kills: int) -> None:
    """Publishes all; of ten one is withdrawn, and one amended."""
    kill_at = {len(investigations) * number // (kills + 1) for number in range(1, kills + 1)}
    for number, pk in enumerate(investigations):
        act = Act(now=datetime.now(UTC), reason="A proof.")
        publication = publish_investigation(pk, act=act, registrar=configured_registrar())
        if number % 10 == 3:
            withdraw(publication.pk, act=act)
        if number % 10 == 7:
            words = replace(details_of(publication), title="Amended")
            amend(publication.pk, words, act=act)
        if number % 10 == 5:
            publish_two_versions(pk, act)
        if number % 10 == 9:
            reserve_and_discard(pk, act)
        if number in kill_at:
            worker = random.choice(workers)
            worker.kill()
            left = DoiUpdate.objects.count()
            print(f"  killed a worker after {number} publications, {left} to send", flush=True)
            worker.start()
        if number % 5 == 0:
            hurry()


def publish_two_versions(investigation_id: int, act: Act) -> None:
    investigation = Investigation.objects.get(pk=investigation_id)
    datasets = list(investigation.datasets.all())
    first = publish_selection(datasets, act=act, registrar=configured_registrar())
    more = [*datasets, make_dataset(investigation=investigation, file_count=1, size_bytes=1)]
    publish_selection(more, act=act, registrar=configured_registrar(), previous=first)


def reserve_and_discard(investigation_id: int, act: Act) -> None:
    datasets = list(Dataset.objects.filter(investigation=investigation_id))
    publication = reserve(datasets, act=act, registrar=configured_registrar())
    discard(publication.pk, act=act)


def hurry() -> None:
    """Makes due now what waits, as if the hours had passed."""
    now = timezone.now()
    RegistrarPace.objects.update(paused_until=now, requests=0)
    DoiUpdate.objects.update(due_at=now)


def empty_the_outbox() -> None:
    deadline = time.monotonic() + DEADLINE_S
    while left := DoiUpdate.objects.count():
        if time.monotonic() > deadline:
            raise SystemExit(f"not done: {left} DOIs are still to be sent")
        hurry()
        time.sleep(0.5)


def find_faults(datacite: FakeDataCite, wanted: int) -> list[str]:
    rows = {row.doi: row for row in DataPublication.objects.all()}
    twice = [doi for doi, times in datacite.minted.items() if times != 1]
    wrong = [
        f"{doi}: {state_of(row)} here, {held['state']} there"
        for doi, row in rows.items()
        if (held := datacite.dois.get(doi, {"state": "absent"}))["state"] != state_of(row)
    ]
    behind = [
        f"{doi}: titled {title!r}"
        for doi, row in rows.items()
        if (title := datacite.dois[doi]["titles"][0]["title"]) != row.title
    ]
    return [
        *([] if len(rows) == wanted else [f"{len(rows)} publications, not {wanted}"]),
        *(f"never published: {doi}" for doi in datacite.dois.keys() - rows.keys()),
        *(f"minted twice: {doi}" for doi in twice),
        *wrong,
        *behind,
    ]


def state_of(row: DataPublication) -> str:
    return DoiState.REGISTERED if row.withdrawn_at else DoiState.FINDABLE


def report(datacite: FakeDataCite, seconds: float, compared: Report) -> None:
    states = [held["state"] for held in datacite.dois.values()]
    counts = {state: states.count(state) for state in sorted(set(states))}
    print(f"{len(states)} DOIs in {seconds:.0f} s: {counts}, {len(datacite.requests)} requests")
    print(f"reconciled: {compared.agree} agree, {len(compared.sent_again)} differ")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--publications", type=int, default=1000)
    parser.add_argument("--faults", type=float, default=0.2)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        work()
    random.seed(options.seed)
    faults = Faults(rate=options.faults, seed=options.seed)
    with (
        scratch_database(f"kill_outbox_{os.getpid()}") as database,
        fake_datacite(Repository(prefixes=(PREFIX,)), faults=faults) as datacite,
    ):
        found = run(database, datacite, options.publications, kills=options.kills)
    print("\n".join(found[:20]) or "Each DOI exactly once, in the right state.")
    sys.exit(1 if found else 0)


def run(database: str, datacite: FakeDataCite, publications: int, *, kills: int) -> list[str]:
    account, password = datacite.account
    found = {"URL": datacite.url, "REPOSITORY": account, "PASSWORD": password, "REQUESTS": "999999"}
    for name, value in found.items():
        setattr(settings, f"DATACITE_{name}", int(value) if value.isdigit() else value)
    environment = {f"CATALOGUE_DATACITE_{name}": value for name, value in found.items()}
    environment |= {"CATALOGUE_DATABASE_URL": database, "CATALOGUE_LOG_LEVEL": "CRITICAL"}
    upkeep.register_doi = Lost()  # type: ignore[assignment]
    investigations = write_investigations(publications)
    workers = [Worker(os.environ | environment) for _ in range(2)]
    began = time.monotonic()
    try:
        publish_all(investigations, workers, kills=kills)
        empty_the_outbox()
    finally:
        for worker in workers:
            worker.kill()
    datacite.faults.rate = 0.0
    seconds = time.monotonic() - began
    report(datacite, seconds, reconcile(registrar=configured_registrar(), now=timezone.now()))
    # Two versions and their concept.
    versions = 3 * len([number for number in range(publications) if number % 10 == 5])
    return find_faults(datacite, publications + versions)


if __name__ == "__main__":
    main()
