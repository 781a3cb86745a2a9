"""Real files of many facilities against an inventory that was made by other means."""

import csv
from dataclasses import dataclass
from pathlib import Path

import pytest

from ingest.nexus import fields
from ingest.nexus.extract import extract_record
from ingest.nexus.mapping import PLAN
from ingest.nexus.reader import read_nexus
from ingest.nexus.rules import FieldRule
from ingest.nexus.search import is_usable
from ingest.nexus.unreadable import UnreadableFile
from ingest.nexus.values import BadDate, parse_date, split_names
from ingest.record import ExtractedRecord, IngestContext, Sourced

FILES = Path(__file__).parents[4] / "shared" / "nexus" / "real"
ZONE = "Europe/London"

pytestmark = pytest.mark.skipif(
    not (FILES / "inventory.tsv").exists(), reason=f"the real files are not at {FILES}"
)


@dataclass(frozen=True)
class Read:
    """One line of the inventory with what extraction made of its file."""

    inventory: dict[str, str]
    record: ExtractedRecord | None
    code: str = ""


def read_one(inventory: dict[str, str]) -> Read:
    path = str(FILES / inventory["file"])
    try:
        nexus_file = read_nexus(path, PLAN)
        return Read(inventory, extract_record(nexus_file, IngestContext(inventory["file"], ZONE)))
    except UnreadableFile as error:
        return Read(inventory, None, error.problem.code)


@pytest.fixture(scope="module")
def reads() -> list[Read]:
    with (FILES / "inventory.tsv").open(encoding="utf-8") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [read_one({name: value or "" for name, value in row.items()}) for row in rows]


def text_of(value: Sourced[str] | None) -> str:
    return value.value if value else ""


def test_only_files_without_an_entry_of_their_own_are_refused(reads: list[Read]) -> None:
    refused = [
        (read.inventory["file"].rpartition("/")[2], read.code) for read in reads if read.code
    ]
    assert refused == [
        ("k11-18014-pcompPanda.h5", "no_entry"),
        ("dark_field_different_path.h5", "no_entry"),
        ("panda.h5", "no_entry"),
        ("00001.h5", "no_entry"),
        ("blc16742_NiSO4.h5", "no_entry"),
    ]
    assert len(reads) == 81


@pytest.mark.parametrize(
    ("column", "rule", "least"),
    [
        ("title", fields.TITLE, 37),
        ("definition", fields.DEFINITION, 45),
        ("entry_identifier/run", fields.RUN_NUMBER, 6),
        ("instrument", fields.INSTRUMENT, 30),
        ("experiment_identifier", fields.PROPOSAL, 11),
        ("sample", fields.SAMPLE_NAME, 41),
    ],
)
def test_texts_equal_the_inventory_or_are_placeholders(
    reads: list[Read], column: str, rule: FieldRule, least: int
) -> None:
    equal, different = 0, []
    for read in reads:
        # The inventory cuts at 120 characters and holds the last of several entries.
        noted = read.inventory[column].strip()
        if read.record is None or not is_usable(noted, rule):
            continue
        found = texts_of(read.record)[column]
        if noted == found or (len(noted) > 100 and found.startswith(noted)):
            equal += 1
        elif read.record.entry_count == 1:
            different.append((read.inventory["file"], noted, found))
    assert different == []
    assert equal >= least


def texts_of(record: ExtractedRecord) -> dict[str, str]:
    visit = f"-{record.visit.value}" if record.visit else ""
    return {
        "title": text_of(record.title),
        "definition": text_of(record.definition),
        "entry_identifier/run": text_of(record.run_number),
        "instrument": text_of(record.instrument_name),
        "experiment_identifier": text_of(record.proposal) + visit,
        "sample": "; ".join(sample.name for sample in record.samples),
    }


@pytest.mark.parametrize(("column", "least"), [("start_time", 50), ("end_time", 38)])
def test_dates_are_the_instants_of_the_inventory(
    reads: list[Read], column: str, least: int
) -> None:
    equal, different = 0, []
    for read in (each for each in reads if each.record and each.record.entry_count == 1):
        assert read.record is not None
        found = read.record.start if column == "start_time" else read.record.end
        noted = _date_of(read.inventory[column])
        if noted != (found.value if found else None):
            different.append((read.inventory["file"], noted, found))
        equal += noted is not None
    assert different == []
    assert equal >= least - 8  # some of the files have several entries


def _date_of(text: str) -> object:
    try:
        return parse_date(text, ZONE)
    except BadDate:
        return None


def test_users_are_those_of_the_inventory(reads: list[Read]) -> None:
    different = []
    for read in (each for each in reads if each.record and each.record.entry_count == 1):
        assert read.record is not None
        noted = read.inventory["users"]
        people = {
            name for name, _ in split_names(noted[: noted.rfind(";")] if len(noted) > 99 else noted)
        }
        usable = {name for name in people if is_usable(name, fields.USER_NAME)}
        if not usable <= {user.name for user in read.record.users}:
            different.append((read.inventory["file"], usable))
    assert different == []
