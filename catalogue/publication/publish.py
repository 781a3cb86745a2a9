"""The workflows that give a DOI its public record, and take it back: publish, withdraw.

Each is one transaction: rows, the finished PublishedRecord and the audit line change together, and
the DOI is registered after the commit by a task that may run as often as it likes.
"""

from collections.abc import Sequence

from django.db import transaction

from catalogue import audit
from catalogue.models import (
    DataPublication,
    Dataset,
    Investigation,
    PublicationItem,
    PublicationKind,
)
from catalogue.policy.embargo import IN_EMBARGO, ReleaseState
from catalogue.policy.events import Action, ActorRole, Event
from catalogue.policy.publication import publication_problems
from catalogue.publication.act import Act as Act
from catalogue.publication.details import (
    Details,
    team_of,
    write_agents,
    write_details,
)
from catalogue.publication.minting import new_publication, with_real_doi
from catalogue.publication.problems import CannotPublishError as CannotPublishError
from catalogue.publication.records import remove_record, write_record
from catalogue.publication.registrar import Registrar
from catalogue.publication.reserve import take_up
from catalogue.publication.transition import carry_out
from catalogue.publication.upkeep import rewrite_records, tell_registrar
from catalogue.publication.versions import follow
from catalogue.queries import is_open, newest_version, record_of


def publish_investigation(
    investigation_id: int, *, act: Act, registrar: Registrar, needs_data: bool = True
) -> DataPublication:
    """Gives an investigation its DOI and its public record; done before, it changes nothing.

    needs_data: False for a DOI that is given before the experiment.

    Raises:
        CannotPublishError: it is proprietary, withdrawn, or lacks what a DOI needs.
    """
    with transaction.atomic():
        investigation = _locked(investigation_id)
        found = investigation.publications.filter(kind=PublicationKind.EXPERIMENT).first()
        if found is not None:
            refuse_withdrawn(found)
            return with_real_doi(found, act, registrar)
        publication = new_publication(investigation, PublicationKind.EXPERIMENT, act, registrar)
        return _publish(publication, (), act, needs_data=needs_data)


def publish_selection(
    datasets: Sequence[Dataset],
    *,
    act: Act,
    registrar: Registrar,
    title: str = "",
    details: Details | None = None,
    release_early: bool = False,
    role: ActorRole = ActorRole.DATA_MANAGER,
    previous: DataPublication | None = None,
    reserved: DataPublication | None = None,
) -> DataPublication:
    """Gives chosen datasets of one investigation a DOI of their own: all of it, or nothing.

    details: what somebody entered of it; None takes the experiment's own words and people.
    release_early: opens the chosen datasets today, while the rest stays under embargo; role: as
    whom somebody decides that.
    previous: the publication of which this is to be the next version; reserved: the DOI that has
    been set aside for it.

    Raises:
        CannotPublishError: none chosen, several investigations, a DOI lacks something, or it cannot
            be a version of the previous one or have the reserved DOI.
        RefusedError: the policy does not let them be opened.
    """
    investigations = {dataset.investigation_id for dataset in datasets}
    if len(investigations) != 1:
        raise CannotPublishError("The choice", ["Choose datasets of one investigation."])
    with transaction.atomic():
        investigation = _locked(investigations.pop())
        if release_early and investigation.state in IN_EMBARGO:
            _open_early(investigation, datasets, act, role)
        if reserved is not None:
            publication = take_up(reserved, investigation, act=act, registrar=registrar)
        else:
            publication = new_publication(
                investigation, PublicationKind.SELECTION, act, registrar, title=title
            )
        if previous is not None:
            follow(publication, previous, datasets, act=act, registrar=registrar)
        return _publish(publication, datasets, act, details=details)


def _open_early(
    investigation: Investigation, datasets: Sequence[Dataset], act: Act, role: ActorRole
) -> None:
    chosen = Dataset.objects.filter(
        pk__in=[dataset.pk for dataset in datasets], released_early_on=None
    )
    opened = sorted(chosen.values_list("pk", flat=True))
    if opened:
        event = Event(Action.RELEASE_PART, role if act.actor else ActorRole.CATALOGUE, act.reason)
        carry_out(investigation, event, act=act, details={"datasets": opened})
        chosen.update(released_early_on=act.today)


def _role(act: Act) -> ActorRole:
    return ActorRole.DATA_MANAGER if act.actor else ActorRole.CATALOGUE


