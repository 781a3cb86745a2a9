"""Finds or makes what a dataset refers to: samples, parameter types, techniques.

A `Rows` lives for one batch. It remembers what it has looked up, so that two hundred files of one
visit cost the same few queries as one file.
"""

from collections.abc import Collection, Iterable

from django.db.models import Q

from catalogue.models import Instrument, Investigation, ParameterType, Sample, Technique
from ingest.record import ExtractedSample

LONGEST_SAMPLE_NAME = 300


class Rows:
    """The rows that datasets share, each looked up once."""

    def __init__(self, *, sample_names: Collection[str] = ()) -> None:
        self._sample_names = sample_names
        self._samples: dict[int, dict[str, Sample]] = {}
        self._types: dict[str, ParameterType] | None = None
        self._techniques: dict[str, Technique] = {}
        self._instrument_techniques: dict[int, list[Technique]] = {}

    def sample(self, investigation: Investigation, extracted: ExtractedSample) -> Sample:
        """Returns the investigation's sample that files call so.

        What is known of it stays, and what is not is filled in from the first file that says it.
        """
        samples = self._samples_of(investigation)
        name = extracted.name[:LONGEST_SAMPLE_NAME]
        if name not in samples:
            samples[name] = Sample(investigation=investigation, name=name)
        _complete(samples[name], extracted)
        return samples[name]

    def _samples_of(self, investigation: Investigation) -> dict[str, Sample]:
        """Returns the samples of this batch by the name in the files, which a person may change."""
        if investigation.pk not in self._samples:
            called = Q(name__in=self._sample_names) | Q(name_in_files__in=self._sample_names)
            rows = list(investigation.samples.filter(called))
            by_name = {row.name: row for row in rows}
            renamed = {row.name_in_files: row for row in rows if row.name_in_files}
            self._samples[investigation.pk] = {**by_name, **renamed}
        return self._samples[investigation.pk]

    def parameter_type(self, name: str, si_unit: str) -> ParameterType:
        """Returns the type of that name; the first unit it is met with settles its SI unit."""
        if self._types is None:
            self._types = {row.name: row for row in ParameterType.objects.all()}
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
        wanted = list(codes)
        if unknown := [code for code in wanted if code not in self._techniques]:
            rows = Technique.objects.filter(code__in=unknown)
            self._techniques |= {row.code: row for row in rows}
        return [self._techniques[code] for code in wanted if code in self._techniques]


def _complete(sample: Sample, extracted: ExtractedSample) -> None:
    """Stores a new sample, or what was empty in a known one and was not emptied by a person."""
    said = {"formula": extracted.formula[:200], "description": extracted.description}
    added = {
        name: text
        for name, text in said.items()
        if text and not getattr(sample, name) and not sample.is_by_hand(name)
    }
    is_new = sample.pk is None
    if added or is_new:
        for name, text in added.items():
            setattr(sample, name, text)
        sample.sources = {**sample.sources, **dict.fromkeys(added, extracted.group)}
        sample.save(update_fields=None if is_new else [*added, "sources", "modified_at"])
