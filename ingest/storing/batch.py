"""The rows of one batch of files, gathered first and then written kind by kind."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import PurePath
from zoneinfo import ZoneInfo

from django.db.models import Model

from catalogue.models import Datafile, Dataset, Facility, Instrument, Investigation, Sample
from catalogue.policy.embargo import ReleaseState
from ingest.judge import Judged
from ingest.placement import Placement, is_same_proposal
from ingest.record import ExtractedRecord, ExtractedSample, Problem, ReadResult
from ingest.rules.loading import technique_rules_of
from ingest.rules.naming import telling_part
from ingest.rules.techniques import choose_techniques, only_technique
from ingest.storing.bulk import insert_rows, reserve_keys, write_models
from ingest.storing.description import describe
from ingest.storing.known import KnownFiles, investigations_of
from ingest.storing.lineage import Lineage
from ingest.storing.names import FreeNames
from ingest.storing.parameters import Parameters
from ingest.storing.refusal import contradicts_a_person, day_of, refuse_late, refuse_to_move
from ingest.storing.rows import LONGEST_SAMPLE_NAME, Rows
from ingest.storing.team import Teams
from ingest.storing.visits import Spot, Visits

_DATASET_VALUES = (
    "investigation",
    "instrument",
    "sample",
    "name",
    "title",
    "kind",
    "program",
    "description",
    "definition",
    "run_number",
    "start",
    "end",
    "default_plot",
    "sources",
    "named_visit",
    "file_count",
    "size_bytes",
    "modified_at",
)
# A dataset, and the primary keys of what it is linked to.
Links = tuple[Dataset, list[int]]
_DATAFILE_VALUES = ("name", "size_bytes", "modified", "sha256", "vanished_at")


class Batch:
    """Datasets and all that belongs to them, for a few hundred files of one facility at a time.

    A file that is known by its path, or by its checksum where it has moved, updates its dataset, so
    that doing the same again changes nothing. What people entered by hand stays.
    """

    def __init__(self, facility: Facility, judged: Sequence[Judged], *, spool: str = "") -> None:
        admitted = [one for one in judged if one.record and one.placement]
        self._zone = ZoneInfo(facility.time_zone)
        results = [one.result for one in admitted]
        # Locked first and looked up second, so that no edit comes between.
        placements = [one.placement for one in admitted if one.placement]
        self._visits = Visits(facility, placements, also=investigations_of(results))
        self._known = KnownFiles(facility, results)
        self._teams = Teams()
        self._spool = spool
        self._technique_rules = technique_rules_of(facility)
        self._rows = Rows(sample_names=_sample_names(admitted))
        self._parameters = Parameters(self._rows)
        self._lineage = Lineage()
        self._free_names = FreeNames([one.result.stamp.path for one in admitted])
        self._new: list[Dataset] = []
        self._changed: list[Dataset] = []
        self._moved: list[int] = []
        self._files: list[tuple[Datafile | None, ReadResult, Dataset]] = []
        self._techniques: list[Links] = []
        self._further_samples: list[Links] = []
        self.investigation_ids: set[int] = set()

    def add(
        self, result: ReadResult, record: ExtractedRecord, placement: Placement
    ) -> tuple[Problem, ...]:
        """Gathers the rows of one file and returns warnings that only the catalogue can give.

        Raises:
            RefusedFile: the catalogue cannot take it; nothing has been written for it.
        """
        spot = self._visits.find(record, placement)
        known = self._known.find(result, spot)
        stays = known is not None and _stays(known.dataset, record, spot)
        here = known.dataset.investigation if known is not None and stays else None
        self._admit(result, record, here or spot.investigation, known)
        if here is not None:
            investigation, instrument = here, self._visits.make_instrument(spot)
        else:
            investigation, instrument = self._visits.make(spot)
        warnings = self._teams.add(investigation, record)
        if known is not None:
            self._known.take(known, result.stamp.path)
        dataset = self._dataset(result, known, investigation)
        dataset.named_visit = spot.named_visit
        warnings = (*warnings, *describe(dataset, record))
        said = telling_part(result.stamp.path, spool=self._spool)
        self._fill_in(dataset, record, instrument, path=said)
        self._lineage.add(dataset, record)
        self._files.append((known, result, dataset))
        return warnings

    def _admit(
        self,
        result: ReadResult,
        record: ExtractedRecord,
        investigation: Investigation | None,
        known: Datafile | None,
    ) -> None:
        """What a dataset holds now is as new to its visit as what a new file holds.

        Raises:
            RefusedFile: it would be public at once, or leave what has been published.
        """
        moves = known is not None and (
            investigation is None or known.dataset.investigation_id != investigation.pk
        )
        if known is not None and moves and known.dataset.publications.exists():
            raise refuse_to_move(record, known.dataset.investigation)
        is_new = known is None or moves
        is_changed = not is_new and not (known and known.sha256 == result.sha256 != "")
        if investigation is not None and (
            is_new or (is_changed and investigation.state is ReleaseState.OPEN)
        ):
            day = day_of(record, result.stamp, zone=self._zone)
            refuse_late(record, investigation, day=day, zone=self._zone)

    def _dataset(
        self, result: ReadResult, known: Datafile | None, investigation: Investigation
    ) -> Dataset:
        dataset = known.dataset if known else Dataset()
        (self._changed if known else self._new).append(dataset)
        if dataset.investigation_id not in (None, investigation.pk):
            self.investigation_ids.add(dataset.investigation_id)
            self._moved.append(dataset.pk)
        is_moved = dataset.investigation_id != investigation.pk
        if is_moved and not (
            dataset.is_by_hand("name") and self._free_names.is_free(investigation, dataset.name)
        ):
            dataset.name = self._free_names.take(investigation, result.stamp.path)
        dataset.investigation = investigation
        self.investigation_ids.add(investigation.pk)
        dataset.file_count, dataset.size_bytes = 1, result.stamp.size_bytes
        return dataset

    def _fill_in(
        self,
        dataset: Dataset,
        record: ExtractedRecord,
        instrument: Instrument | None,
        *,
        path: str,
    ) -> None:
        if not dataset.is_by_hand("instrument"):
            dataset.instrument = instrument
        samples = self._add_samples(dataset, record)
        if not dataset.is_by_hand("techniques"):
            self._add_techniques(dataset, record, path)
        self._parameters.add(dataset, samples, record.parameters)

    def _add_samples(self, dataset: Dataset, record: ExtractedRecord) -> dict[str, Sample]:
        """Gives a dataset the samples of its file: the first as its own, the others beside it.

        Returns them by their groups in the file, the dataset's own first.
        """
        found = {}
        if not dataset.is_by_hand("sample"):
            dataset.sample = self._sample(dataset, record.samples[0]) if record.samples else None
        if record.samples and dataset.sample is not None:
            found[record.samples[0].group] = dataset.sample
        if not dataset.is_by_hand("further_samples"):
            further = {each.group: self._sample(dataset, each) for each in record.samples[1:]}
            found |= further
            pks = {row.pk for row in further.values()} - {dataset.sample_id}
            self._further_samples.append((dataset, sorted(pks)))
        return found

    def _sample(self, dataset: Dataset, extracted: ExtractedSample) -> Sample:
        return self._rows.sample(dataset.investigation, extracted)

    def _add_techniques(self, dataset: Dataset, record: ExtractedRecord, path: str) -> None:
        """The instrument is asked last: only one that does a single thing tells the technique."""
        instrument = dataset.instrument
        chosen = choose_techniques(
            record, self._technique_rules, path=path, instrument_id=dataset.instrument_id
        )
        if chosen is None and instrument is not None:
            offered = [row.code for row in self._rows.techniques_of(instrument)]
            chosen = only_technique(offered, instrument.name)
        found = self._rows.techniques(chosen.value) if chosen else []
        if chosen is not None:
            dataset.sources["techniques"] = chosen.source
        self._techniques.append((dataset, [row.pk for row in found]))

    def write(self) -> dict[str, Datafile]:
        """Writes everything that was gathered, and returns the files by path.

        What belongs to a new dataset comes before it, which foreign keys permit until the commit:
        the dataset's words for the search are then gathered once, with all of it there.
        """
        for dataset, key in zip(self._new, reserve_keys(Dataset, len(self._new)), strict=True):
            dataset.pk = key
        self._write_links(Dataset.techniques.through, "technique", self._techniques)
        self._write_links(Dataset.further_samples.through, "sample", self._further_samples)
        self._parameters.write(changed=self._changed)
        write_models(self._new)
        self._known.write_moves()
        write_models(self._changed, by="id", values=_DATASET_VALUES)
        # An early release was granted for the visit it leaves. Only these are written: what was
        # read of the others may be older than a release or a withdrawal.
        Dataset.objects.filter(pk__in=self._moved).update(released_early_on=None)
        files = [_datafile(*each) for each in self._files]
        write_models(files, by="path", values=_DATAFILE_VALUES)
        self._lineage.write(changed=self._changed, moved=self._moved, files=files)
        return {row.path: row for row in files}

    def _write_links(self, through: type[Model], column: str, links: Sequence[Links]) -> None:
        """Writes what datasets are linked to in place of what they were linked to before."""
        changed = {dataset.pk for dataset in self._changed}
        known = [dataset.pk for dataset, _ in links if dataset.pk in changed]
        if known:
            through._default_manager.filter(dataset__in=known).delete()
        rows = [(dataset.pk, each) for dataset, found in links for each in found]
        insert_rows(through, ("dataset", column), rows)


def _stays(dataset: Dataset, record: ExtractedRecord, spot: Spot) -> bool:
    """Tells whether a dataset stays where it is: where file and job name what they named before.

    Whoever has corrected its visit since, or put it into another one, has done so for good.

    Raises:
        RefusedFile: a person has put it there, and now another proposal is named: nobody has seen
            what the file holds now.
    """
    if dataset.named_visit == spot.named_visit:
        return True
    if not dataset.is_by_hand("investigation"):
        return False
    investigation = dataset.investigation
    if not is_same_proposal(spot.placement.proposal_code, investigation.proposal.code):
        raise contradicts_a_person(record, spot.placement.proposal_code, investigation)
    return True


def _sample_names(judged: Iterable[Judged]) -> set[str]:
    records = (one.record for one in judged if one.record)
    return {each.name[:LONGEST_SAMPLE_NAME] for record in records for each in record.samples}


def _datafile(known: Datafile | None, result: ReadResult, dataset: Dataset) -> Datafile:
    stamp = result.stamp
    row = known or Datafile(path=stamp.path)
    row.dataset = dataset
    row.name = PurePath(stamp.path).name[:300]
    row.size_bytes = stamp.size_bytes
    row.modified = datetime.fromtimestamp(stamp.mtime_ns / 1e9, UTC)
    row.sha256 = result.sha256
    row.vanished_at = None
    return row
