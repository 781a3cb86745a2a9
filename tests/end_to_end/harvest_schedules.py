"""Random schedules of writers and harvesters on a real database: nothing lost, nothing doubled.

Run as `python -m tests.end_to_end.harvest_schedules [--schedules 200] [--seed 0]`; it uses a
scratch database of its own. In a schedule, writers publish, amend and withdraw in concurrent
transactions, some of which commit late, while harvesters page, use tokens twice, stop and come
back. In the end each harvester comes once more, and its copy has to equal the catalogue. Each
schedule begins with an empty catalogue, and a line tells of every ten.
"""

import argparse
import os
import random
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

# Sets Django up, so it comes before everything that needs models.
from tests.benchmarks.scratch import scratch_database  # isort: skip

from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from lxml import etree

from catalogue.models import OaiItem, OaiRecord
from catalogue.publication.oai_items import Content, next_datestamp, remove_item, write_item

OAI = "{http://www.openarchives.org/OAI/2.0/}"
SET = "a"
_number = count(1)


@dataclass(frozen=True, slots=True)
class Schedule:
    """What one run found: identifiers that a copy lacks, has wrong, or was given twice.

    publications: what became visible and stays so or was deleted; harvests: lists that were read.
    """

    publications: int
    harvests: int
    pages: int
    lost: tuple[str, ...]
    doubled: tuple[str, ...]


def run_schedule(seed: int, *, writers: int = 3, writes: int = 4, harvesters: int = 3) -> Schedule:
    """Empties the catalogue, then runs writers and harvesters at once, who choose by the seed."""
    OaiItem.objects.all().delete()
    # A late commit is only lost where a second ends before it: the writers begin shortly before.
    time.sleep((0.9 - time.time()) % 1)
    found = [Harvester(random.Random(f"{seed} h {place}")) for place in range(harvesters)]
    stop = threading.Event()
    writing = [
        _thread(_write, random.Random(f"{seed} w {place}"), writes) for place in range(writers)
    ]
    reading = [_thread(harvester.work, stop) for harvester in found]
    for thread in writing:
        thread.join()
    stop.set()
    for thread in reading:
        thread.join()
    wanted = _catalogue()
    for harvester in found:
        harvester.harvest()
    lost = {name for one in found for name in _differences(one.copy, wanted)}
    doubled = {name for one in found for name in one.doubled}
    return Schedule(
        publications=len(wanted),
        harvests=sum(one.harvests for one in found),
        pages=sum(one.pages for one in found),
        lost=tuple(sorted(lost)),
        doubled=tuple(sorted(doubled)),
    )


def _thread(work: Callable[..., None], *arguments: object) -> threading.Thread:
    def run() -> None:
        try:
            work(*arguments)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def _write(choose: random.Random, writes: int) -> None:
    """Publishes, amends and withdraws; a commit may come late, or not at all."""
    own: list[str] = []
    for _ in range(writes):
        time.sleep(choose.random() * 0.02)
        try:
            with transaction.atomic():
                _change(choose, own)
                time.sleep(choose.choice((0, 0, 0.05, 0.25)))
                if choose.random() < 0.1:
                    raise _ChangedMindError
        except _ChangedMindError:
            own = [name for name in own if OaiItem.objects.filter(identifier=name).exists()]


class _ChangedMindError(Exception):
    """A transaction that is rolled back after it was given its datestamp."""


def _change(choose: random.Random, own: list[str]) -> None:
    act = choose.choice(("publish", "publish", "amend", "withdraw")) if own else "publish"
    if act == "withdraw":
        item = OaiItem.objects.get(identifier=choose.choice(own))
        remove_item(item, datestamp=next_datestamp())
        return
    if act == "publish":
        own.append(f"oai:catalogue.example.org:s{next(_number)}")
    document = f"<x xmlns='urn:x'>{choose.random()}</x>"
    sets = (f"{SET}:b",) if choose.random() < 0.7 else (SET,)
    name = own[-1] if act == "publish" else choose.choice(own)
    write_item(name, Content(sets, {"oai_dc": document}), datestamp=next_datestamp())


