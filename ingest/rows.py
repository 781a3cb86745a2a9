"""Finds or makes the rows a dataset hangs on: proposals, visits, instruments, people, samples.

A `Rows` lives for one batch. It remembers what it has looked up, so that two hundred files of one
visit cost the same few queries as one file.
"""

from collections.abc import Iterable

from django.utils.text import slugify

from catalogue.models import (
    Affiliation,
    Facility,
    Instrument,
    Investigation,
    InvestigationUser,
    ParameterType,
    Person,
    Proposal,
    Sample,
    Technique,
)
from catalogue.vocabulary.roles import role_from_text
from ingest.placement import Placement, is_same_proposal
from ingest.record import ExtractedRecord, ExtractedSample, ExtractedUser


class Rows:
    """The rows around the datasets of one facility, each looked up once."""

    def __init__(self, facility: Facility) -> None:
        self.facility = facility
        self._proposals: dict[str, Proposal] = {}
        self._investigations: dict[tuple[int, int, int | None], Investigation] = {}
        self._samples: dict[tuple[int, str], Sample] = {}
        self._teams: dict[int, set[str]] = {}
        self._types: dict[str, ParameterType] = {}
        self._instruments = _by_any_name(facility.instruments.all())
        self._techniques: dict[str, Technique] | None = None
        self._instrument_techniques: dict[int, list[Technique]] = {}

    def instrument(self, record: ExtractedRecord) -> Instrument | None:
        """Returns the instrument a file names, made anew if the facility does not know it yet."""
        names = [
            field.value
            for field in (record.instrument_name, record.instrument_short_name)
            if field is not None and slugify(field.value)
        ]
        known = (self._instruments.get(slugify(name)) for name in names)
        found = next((row for row in known if row is not None), None)
        if found is None and names:
            found = self._new_instrument(names)
        return found

    def _new_instrument(self, names: list[str]) -> Instrument:
        short = min(names, key=len)
        row = Instrument.objects.create(
            facility=self.facility,
            slug=slugify(short)[:50],
            name=short[:200],
            long_name=max(names, key=len)[:300],
        )
        for name in names:
            self._instruments[slugify(name)] = row
        return row

    def investigation(self, placement: Placement, instrument: Instrument | None) -> Investigation:
        """Returns the visit a file belongs to, a placeholder where the user office named none."""
        proposal = self._proposal(placement.proposal_code)
        key = (proposal.pk, placement.visit_number, instrument.pk if instrument else None)
        if key not in self._investigations:
            self._investigations[key], _ = Investigation.objects.get_or_create(
                proposal=proposal,
                visit_number=placement.visit_number,
                instrument=instrument,
                defaults={"title": proposal.title, "abstract": proposal.abstract},
            )
        return self._investigations[key]

    def _proposal(self, code: str) -> Proposal:
        if code not in self._proposals:
            self._proposals[code] = self._known_proposal(code) or Proposal.objects.create(
                facility=self.facility,
                code=code,
                embargo_policy=self.facility.default_embargo_policy,
                is_placeholder=True,
            )
        return self._proposals[code]

    def _known_proposal(self, code: str) -> Proposal | None:
        similar = self.facility.proposals.filter(code__iendswith=code.lstrip("RBrb") or code)
        return next((row for row in similar if is_same_proposal(row.code, code)), None)

    def sample(self, investigation: Investigation, extracted: ExtractedSample) -> Sample:
        """Returns the investigation's sample of that name; what is known of it already stays."""
        name = extracted.name[:300]
        key = (investigation.pk, name)
        if key not in self._samples:
            self._samples[key], _ = Sample.objects.get_or_create(
                investigation=investigation,
                name=name,
                defaults={
                    "formula": extracted.formula[:200],
                    "description": extracted.description,
                },
            )
        return self._samples[key]

    def add_team(self, investigation: Investigation, users: Iterable[ExtractedUser]) -> None:
        """Adds the people a file names to a placeholder's team, and to no other.

        Membership opens embargoed data, so once the user office has confirmed a proposal, its team
        is the user office's alone.
        """
        if not investigation.proposal.is_placeholder:
            return
        if investigation.pk not in self._teams:
            self._teams[investigation.pk] = _names_of(investigation)
        known = self._teams[investigation.pk]
        for user in users:
            if user.orcid not in known and user.name not in known:
                self._add_member(investigation, user, order=len(known))
                known |= {user.orcid or user.name, user.name}

    def _add_member(self, investigation: Investigation, user: ExtractedUser, *, order: int) -> None:
        InvestigationUser.objects.get_or_create(
            investigation=investigation,
            person=_person(user),
            role=role_from_text(user.role),
            defaults={"affiliation": _affiliation(user.affiliation), "order": order},
        )

    def parameter_type(self, name: str, si_unit: str) -> ParameterType:
        """Returns the type of that name; the first unit it is met with settles its SI unit."""
        row = self._types.get(name)
        if row is None:
            row, _ = ParameterType.objects.get_or_create(
                name=name, defaults={"label": name.replace("_", " "), "si_unit": si_unit}
            )
            self._types[name] = row
        if si_unit and not row.si_unit:
            row.si_unit = si_unit
            row.save(update_fields=["si_unit"])
        return row

    def techniques_of(self, instrument: Instrument) -> list[Technique]:
        """Returns what an instrument is used for."""
        if instrument.pk not in self._instrument_techniques:
            self._instrument_techniques[instrument.pk] = list(instrument.techniques.all())
        return self._instrument_techniques[instrument.pk]

    def techniques(self, codes: Iterable[str]) -> list[Technique]:
        """Returns the PaNET terms of those codes; a code PaNET does not know is left out."""
        if self._techniques is None:
            self._techniques = {row.code: row for row in Technique.objects.all()}
        return [self._techniques[code] for code in codes if code in self._techniques]


def _by_any_name(rows: Iterable[Instrument]) -> dict[str, Instrument]:
    names = {slugify(name): row for row in rows for name in (row.long_name, row.name, row.slug)}
    return {name: row for name, row in names.items() if name}


def _names_of(investigation: Investigation) -> set[str]:
    people = Person.objects.filter(memberships__investigation=investigation)
    return {text for pair in people.values_list("orcid", "full_name") for text in pair if text}


def _person(user: ExtractedUser) -> Person:
    """Returns who is meant: known by ORCID, and otherwise someone of this investigation alone."""
    values = {"full_name": user.name[:200], "email": user.email[:254]}
    if user.orcid:
        return Person.objects.get_or_create(orcid=user.orcid, defaults=values)[0]
    return Person.objects.create(**values)


def _affiliation(name: str) -> Affiliation | None:
    if not name:
        return None
    return Affiliation.objects.get_or_create(name=name[:300], ror="")[0]
