"""What would become of files with given paths, under a facility's rules; nothing is written."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from catalogue.models import Facility, Instrument, Proposal
from catalogue.policy.proposals import UnknownProposals
from catalogue.vocabulary.panet import terms
from ingest.nexus import fields
from ingest.nexus.extract import split_visit
from ingest.nexus.search import find_in_names
from ingest.placement import FROM_JOB, Placement, complete, fitting_proposals, place
from ingest.record import ExtractedParameter, ExtractedRecord, Problem, Sourced
from ingest.rules.loading import unknown_proposals_of
from ingest.rules.naming import FROM_NAME, PathPattern, read_path
from ingest.rules.techniques import TechniquePattern, Techniques, choose_techniques, only_technique
from ingest.storing.refusal import ambiguous_proposal, unknown_proposal
from ingest.storing.rows import Rows
from ingest.storing.visits import Visits, similar_proposals

# Fields of a record in the words of the page.
LABELS = {
    "proposal": "Proposal",
    "visit": "Visit",
    "instrument_name": "Instrument",
    "run_number": "Run",
}


@dataclass(frozen=True, slots=True)
class Told:
    """What the job and the files say in a try; '' where they say nothing."""

    job_proposal: str = ""
    proposal: str = ""
    instrument: str = ""
    definition: str = ""
    probe: str = ""
    title: str = ""
    method: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One value that a file would have, and where it would come from."""

    label: str
    value: str
    source: str


@dataclass(frozen=True, slots=True)
class Trial:
    """What would become of one file; `problem` is None where it would be stored.

    proposal: the one it would go to, None where a placeholder would be made.
    """

    path: str
    findings: tuple[Finding, ...]
    placement: Placement | None
    problem: Problem | None
    proposal: Proposal | None

    @property
    def reason(self) -> str:
        """Returns why it would be quarantined, without the file's name before it."""
        name = PurePosixPath(self.path).name
        return self.problem.message.removeprefix(f"{name}: ") if self.problem else ""


def try_paths(
    paths: Sequence[str],
    facility: Facility,
    path_rules: Sequence[PathPattern],
    technique_rules: Sequence[TechniquePattern],
    told: Told,
) -> list[Trial]:
    """Returns what would become of each path, in as many queries for a hundred as for one."""
    placed = [_place(path, path_rules, told) for path in paths]
    codes = {place.proposal_code for _, _, place in placed if isinstance(place, Placement)}
    known = {row.code: row for row in similar_proposals(facility, codes)}
    takes_unknown = unknown_proposals_of(facility) is UnknownProposals.PLACEHOLDER
    finder = _Finder(facility, technique_rules)
    trials = []
    for path, record, placement in placed:
        proposal, problem = _look_up(record, placement, known, takes_unknown=takes_unknown)
        where = placement if isinstance(placement, Placement) else None
        trials.append(Trial(path, tuple(finder.find(record, path)), where, problem, proposal))
    return trials


def _place(
    path: str, rules: Iterable[PathPattern], told: Told
) -> tuple[str, ExtractedRecord, Placement | Problem]:
    record, claims = _record(path, told), read_path(path, rules)
    placement = place(record, job_proposal=told.job_proposal, claims=claims)
    return path, complete(record, claims, job_proposal=told.job_proposal), placement


def _record(path: str, told: Told) -> ExtractedRecord:
    """Returns the record that extraction would bring of a file that says just this."""
    names = (Sourced(path, FROM_NAME),)
    proposal, visit = split_visit(
        _said(told.proposal, "experiment_identifier") or find_in_names(names, fields.PROPOSAL)
    )
    method = ExtractedParameter("experimental_method", told.method, "", "/NXentry/method")
    return ExtractedRecord(
        file_name=PurePosixPath(path).name,
        entry_path="/NXentry",
        entry_count=1,
        title=_said(told.title, "title"),
        definition=_said(told.definition, "definition"),
        proposal=proposal,
        visit=visit,
        run_number=find_in_names(names, fields.RUN_NUMBER),
        instrument_name=_said(told.instrument, "NXinstrument/name")
        or find_in_names(names, fields.INSTRUMENT),
        probe=_said(told.probe, "NXinstrument/NXsource/probe"),
        parameters=(method,) if told.method else (),
    )


def _said(text: str, field: str) -> Sourced[str] | None:
    return Sourced(text, f"/NXentry/{field}") if text else None


def _look_up(
    record: ExtractedRecord,
    placement: Placement | Problem,
    known: dict[str, Proposal],
    *,
    takes_unknown: bool,
) -> tuple[Proposal | None, Problem | None]:
    if isinstance(placement, Problem):
        return None, placement
    code = placement.proposal_code
    fits = fitting_proposals(code, known)
    if len(fits) > 1:
        return None, ambiguous_proposal(record, code, fits).problem
    if not fits:
        return None, None if takes_unknown else unknown_proposal(record, code).problem
    return known[fits[0]], None


def _in_words(source: str) -> str:
    words = {FROM_NAME: "built-in pattern", FROM_JOB: "the job"}
    return words.get(source, source.removeprefix(f"{FROM_NAME}, "))


class _Finder:
    """Lists what a file would have; it finds instruments and techniques as a batch does."""

    def __init__(self, facility: Facility, rules: Sequence[TechniquePattern]) -> None:
        self._visits, self._rows, self._rules = Visits(facility), Rows(), rules

    def find(self, record: ExtractedRecord, path: str) -> Iterator[Finding]:
        instrument = self._visits.find_instrument(record)
        for name, label in LABELS.items():
            found: Sourced[str] | None = getattr(record, name)
            if found is not None:
                is_new = name == "instrument_name" and instrument is None
                source = _in_words(found.source) + (", new to the catalogue" if is_new else "")
                yield Finding(label, found.value, source)
        for sample in record.samples:
            yield Finding("Sample", sample.name, _in_words(sample.source))
        chosen = self._choose(record, path, instrument)
        for code in chosen.value if chosen else ():
            label = f"{terms()[code].label} ({code})" if code in terms() else code
            yield Finding("Technique", label, chosen.source if chosen else "")

    def _choose(
        self, record: ExtractedRecord, path: str, instrument: Instrument | None
    ) -> Techniques | None:
        primary_key = instrument.pk if instrument else None
        chosen = choose_techniques(record, self._rules, path=path, instrument_id=primary_key)
        if chosen is not None or instrument is None:
            return chosen
        offered = [row.code for row in self._rows.techniques_of(instrument)]
        return only_technique(offered, instrument.name)
