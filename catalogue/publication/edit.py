"""What has to follow when a data manager edits or deletes rows by hand."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from catalogue import audit
from catalogue.models import Dataset, DatasetInput, Investigation, Sample
from catalogue.models.base import BY_HAND, Described
from catalogue.policy.events import Action, ActorRole, Event
from catalogue.publication.act import Act
from catalogue.publication.schedule import refresh
from catalogue.publication.transition import carry_out
from catalogue.publication.upkeep import rewrite_records


def edit_investigation(investigation_id: int, changes: dict[str, Any], *, act: Act) -> None:
    """Writes the columns that were edited, and what follows from them for the public records.

    The row is read again under its lock, so that a release or a withdrawal that happened since the
    form was opened stands. A release date that a person sets is an event of the ledger.

    Raises:
        RefusedError: the data are proprietary and have been given a release date.
    """
    with transaction.atomic():
        investigation = Investigation.objects.locked().get(pk=investigation_id)
        columns = {name: value for name, value in changes.items() if name != "release_date"}
        for name, value in columns.items():
            setattr(investigation, name, value)
        investigation.save(update_fields=[*columns, "modified_at"])
        day = changes.get("release_date", investigation.release_date)
        if day != investigation.release_date:
            event = Event(Action.SET_DAY, ActorRole.DATA_MANAGER, act.reason, day=day)
            carry_out(investigation, event, act=act)
        rewrite_records(investigation, now=act.now)


def confirm_team(investigation_id: int) -> None:
    """Says that a person has settled who took part; ingest adds nobody from here on."""
    Investigation.objects.filter(pk=investigation_id).update(is_team_confirmed=True)


def edit_dataset(dataset_id: int, changes: dict[str, Any], *, act: Act) -> None:
    """Writes the columns of a dataset that were edited, and marks them as a person's.

    Ingest leaves such values alone when the file changes. A dataset that moves to another
    investigation is under that one's embargo from then on: an early release was for the old one.
    """
    with transaction.atomic():
        target = changes.get("investigation")
        dataset, affected = _lock_dataset(dataset_id, *([target.pk] if target else []))
        before = {name: str(getattr(dataset, name)) for name in changes}
        for name, value in changes.items():
            setattr(dataset, name, value)
        _mark_by_hand(dataset, changes)
        columns = {*changes, "sources", "modified_at"}
        if len(affected) > 1:
            _leave_behind(dataset)
            columns |= {"sample", "released_early_on"}
        dataset.save(update_fields=columns)
        after = {name: str(value) for name, value in changes.items()}
        audit.note("edit", dataset, actor=act.actor, before=before, after=after)
        refresh(affected, now=act.now)


def _lock_dataset(dataset_id: int, *others: int) -> tuple[Dataset, set[int]]:
    """Locks a dataset and the investigations it is or will be in: these first, as ingest does."""
    here = Dataset.objects.values_list("investigation_id", flat=True).get(pk=dataset_id)
    affected = {here, *others}
    _lock_investigations(affected)
    return Dataset.objects.select_for_update(of=("self",)).get(pk=dataset_id), affected


def _lock_investigations(pks: Iterable[int]) -> None:
    list(Investigation.objects.locked().filter(pk__in=set(pks)).order_by("pk"))


def _leave_behind(dataset: Dataset) -> None:
    """Takes from a dataset that moves what belongs to the investigation it leaves."""
    name = dataset.sample.name if dataset.sample else ""
    dataset.sample = Sample.objects.filter(
        investigation=dataset.investigation_id, name=name
    ).first()
    _exchange_further_samples(dataset)
    dataset.released_early_on = None
    proposal = dataset.investigation.proposal_id
    DatasetInput.objects.filter(
        Q(dataset=dataset) & ~Q(made_from__investigation__proposal=proposal)
        | Q(made_from=dataset) & ~Q(dataset__investigation__proposal=proposal)
    ).update(made_from=None)


def _exchange_further_samples(dataset: Dataset) -> None:
    """Puts samples of this investigation in place of those of the same name of another one."""
    strangers = dataset.further_samples.exclude(investigation=dataset.investigation_id)
    if names := list(strangers.values_list("name", flat=True)):
        here = Sample.objects.filter(investigation=dataset.investigation_id, name__in=names)
        dataset.further_samples.add(*here)
        dataset.further_samples.remove(*strangers)


def keep_related(dataset_id: int, names: Iterable[str], *, act: Act) -> None:
    """Marks values that have a table of their own as a person's, and brings records up to date."""
    with transaction.atomic():
        dataset, _ = _lock_dataset(dataset_id)
        _exchange_further_samples(dataset)
        _mark_by_hand(dataset, names)
        dataset.save(update_fields=["sources", "modified_at"])
        refresh([dataset.investigation_id], now=act.now)


def keep_sample(sample_id: int, names: Iterable[str], *, act: Act) -> None:
    """Marks values of a sample as a person's, and brings the public records up to date."""
    with transaction.atomic():
        here = Sample.objects.values_list("investigation_id", flat=True).get(pk=sample_id)
        _lock_investigations([here])
        sample = Sample.objects.select_for_update().get(pk=sample_id)
        _mark_by_hand(sample, names)
        sample.save(update_fields=["sources", "modified_at"])
        refresh([here], now=act.now)


def _mark_by_hand(row: Described, names: Iterable[str]) -> None:
    row.sources = {**row.sources, **dict.fromkeys(names, BY_HAND)}


def delete_datasets(datasets: QuerySet[Dataset], *, act: Act) -> None:
    """Deletes datasets with their files' rows, and recounts what they were part of.

    Raises:
        ProtectedError: one of them was chosen into a publication.
    """
    with transaction.atomic():
        _lock_investigations(datasets.values_list("investigation_id", flat=True))
        rows = list(datasets)
        for row in rows:
            audit.note("delete", row, actor=act.actor, reason=act.reason)
        datasets.delete()
        refresh({row.investigation_id for row in rows}, now=act.now)