@dataclass(slots=True)
class Harvester:
    """One that harvests incrementally as OAI-PMH wants it: from the last first reply's time on."""

    choose: random.Random
    spec: str = ""
    copy: dict[str, str] = field(default_factory=dict)
    doubled: list[str] = field(default_factory=list)
    since: str = ""
    harvests: int = 0
    pages: int = 0

    def __post_init__(self) -> None:
        self.spec = self.choose.choice(("", SET))

    def work(self, stop: threading.Event) -> None:
        while not stop.is_set():
            self.harvest(gives_up=self.choose.random() < 0.2)
            time.sleep(self.choose.random() * 0.05)

    def harvest(self, *, gives_up: bool = False) -> None:
        """Harvests what is new. Giving up in the middle, it comes again with the old time."""
        self.harvests += 1
        arguments = {"metadataPrefix": "oai_dc"}
        arguments |= {"from": self.since} if self.since else {}
        arguments |= {"set": self.spec} if self.spec else {}
        reply = self._ask(arguments)
        began = reply.findtext(f"{OAI}responseDate") or ""
        seen: set[str] = set()
        while True:
            self._take(reply, seen)
            token = reply.findtext(f".//{OAI}resumptionToken")
            if not token:
                break
            if gives_up:
                return
            time.sleep(self.choose.choice((0, 0, 0.03)))
            if self.choose.random() < 0.3:
                self._take(self._ask({"resumptionToken": token}), set())
            reply = self._ask({"resumptionToken": token})
        self.since = began

    def _ask(self, arguments: dict[str, str]) -> etree._Element:
        self.pages += 1
        answer = Client(HTTP_HOST="127.0.0.1").get("/oai", {"verb": "ListRecords", **arguments})
        assert answer.status_code == 200, answer.status_code
        return etree.fromstring(answer.content)

    def _take(self, reply: etree._Element, seen: set[str]) -> None:
        for record in reply.iter(f"{OAI}record"):
            name = record.findtext(f"{OAI}header/{OAI}identifier") or ""
            stamp = record.findtext(f"{OAI}header/{OAI}datestamp") or ""
            # The same item may come again in one list only where it has changed meanwhile.
            if f"{name} {stamp} {_saying(record)}" in seen:
                self.doubled.append(name)
            seen.add(f"{name} {stamp} {_saying(record)}")
            self.copy[name] = _saying(record)


def _saying(record: etree._Element) -> str:
    """Returns what a copy keeps of a record: its text, or that it is deleted."""
    return record.findtext(".//{urn:x}x") or "deleted"


def _catalogue() -> dict[str, str]:
    """Returns what a complete copy holds, by identifier; everything is in the set."""
    rows = OaiRecord.objects.filter(prefix="oai_dc").values_list("item__identifier", "xml")
    return {name: _saying(etree.fromstring(xml)) for name, xml in rows}


def _differences(copy: dict[str, str], wanted: dict[str, str]) -> list[str]:
    return [name for name in wanted.keys() | copy.keys() if wanted.get(name) != copy.get(name)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schedules", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    settings.OAI_PAGE_SIZE = 3
    found: list[Schedule] = []
    began = time.monotonic()
    with scratch_database(f"harvest_schedules_{os.getpid()}"):
        for place in range(options.schedules):
            found.append(run_schedule(options.seed + place))
            if len(found) % 10 == 0 or len(found) == options.schedules:
                print(summary(found, time.monotonic() - began), flush=True)
    sys.exit(any(one.lost or one.doubled for one in found))


def summary(found: list[Schedule], seconds: float) -> str:
    return (
        f"{len(found)} schedules, {sum(one.publications for one in found):,} publications, "
        f"{sum(one.harvests for one in found):,} harvests of "
        f"{sum(one.pages for one in found):,} pages: {sum(len(one.lost) for one in found)} lost, "
        f"{sum(len(one.doubled) for one in found)} doubled, {seconds:.0f} s"
    )


if __name__ == "__main__":
    main()
