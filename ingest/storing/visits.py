"""Finds or makes the proposal, the instrument and the visit that a file belongs to.

Finding comes first and writes nothing, so that a file can still be refused; making comes second.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache, reduce
from itertools import count
from operator import or_

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.text import slugify

from catalogue.models import Facility, Instrument, Investigation, Proposal
from catalogue.policy.proposals import UnknownProposals
from ingest.placement import Placement, fitting_proposals
from ingest.record import ExtractedRecord
from ingest.rules.loading import unknown_proposals_of
from ingest.storing.refusal import ambiguous_proposal, unknown_proposal

LONGEST_SLUG = 50
LONGEST_NAME = 200
TRAILING_NUMBER = re.compile(r"[0-9]+$")


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a file belongs; None is what the catalogue does not have yet.

    instrument_names: as the file spells them, empty where it names none.
    """

    placement: Placement
    instrument_names: tuple[str, ...]
    proposal: Proposal | None
    instrument: Instrument | None
    investigation: Investigation | None

    @property
    def named_visit(self) -> str:
        """What file and job name, to tell whether they still name the same."""
        placement = self.placement
        names = (placement.proposal_code, str(placement.visit_number), *self.instrument_names)
        return " / ".join(names)[:500]


class Visits:
    """The proposals, instruments and visits of one facility, each looked up once in a batch."""

    def __init__(
        self,
        facility: Facility,
        placements: Iterable[Placement] = (),
        *,
        also: Collection[int] = (),
    ) -> None:
        """Locks the visits that placements name exactly, and also those with the given numbers."""
        self.facility = facility
        self._takes_unknown = unknown_proposals_of(facility) is UnknownProposals.PLACEHOLDER
        self._proposals: dict[str, Proposal | None] = {}
        self._visits: dict[tuple[int, int], list[Investigation]] = {}
        self._look_up(list(placements), also)
        instruments = list(facility.instruments.all())
        self._slugs = {row.slug for row in instruments}
        self._instruments = _by_any_name(instruments)

    def _look_up(self, placements: list[Placement], also: Collection[int]) -> None:
        """Finds the proposals and visits that a batch names exactly, by one query each."""
        codes = {placement.proposal_code for placement in placements}
        rows_by_code = {row.code: row for row in self.facility.proposals.filter(code__in=codes)}
        self._proposals = {**rows_by_code}
        named = {
            (rows_by_code[each.proposal_code].pk, each.visit_number)
            for each in placements
            if each.proposal_code in rows_by_code
        }
        self._visits = {key: [] for key in sorted(named)}
        among = Q(
            proposal__in={proposal for proposal, _ in named},
            visit_number__in={number for _, number in named},
        )
        rows = Investigation.objects.locked().filter(among | Q(pk__in=also)).order_by("pk")
        for row in rows if named or also else ():
            if (row.proposal_id, row.visit_number) in self._visits:
                self._visits[row.proposal_id, row.visit_number].append(row)

    def find(self, record: ExtractedRecord, placement: Placement) -> Spot:
        """Returns what the catalogue has of a file's place; its visit is locked from here on.

        Raises:
            RefusedFile: the proposal's number fits several proposals, or none, and the facility
                wants no placeholders.
        """
        names = tuple(_instrument_names(record))
        instrument = self.find_instrument(record)
        proposal = self._find_proposal(record, placement.proposal_code)
        if proposal is None and not self._takes_unknown:
            raise unknown_proposal(record, placement.proposal_code)
        visits = self._visits_of(proposal, placement.visit_number) if proposal else []
        investigation = _choose(visits, instrument, is_named=bool(names))
        return Spot(placement, names, proposal, instrument, investigation)

    def find_instrument(self, record: ExtractedRecord) -> Instrument | None:
        """Returns the instrument that a file names, by whichever of its names."""
        known = (self._instruments.get(_key(name)) for name in _instrument_names(record))
        return next((row for row in known if row is not None), None)

    def _find_proposal(self, record: ExtractedRecord, code: str) -> Proposal | None:
        if code not in self._proposals:
            rows = {row.code: row for row in similar_proposals(self.facility, [code])}
            fits = fitting_proposals(code, rows)
            if len(fits) > 1:
                raise ambiguous_proposal(record, code, fits)
            self._proposals[code] = rows[fits[0]] if fits else None
        return self._proposals[code]

    def _visits_of(self, proposal: Proposal, number: int) -> list[Investigation]:
        """Returns a visit's rows, one an instrument, locked until the batch is committed.

        Nobody can then open or withdraw a visit between the look at its state and the commit.
        """
        key = (proposal.pk, number)
        if key not in self._visits:
            rows = Investigation.objects.locked().filter(proposal=proposal, visit_number=number)
            self._visits[key] = list(rows.order_by("pk"))
        return self._visits[key]

    def make(self, spot: Spot) -> tuple[Investigation, Instrument | None]:
        """Returns a file's visit and instrument, made where the catalogue does not have them."""
        instrument = self.make_instrument(spot)
        investigation = spot.investigation
        if investigation is None:
            proposal = spot.proposal or self._make_proposal(spot.placement.proposal_code)
            investigation = self._make_visit(proposal, spot.placement.visit_number, instrument)
        elif investigation.instrument is None and instrument is not None:
            investigation.instrument = instrument
            investigation.save(update_fields=["instrument", "modified_at"])
        return investigation, instrument

    def make_instrument(self, spot: Spot) -> Instrument | None:
        """Returns a file's instrument, made where the catalogue does not have it."""
        names = spot.instrument_names
        if spot.instrument is not None or not names:
            return spot.instrument
        short = min(names, key=len)
        slug = next(each for each in _slugs(short) if each not in self._slugs)
        row = Instrument.objects.create(
            facility=self.facility,
            slug=slug,
            name=short,
            long_name=max(names, key=len),
            is_placeholder=True,
        )
        self._slugs.add(slug)
        self._instruments |= {_key(name): row for name in names}
        return row

    def _make_proposal(self, code: str) -> Proposal:
        """Returns a placeholder under the present policy, until its day of acceptance is known."""
        usual = self.facility.default_embargo_policy
        proposal = Proposal.objects.create(
            facility=self.facility,
            code=code,
            embargo_policy=usual.version_on(timezone.localdate()) if usual else None,
            is_placeholder=True,
        )
        # What was looked up in vain before may be another spelling of it.
        found = {known: row for known, row in self._proposals.items() if row is not None}
        self._proposals = {**found, code: proposal}
        return proposal

    def _make_visit(
        self, proposal: Proposal, number: int, instrument: Instrument | None
    ) -> Investigation:
        """Returns a new visit, a placeholder where the user office named none."""
        visits = self._visits_of(proposal, number)
        row = Investigation.objects.create(
            proposal=proposal,
            visit_number=number,
            instrument=instrument,
            title=proposal.title,
            abstract=proposal.abstract,
        )
        visits.append(row)
        return row


