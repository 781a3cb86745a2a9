"""Finds or makes what a dataset refers to: samples, parameter types, techniques.

A `Rows` lives for one batch. It remembers what it has looked up, so that two hundred files of one
visit cost the same few queries as one file.
"""

from collections.abc import Iterable

from catalogue.models import Instrument, Investigation, ParameterType, Sample, Technique
from ingest.record import ExtractedSample


class Rows:
    """The rows that datasets share, each looked up once."""

    def __init__(self) -> None:
        self._samples: dict[tuple[int, str], Sample] = {}
        self._types: dict[str, ParameterType] = {}
        self._techniques: dict[str, Technique] | None = None
        self._instrument_techniques: dict[int, list[Technique]] = {}

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
