"""What the catalogue has already of the files that are handed in."""

from collections.abc import Iterable, Sequence

from catalogue.models import Datafile, Dataset, Investigation
from ingest.models import IngestRun, Outcome
from ingest.models.door import BeamlineToken
from ingest.record import FileStamp


def of_others(paths: Iterable[str], token: BeamlineToken) -> set[str]:
    """Returns the paths that the catalogue has of another instrument or facility.

    Storing them for this one would take them away from there.
    """
    asked = list(paths)
    mine = (token.instrument_id, token.facility.pk)
    owners = {path: _owner(dataset) for path, dataset in datasets_by_path(asked).items()}
    for run in IngestRun.objects.filter(path__in=asked).only("path", "instrument", "facility"):
        owners.setdefault(run.path, (run.instrument_id, run.facility_id))
    return {
        path
        for path, (instrument, facility) in owners.items()
        if facility != mine[1] or instrument not in (None, mine[0])
    }


def datasets_by_path(paths: Iterable[str]) -> dict[str, Dataset]:
    """Returns the datasets of files, with what an answer says of all of them."""
    files = Datafile.objects.filter(path__in=list(paths)).select_related(
        "dataset__instrument", "dataset__investigation__proposal"
    )
    return {row.path: row.dataset for row in files}


def proposals_of(token: BeamlineToken) -> frozenset[int]:
    """Returns the proposals with a visit on a token's instrument: those it may be told of."""
    visits = Investigation.objects.filter(instrument=token.instrument_id)
    return frozenset(visits.order_by().values_list("proposal", flat=True).distinct())


def _owner(dataset: Dataset) -> tuple[int | None, int]:
    investigation = dataset.investigation
    instrument = dataset.instrument_id or investigation.instrument_id
    return instrument, investigation.proposal.facility_id


def stored_as_it_is(stamps: Sequence[FileStamp]) -> set[str]:
    """Returns the paths whose files are in the catalogue and have not changed since."""
    runs = IngestRun.objects.filter(
        path__in=[stamp.path for stamp in stamps], outcome=Outcome.STORED, datafile__isnull=False
    )
    known = set(runs.values_list("path", "size_bytes", "mtime_ns"))
    return {
        stamp.path for stamp in stamps if (stamp.path, stamp.size_bytes, stamp.mtime_ns) in known
    }
