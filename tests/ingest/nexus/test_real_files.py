"""Real files of many facilities against an inventory that was made by other means.

A value of the inventory counts where it is no placeholder. It is cut at 120 characters.
"""

import csv
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from ingest.nexus import fields
from ingest.nexus.extract import extract_record
from ingest.nexus.mapping import PLAN
from ingest.nexus.reader import read_nexus
from ingest.nexus.search import is_usable
from ingest.nexus.unreadable import UnreadableFile
from ingest.nexus.values import BadDate, parse_date, split_names
from ingest.record import ExtractedRecord, IngestContext, Sourced

FILES = (Path(__file__).parents[4] / "shared" / "nexus" / "real").resolve()
ZONE = "Europe/London"
LAST = "the inventory describes the last entry, the catalogue the default one"
# Every difference there is, with its reason.
EXPLAINED = {
    ("punx/example_mapping.nxs", "title"): LAST,
    ("punx/cs_af1410.h5", "title"): LAST,
    ("punx/1998spheres.h5", "title"): LAST,
    ("pynxtools-xps/scienta_txt_ref.nxs", "start_time"): LAST,
}

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


COLUMNS = {
    "title": fields.TITLE,
    "definition": fields.DEFINITION,
    "entry_identifier/run": fields.RUN_NUMBER,
    "instrument": fields.INSTRUMENT,
    "experiment_identifier": fields.PROPOSAL,
    "sample": fields.SAMPLE_NAME,
    "start_time": fields.START,
    "end_time": fields.END,
    "users": fields.USER_NAME,
}


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("title", 40),
        ("definition", 45),
        ("entry_identifier/run", 6),
        ("instrument", 30),
        ("experiment_identifier", 11),
        ("sample", 41),
        ("start_time", 52),
        ("end_time", 38),
        ("users", 22),
    ],
)
def test_values_agree_with_the_inventory(reads: list[Read], column: str, values: int) -> None:
    compared = {
        read.inventory["file"]: agrees(read.record, column, read.inventory[column].strip())
        for read in reads
        if read.record and is_usable(read.inventory[column].strip(), COLUMNS[column])
    }
    different = {(file, column) for file, equal in compared.items() if not equal}
    explained = {key for key in EXPLAINED if key[1] == column}
    assert different == explained
    assert len(compared) == values


def agrees(record: ExtractedRecord, column: str, noted: str) -> bool:
    if column == "start_time":
        return date_of(noted) == (record.start.value if record.start else None)
    if column == "end_time":
        return date_of(noted) == (record.end.value if record.end else None)
    if column == "users":
        return names_in(noted) <= {user.name for user in record.users}
    found = texts_of(record)[column]
    return found == noted or (len(noted) > 100 and found.startswith(noted))


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


def date_of(text: str) -> object:
    """Returns the instant of a date; one that names none has to be left out of the record."""
    try:
        return parse_date(text, ZONE)
    except BadDate:
        return None


def names_in(noted: str) -> set[str]:
    """Returns the people of the column, without one that was cut off at its end."""
    whole = noted[: noted.rfind(";")] if len(noted) > 99 else noted
    return {name for name, _ in split_names(whole) if is_usable(name, fields.USER_NAME)}


def test_kind_is_told_where_the_file_says_it(reads: list[Read]) -> None:
    kinds = Counter(read.record.kind.value for read in reads if read.record and read.record.kind)
    assert set(kinds) == {"reduced", "analysed"}


def test_every_file_with_data_to_plot_says_which(reads: list[Read]) -> None:
    plots = [read.record.default_plot for read in reads if read.record]
    assert sum(plot is not None for plot in plots) >= 70
