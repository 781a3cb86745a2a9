"""What a plain ingest does: the same reading and judging, then every row saved by itself."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import PurePath

from django.db import transaction
from django.utils.text import slugify

from catalogue.models import (
    Datafile,
    Dataset,
    DatasetParameter,
    Instrument,
    Investigation,
    ParameterType,
    Proposal,
    Sample,
    Technique,
)
from catalogue.publication.schedule import refresh
from catalogue.vocabulary.units import to_si
from ingest.judge import Job, Judged, judge
from ingest.models import IngestRun, Outcome
from ingest.record import ExtractedParameter, ExtractedRecord, FileStamp
from ingest.rules.techniques import choose_techniques
from ingest.sandbox.pool import read_files


def ingest_row_by_row(stamps: Iterable[FileStamp], job: Job, workers: int) -> None:
    """Stores one file a transaction and one row a statement."""
    zone = job.facility.time_zone
    for result in read_files(stamps, time_zone=zone, workers=workers):
        judged = judge(result, job, ())
        if judged.record is not None and judged.placement is not None:
            with transaction.atomic():
                _store(judged, judged.record, job)


def _store(judged: Judged, record: ExtractedRecord, job: Job) -> None:
    stamp, placement = judged.result.stamp, judged.placement
    assert placement is not None
    proposal, _ = Proposal.objects.get_or_create(
        facility=job.facility,
        code=placement.proposal_code,
        defaults={"embargo_policy": job.facility.default_embargo_policy},
    )
    name = record.instrument_name.value if record.instrument_name else "unknown"
    instrument, _ = Instrument.objects.get_or_create(
        facility=job.facility, slug=slugify(name)[:50], defaults={"name": name[:200]}
    )
    investigation, _ = Investigation.objects.get_or_create(
        proposal=proposal, visit_number=placement.visit_number, instrument=instrument
    )
    sample = None
    if record.samples:
        sample, _ = Sample.objects.get_or_create(
            investigation=investigation, name=record.samples[0].name[:300]
        )
    dataset, _ = Dataset.objects.update_or_create(
        investigation=investigation,
        name=stamp.path[-300:],
        defaults={
            "instrument": instrument,
            "sample": sample,
            "title": record.title.value[:1000] if record.title else "",
            "definition": record.definition.value[:100] if record.definition else "",
            "run_number": record.run_number.value[:100] if record.run_number else "",
            "start": record.start.value if record.start else None,
            "end": record.end.value if record.end else None,
            "file_count": 1,
            "size_bytes": stamp.size_bytes,
        },
    )
    chosen = choose_techniques(record, (), path=stamp.path, instrument_id=instrument.pk)
    dataset.techniques.set(Technique.objects.filter(code__in=chosen.value if chosen else ()))
    for parameter in record.parameters:
        _save_parameter(dataset, parameter)
    datafile, _ = Datafile.objects.update_or_create(
        path=stamp.path,
        defaults={
            "dataset": dataset,
            "name": PurePath(stamp.path).name,
            "size_bytes": stamp.size_bytes,
            "modified": datetime.fromtimestamp(stamp.mtime_ns / 1e9, UTC),
            "sha256": judged.result.sha256,
        },
    )
    IngestRun.objects.update_or_create(
        path=stamp.path,
        defaults={
            "facility": job.facility,
            "size_bytes": stamp.size_bytes,
            "mtime_ns": stamp.mtime_ns,
            "outcome": Outcome.STORED,
            "datafile": datafile,
            "finished_at": job.now,
        },
    )
    refresh([investigation.pk], now=job.now)


def _save_parameter(dataset: Dataset, parameter: ExtractedParameter) -> None:
    kind, _ = ParameterType.objects.get_or_create(
        name=parameter.name, defaults={"label": parameter.name}
    )
    is_number = isinstance(parameter.value, float)
    quantity = to_si(parameter.value, parameter.unit) if is_number else None
    DatasetParameter.objects.update_or_create(
        dataset=dataset,
        type=kind,
        source=parameter.source[:500],
        defaults={
            "number": parameter.value if is_number else None,
            "text": "" if is_number else str(parameter.value),
            "unit": parameter.unit[:50],
            "si_value": quantity.value if quantity else None,
        },
    )