def similar_proposals(facility: Facility, codes: Iterable[str]) -> QuerySet[Proposal]:
    """Returns a facility's proposals that end as one of the codes does: RB10045 for 10045."""
    ends = (number.group() if (number := TRAILING_NUMBER.search(code)) else code for code in codes)
    alike = reduce(or_, (Q(code__iendswith=end) for end in ends), Q(pk__in=[]))
    return facility.proposals.filter(alike)


def _choose(
    visits: list[Investigation], instrument: Instrument | None, *, is_named: bool
) -> Investigation | None:
    """Returns the row of a visit that a file goes to; None where it needs a new one.

    A file that names no instrument belongs to the only row there is, and an only row without an
    instrument takes a file that names one: else the team would look for its data in the wrong half.
    """
    wanted = instrument.pk if instrument else None
    is_known = instrument is not None or not is_named
    exact = [row for row in visits if is_known and row.instrument_id == wanted]
    loose = visits if len(visits) == 1 and (not is_named or not visits[0].instrument_id) else []
    return next(iter([*exact, *loose]), None)


def _instrument_names(record: ExtractedRecord) -> Iterator[str]:
    for field in (record.instrument_name, record.instrument_short_name):
        if field is not None and _key(field.value):
            yield field.value[:LONGEST_NAME]


@lru_cache(maxsize=4096)
def _key(name: str) -> str:
    return slugify(name[:LONGEST_NAME])


def _by_any_name(rows: Iterable[Instrument]) -> dict[str, Instrument]:
    """Returns instruments by their slugs, then names, then long names.

    What several share at one of these ranks means none of them, and nobody at a lower rank.
    """
    instruments = list(rows)
    found: dict[str, Instrument | None] = {}
    for rank in ("slug", "name", "long_name"):
        sharing: dict[str, list[Instrument]] = {}
        for row in instruments:
            sharing.setdefault(_key(getattr(row, rank)), []).append(row)
        alone = {name: each[0] if len(each) == 1 else None for name, each in sharing.items()}
        found = alone | found
    return {name: row for name, row in found.items() if name and row is not None}


def _slugs(name: str) -> Iterator[str]:
    """Yields `loki`, `loki-2`, `loki-3`, … without end, none longer than the column."""
    slug = slugify(name)
    yield slug[:LONGEST_SLUG]
    for number in count(2):
        end = f"-{number}"
        yield slug[: LONGEST_SLUG - len(end)] + end