def _publish(
    publication: DataPublication,
    datasets: Sequence[Dataset],
    act: Act,
    *,
    details: Details | None = None,
    needs_data: bool = True,
) -> DataPublication:
    investigation = publication.investigation
    write_agents(publication, team_of(investigation))
    if details is not None:
        write_details(publication, details)
    PublicationItem.objects.bulk_create(
        PublicationItem(publication=publication, dataset=dataset, order=order)
        for order, dataset in enumerate(datasets)
    )
    problems = publication_problems(
        record_of(publication), investigation.state, needs_data=needs_data
    )
    if problems:
        raise CannotPublishError(investigation, problems)
    write_record(publication, today=act.today)
    audit.note("publish", publication, actor=act.actor, reason=act.reason)
    tell_registrar(publication, now=act.now)
    _tell_versions(publication, act)
    return publication


def _tell_versions(publication: DataPublication, act: Act) -> None:
    """Brings what is said of the concept and the other versions up to date, tombstones too."""
    if publication.concept is None:
        return
    rewrite_records(publication.investigation, now=act.now)
    gone = publication.concept.versions.exclude(withdrawn_at=None)
    for other in gone.filter(version=publication.version - 1):
        tell_registrar(other, now=act.now)


def withdraw(publication_id: int, *, act: Act) -> DataPublication:
    """Takes a DOI's data back for good: its page becomes a tombstone, OAI-PMH says deleted.

    Withdrawing the DOI of a whole investigation closes the investigation too. Done before, it
    changes nothing.

    Raises:
        CannotPublishError: no reason is given, or it is the DOI of versions that stand.
    """
    if not act.reason.strip():
        raise CannotPublishError(
            "A withdrawal", ["Say why: the reason stays on the tombstone page."]
        )
    with transaction.atomic():
        investigation = _locked(_investigation_of(publication_id))
        publication = DataPublication.objects.select_for_update().get(pk=publication_id)
        if publication.withdrawn_at is not None:
            return publication
        if publication.kind == PublicationKind.CONCEPT:
            raise CannotPublishError(publication, ["It stands for its versions: withdraw those."])
        going = [publication]
        if publication.is_reserved:
            raise CannotPublishError(publication, ["It is reserved: discard it."])
        was_open = is_open(publication, today=act.today)
        _mark_withdrawn(publication, act, was_open=was_open)
        if publication.concept is not None and newest_version(publication.concept) is None:
            _mark_withdrawn(publication.concept, act, was_open=was_open)
            going.append(publication.concept)
        _close_data(publication, investigation, act)
        for one in going:
            remove_record(one)
            audit.note("withdraw", one, actor=act.actor, reason=act.reason)
            tell_registrar(one, now=act.now)
        rewrite_records(investigation, now=act.now)
        return publication


def _mark_withdrawn(publication: DataPublication, act: Act, *, was_open: bool) -> None:
    publication.was_open = was_open
    publication.withdrawn_at = act.now
    publication.withdrawal_reason = act.reason
    publication.save()


def _investigation_of(publication_id: int) -> int:
    return DataPublication.objects.values_list("investigation_id", flat=True).get(pk=publication_id)


def _close_data(publication: DataPublication, investigation: Investigation, act: Act) -> None:
    """Closes an experiment's investigation, or what a selection had opened and no other needs."""
    if publication.kind == PublicationKind.EXPERIMENT:
        if investigation.state is not ReleaseState.WITHDRAWN:
            carry_out(investigation, Event(Action.WITHDRAW, _role(act), act.reason), act=act)
        return
    others = PublicationItem.objects.filter(publication__withdrawn_at=None)
    needed = others.exclude(publication=publication).values("dataset")
    opened = publication.datasets.exclude(pk__in=needed).exclude(released_early_on=None)
    closed = sorted(opened.values_list("pk", flat=True))
    if closed:
        event = Event(Action.CLOSE_PART, _role(act), act.reason)
        carry_out(investigation, event, act=act, details={"datasets": closed})
        Dataset.objects.filter(pk__in=closed).update(released_early_on=None)


def _locked(investigation_id: int) -> Investigation:
    """Locks an investigation, always before its publications and before the datestamp lock."""
    return Investigation.objects.locked().get(pk=investigation_id)


def refuse_withdrawn(publication: DataPublication) -> None:
    if publication.withdrawn_at is not None:
        raise CannotPublishError(publication, ["It has been withdrawn, and a withdrawal is final."])
