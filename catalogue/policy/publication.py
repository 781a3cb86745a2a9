"""What a record must have before it gets a DOI, and what an embargo takes away from it."""

from dataclasses import replace
from datetime import date

from catalogue.policy.embargo import MetadataField, ReleaseState
from catalogue.record import Agent, Record
from catalogue.vocabulary.relations import VERSIONING


def publication_problems(
    record: Record, state: ReleaseState, *, needs_data: bool = True
) -> list[str]:
    """Returns what stands in the way of a DOI, one sentence each; empty when it may be minted.

    needs_data: False for the DOI of an experiment that is to come.
    """
    checks = [
        (not record.title.strip(), "It has no title: enter one for the investigation."),
        (not record.creators, "It has no creators: add the people of the experiment."),
        (not record.publisher.name, "Its facility has no publisher name: enter one."),
        (needs_data and not record.dataset_count, "It has no datasets: ingest its files first."),
    ]
    return [*state_problems(state), *(sentence for fails, sentence in checks if fails)]


def state_problems(state: ReleaseState) -> list[str]:
    """Returns why data of a state are never published."""
    never = {
        ReleaseState.PROPRIETARY: ["Its data are proprietary and are never published."],
        ReleaseState.WITHDRAWN: ["Its data have been withdrawn."],
    }
    return never.get(state, [])


def redacted(record: Record, shown: frozenset[MetadataField], *, opens: date | None) -> Record:
    """Returns what may be said of a record while its data are closed.

    shown: the fields that the policy lets the public be told (`disclosure.shown_fields`). Files are
    never counted or sized under embargo. With nothing shown it says only that there is something,
    and when it opens.
    """
    closed = replace(
        record,
        access="embargoed" if opens else "restricted",
        available=opens,
        size_bytes=None,
        file_count=None,
        dataset_count=None,
        run_numbers=(),
    )
    hidden = [name for name in MetadataField if name not in shown]
    if hidden:
        closed = replace(closed, imported_document={})
    for name in hidden:
        closed = _without(closed, name)
    return closed


def _without(record: Record, name: MetadataField) -> Record:
    """Returns a record that does not say a field, nor what would tell it."""
    match name:
        case MetadataField.TITLE:
            place = f"{record.facility_name}, {record.publication_year}"
            versions = tuple(one for one in record.related if one.relation_type in VERSIONING)
            return replace(record, title=f"Data under embargo, {place}", related=versions)
        case MetadataField.PEOPLE:
            facility = Agent(record.facility_name, is_organisation=True)
            return replace(record, creators=(facility,), contributors=())
        case MetadataField.ABSTRACT:
            return replace(record, abstract="", funding=())
        case MetadataField.KEYWORDS:
            return replace(record, keywords=())
        case MetadataField.INSTRUMENT:
            return replace(record, instrument=None)
        case MetadataField.DATES:
            return replace(record, collected_from=None, collected_to=None)
        case MetadataField.PROPOSAL:
            return replace(record, proposal_code="")
        case MetadataField.SAMPLES:
            return replace(record, samples=())
        case MetadataField.TECHNIQUES:
            return replace(record, techniques=())


def tombstone(record: Record) -> Record:
    """Returns what stays of a record that was withdrawn: how it was cited, and that it is gone.

    What describes the data themselves goes with them; rows may have changed since.
    """
    return replace(
        record,
        access="metadata_only",
        available=None,
        abstract="",
        keywords=(),
        samples=(),
        techniques=(),
        run_numbers=(),
        size_bytes=None,
        file_count=None,
        dataset_count=None,
    )
