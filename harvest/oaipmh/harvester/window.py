"""How far a harvest has come: what is stored after each page, and decides what is asked next; pure.

A window is everything changed since a moment. It is listed in one pass, or in several where a
token expires or a list breaks off; what is stored of it lets another process go on.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, Self

from catalogue.formats.oai_record import datestamp_text
from harvest.oaipmh.harvester.defects import LOSING, Defect, Finding
from harvest.oaipmh.harvester.page import HarvestedItem, HarvestedPage
from harvest.oaipmh.protocol import GRANULARITY

DAY = "YYYY-MM-DD"
# Between an endpoint's commits and its datestamps there may be minutes (DSpace takes 120 s).
OVERLAP = timedelta(minutes=5)
# With an unusable responseDate our own clock is used, and its difference to theirs covered.
CLOCK_OVERLAP = timedelta(days=1)
# Pages in a row that list nothing new: then the tokens lead round in a circle.
IDLE_PAGES = 3
# So many records in an unsplit list, and a round number of them, look like a hidden limit.
SUSPICIOUS = 1000


class Listing(NamedTuple):
    """How many records of a page had not been listed before, in this pass and in this window."""

    new_to_pass: int
    new_to_window: int


@dataclass(slots=True)
class Window:
    """A harvest under way. Datestamps are kept as the endpoint spells them, moments as ISO 8601.

    begun_at: our clock at the start; asked_at: the endpoint's, which the next window begins with;
    since: `from` of the window, '' for everything. What is named `pass_…` begins anew with a pass:
    its clock, with which all it lists is marked as seen; its `from`; how much it listed, of which
    `pass_gain` was not listed in this window before; first and latest datestamp, in what order.
    """

    begun_at: str
    pass_at: str
    since: str = ""
    asked_at: str = ""
    token: str = ""
    pages: int = 0
    listed: int = 0
    passes: int = 1
    complete_list_size: int | None = None
    idle_pages: int = 0
    pass_since: str = ""
    pass_pages: int = 0
    pass_listed: int = 0
    pass_gain: int = 0
    pass_first: str = ""
    pass_last: str = ""
    pass_is_ordered: bool = True
    are_sets_listed: bool = True
    has_lost: bool = False

    @classmethod
    def begin(cls, now: datetime, *, since: str) -> Self:
        clock = now.isoformat()
        return cls(begun_at=clock, pass_at=clock, since=since, pass_since=since)

    @classmethod
    def load(cls, stored: dict[str, Any]) -> Self:
        """Returns a stored window; what another version stored beside it is left out."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in stored.items() if name in known})

    def dump(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def is_full(self) -> bool:
        return not self.since

    @property
    def is_looping(self) -> bool:
        return self.idle_pages >= IDLE_PAGES

    def note(self, findings: Iterable[Finding]) -> None:
        self.has_lost = self.has_lost or any(found.defect in LOSING for found in findings)

    def take(self, page: HarvestedPage, listing: Listing) -> None:
        """Counts a page that has been stored."""
        if self.pages == 0:
            self.asked_at = page.response_date.isoformat() if page.response_date else ""
        if page.complete_list_size is not None:
            self.complete_list_size = page.complete_list_size
        self.pages += 1
        self.pass_pages += 1
        self.listed += page.listed
        self.pass_listed += page.listed
        self.pass_gain += listing.new_to_window
        self.idle_pages = 0 if listing.new_to_pass else self.idle_pages + 1
        self.token = page.token
        for item in page.items:
            self._order(item)

    def _order(self, item: HarvestedItem) -> None:
        stamp = item.moment.isoformat() if item.moment else ""
        self.pass_first = self.pass_first or stamp
        self.pass_is_ordered = self.pass_is_ordered and self.pass_last <= stamp
        self.pass_last = max(self.pass_last, stamp)

    def restart(self, now: datetime, *, granularity: str) -> bool:
        """Begins another pass behind a token that was refused; False where none would get further.

        It begins at the last datestamp, where two pages or more with two datestamps or more came in
        their order; else only where this pass began nothing is left out.
        """
        if not self.pass_gain:
            return False
        has_shown_order = self.pass_is_ordered and self.pass_pages > 1
        if has_shown_order and self.pass_first < self.pass_last:
            since = since_of(moment(self.pass_last), granularity)
            self.pass_since = max(self.pass_since, since)
        self._begin_pass(now)
        return True

    def go_on(self, now: datetime, *, granularity: str) -> bool:
        """Begins another pass behind where a list broke off; False where none would get further."""
        is_usable = self.pass_is_ordered and self.pass_last
        since = spell(moment(self.pass_last), granularity) if is_usable else ""
        if since <= self.pass_since or not self.pass_gain:
            return False
        self.pass_since = since
        self._begin_pass(now)
        return True

    def _begin_pass(self, now: datetime) -> None:
        self.token, self.pass_at, self.passes = "", now.isoformat(), self.passes + 1
        self.pass_pages = self.pass_listed = self.pass_gain = self.idle_pages = 0
        self.pass_first, self.pass_last, self.pass_is_ordered = "", "", True
        self.complete_list_size = None

    @property
    def truncation(self) -> str:
        """Why the list seems to have ended before its end, '' where it does not."""
        size = self.complete_list_size
        if size is not None and self.pass_listed < size:
            return f"{self.pass_listed:,} records were listed of {size:,} that were announced"
        is_round = self.pass_listed >= SUSPICIOUS and self.pass_listed % SUSPICIOUS == 0
        if size is None and is_round and self.pass_pages == 1:
            return f"exactly {self.pass_listed:,} records came in one answer, with no token"
        return ""

    @property
    def next_since(self) -> datetime:
        """The moment that the next window begins with, before the overlap."""
        begun = moment(self.begun_at)
        asked = moment(self.asked_at) if self.asked_at else begun - 2 * CLOCK_OVERLAP
        return asked if abs(asked - begun) < CLOCK_OVERLAP else begun - CLOCK_OVERLAP


def since_of(harvested_until: datetime, granularity: str) -> str:
    """Returns the `from` that follows a finished window, overlapping it a little."""
    return spell(harvested_until - _overlap(granularity), granularity)


def spell(datestamp: datetime, granularity: str) -> str:
    """Returns a moment in the granularity of an endpoint (OAI-PMH 2.0 §3.3)."""
    text = datestamp_text(datestamp)
    return text if granularity == GRANULARITY else text[: len(DAY)]


def moment(stored: str) -> datetime:
    return datetime.fromisoformat(stored).astimezone(UTC)


def _overlap(granularity: str) -> timedelta:
    return OVERLAP if granularity == GRANULARITY else timedelta(days=1)


def judge(
    page: HarvestedPage, window: Window, *, set_spec: str
) -> tuple[list[HarvestedItem], list[Finding]]:
    """Returns the records of a page to keep, and what its list gets wrong as a list."""
    kept, findings = list(page.items), list(page.findings)
    if set_spec:
        kept, ignored = _within(kept, window, set_spec)
        findings += ignored
    findings += _before(page, window)
    return kept, findings


def _within(
    items: list[HarvestedItem], window: Window, set_spec: str
) -> tuple[list[HarvestedItem], list[Finding]]:
    """Returns the items in the set, and a finding for each outside it.

    Where the first page names the set nowhere, headers say nothing reliable, and all are kept.
    """
    outside = [item for item in items if not _is_within(item, set_spec)]
    if window.pages == 0 and items and len(outside) == len(items):
        window.are_sets_listed = False
    if not window.are_sets_listed:
        return items, []
    findings = [
        Finding(
            Defect.SET_IGNORED,
            f"it is in {', '.join(item.sets)}, not in {set_spec} that was asked for",
            item.identifier,
        )
        for item in outside
    ]
    return [item for item in items if _is_within(item, set_spec)], findings


def _is_within(item: HarvestedItem, set_spec: str) -> bool:
    """Tells whether a header allows a record in a set; one that names no sets allows any."""
    above = f"{set_spec}:"
    return not item.sets or any(spec == set_spec or spec.startswith(above) for spec in item.sets)


def _before(page: HarvestedPage, window: Window) -> list[Finding]:
    since = window.pass_since
    if not since:
        return []
    early = [item for item in page.items if item.moment and datestamp_text(item.moment) < since]
    return [
        Finding(
            Defect.WINDOW_IGNORED,
            f"its datestamp is {item.datestamp}, asked was from {since}",
            item.identifier,
        )
        for item in early[:1]
    ]
