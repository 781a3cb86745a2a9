"""How each demonstration instrument writes NeXus: its texts, dates, units and places."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Literal

from ingest.demo.encodings import TextEncoding

# In the file's own place for it, or nowhere ("path": only the folder names the proposal).
ProposalPlace = Literal["experiment_identifier", "identifier_experiment", "user", "path"]

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class DateStyle(StrEnum):
    """The spellings of a date, each shown by an example."""

    ISO_MICROSECONDS_OFFSET = "2026-03-01T10:00:00.000000+01:00"
    ISO_SPACE_NAIVE = "2026-03-01 10:00:00"
    ISO_NAIVE = "2026-03-01T10:00:00"
    ISO_MILLISECONDS_UTC = "2026-03-01T09:00:00.000Z"
    DAY_MONTH_NAME = "01-Mar-26 10:00:00"
    ISO_OFFSET_WITHOUT_COLON = "2026-03-01T10:00:00+0100"


@dataclass(frozen=True, slots=True)
class Dialect:
    """The habits of one data acquisition system.

    `attributes` chooses how attributes are stored; `old_plots` marks the plottable data on the
    dataset (NeXus before 2014) instead of on NXdata; `user_block_bytes` precede the HDF5 signature.
    """

    entry: str
    program: str
    texts: TextEncoding
    dates: DateStyle
    proposal_place: ProposalPlace = "experiment_identifier"
    attributes: TextEncoding = TextEncoding.VLEN_UTF8
    units: Mapping[str, str] = field(default_factory=dict)
    definition: str = ""
    cites_visit: bool = True
    numbers_in_arrays: bool = False
    has_default: bool = True
    old_plots: bool = False
    compressed: bool = False
    has_people_ids: bool = True
    user_block_bytes: int = 0
    run_field: str = "entry_identifier"


def spell_date(moment: datetime, style: DateStyle) -> str:
    """Returns an aware moment as the dialect writes it, in the moment's own zone unless in UTC."""
    match style:
        case DateStyle.ISO_MICROSECONDS_OFFSET:
            return moment.isoformat(timespec="microseconds")
        case DateStyle.ISO_SPACE_NAIVE:
            return f"{moment:%Y-%m-%d %H:%M:%S}"
        case DateStyle.ISO_NAIVE:
            return f"{moment:%Y-%m-%dT%H:%M:%S}"
        case DateStyle.ISO_MILLISECONDS_UTC:
            return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
        case DateStyle.DAY_MONTH_NAME:
            # Month names are English whatever the locale.
            return f"{moment:%d}-{_MONTHS[moment.month - 1]}-{moment:%y %H:%M:%S}"
        case DateStyle.ISO_OFFSET_WITHOUT_COLON:
            return f"{moment:%Y-%m-%dT%H:%M:%S%z}"


DIALECTS: Mapping[str, Dialect] = {
    "strimma": Dialect(
        entry="entry",
        program="Kajak 4.2.1",
        texts=TextEncoding.VLEN_UTF8,
        dates=DateStyle.ISO_MILLISECONDS_UTC,
        compressed=True,
    ),
    "skimmer": Dialect(
        entry="entry1",
        program="Kajak 3.9.0",
        texts=TextEncoding.FIXED_ASCII_ARRAY,
        dates=DateStyle.ISO_NAIVE,
        attributes=TextEncoding.FIXED_ASCII,
        units={"angstrom": "Angstrom", "1/angstrom": "1/A", "degree": "deg", "K": "Kelvin"},
        numbers_in_arrays=True,
    ),
    "gryning": Dialect(
        entry="1.1",
        program="flisa 2.0",
        texts=TextEncoding.VLEN_UTF8,
        dates=DateStyle.ISO_MICROSECONDS_OFFSET,
        proposal_place="path",
        units={"angstrom": "Å", "degree": "deg", "K": "kelvin"},
        has_people_ids=False,
    ),
    "dager": Dialect(
        entry="entry",
        program="Kajak 2.7",
        texts=TextEncoding.FIXED_LATIN1,
        dates=DateStyle.ISO_OFFSET_WITHOUT_COLON,
        proposal_place="user",
        attributes=TextEncoding.FIXED_LATIN1,
        units={"angstrom": "Å", "1/angstrom": "1/Å", "degree": "°", "K": "Kelvin"},
        old_plots=True,
    ),
    "solvarv": Dialect(
        entry="entry",
        program="Kajak 4.0",
        texts=TextEncoding.FIXED_UTF8,
        dates=DateStyle.ISO_MICROSECONDS_OFFSET,
        proposal_place="identifier_experiment",
        units={"um": "µm"},
        compressed=True,
    ),
    "yta": Dialect(
        entry="entry1",
        program="Kajak 4.1.3",
        texts=TextEncoding.VLEN_UTF8_ARRAY,
        dates=DateStyle.ISO_SPACE_NAIVE,
        attributes=TextEncoding.FIXED_ASCII_ARRAY,
        units={"degree": "degrees", "angstrom": "Angstroem", "1/angstrom": "1/angstrom"},
        numbers_in_arrays=True,
        user_block_bytes=2048,
    ),
    "taiga": Dialect(
        entry="raw_data_1",
        program="BORCTL 1.4",
        texts=TextEncoding.FIXED_ASCII,
        dates=DateStyle.ISO_NAIVE,
        attributes=TextEncoding.FIXED_ASCII,
        units={"angstrom": "A", "1/angstrom": "A-1", "us": "microsecond", "degree": "deg."},
        cites_visit=False,
        old_plots=True,
        numbers_in_arrays=True,
        run_field="run_number",
    ),
    "fjord": Dialect(
        entry="entry0",
        program="nomadic 3",
        texts=TextEncoding.FIXED_ASCII_MATRIX,
        dates=DateStyle.ISO_SPACE_NAIVE,
        attributes=TextEncoding.VLEN_ASCII,
        units={"angstrom": "Angstroms", "1/angstrom": "1/angstrom", "K": "kelvin"},
        cites_visit=False,
        compressed=True,
        has_people_ids=False,
        run_field="run_number",
    ),
    "rime": Dialect(
        entry="entry",
        program="BORCTL 2.2",
        texts=TextEncoding.VLEN_ASCII,
        dates=DateStyle.ISO_MILLISECONDS_UTC,
        units={"meV": "Mev", "us": "microseconds"},
        cites_visit=False,
        run_field="run_number",
    ),
    "tundra": Dialect(
        entry="raw_data_1",
        program="BORCTL 1.9",
        texts=TextEncoding.CHARACTERS,
        dates=DateStyle.DAY_MONTH_NAME,
        attributes=TextEncoding.FIXED_ASCII,
        units={"us": "micro.second", "s": "second", "degree": "Deg", "K": "kelvin"},
        definition="TOFRAW",
        cites_visit=False,
        numbers_in_arrays=True,
        has_default=False,
        compressed=True,
        run_field="run_number",
    ),
}
