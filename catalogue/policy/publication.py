"""What a record must have before it gets a DOI, and what an embargo takes away from it."""

from dataclasses import replace
from datetime import date

from catalogue.policy.embargo import MetadataVisibility, ReleaseState
from catalogue.record import Agent, Record


def publication_problems(record: Record, state: ReleaseState) -> list[str]:
    """Returns what stands in the way of a DOI, one sentence each; empty when it may be minted."""
    checks = [
        (state is ReleaseState.PROPRIETARY, "Its data are proprietary and are never published."),
        (state is ReleaseState.WITHDRAWN, "Its data have been withdrawn."),
        (not record.title.strip(), "It has no title: enter one for the investigation."),
        (not record.creators, "It has no creators: add the people of the experiment."),
        (not record.publisher.name, "Its facility has no publisher name: enter one."),
        (not record.dataset_count, "It has no datasets: ingest its files first."),
    ]
    return [sentence for fails, sentence in checks if fails]


def redacted(record: Record, visibility: MetadataVisibility, *, opens: date | None) -> Record:
    """Returns what may be said of a record while its data are closed.

    Files are never counted or sized under embargo. `minimal` keeps the title, the people, the
    instrument and the days; `with_data` keeps only that there is something, and when it opens.
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
    if visibility is MetadataVisibility.FULL:
        return closed
    minimal = replace(closed, abstract="", keywords=(), samples=(), techniques=(), funding=())
    if visibility is MetadataVisibility.MINIMAL:
        return minimal
    return replace(
        minimal,
        title=f"Data under embargo, {record.facility_name}, {record.publication_year}",
        creators=(Agent(record.facility_name, is_organisation=True),),
        contributors=(),
        instrument=None,
        proposal_code="",
        collected_from=None,
        collected_to=None,
        related=(),
        imported_document={},
    )


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
