"""DOIs that are set aside before anything of their data is public, e.g. to be printed in a paper.

DataCite is given the bare name as a draft: it knows nothing of the data, and does not resolve.
"""

from collections.abc import Sequence

from django.db import transaction

from catalogue import audit
from catalogue.models import DataPublication, Dataset, Investigation, PublicationKind
from catalogue.policy.publication import state_problems
from catalogue.publication.act import Act
from catalogue.publication.minting import new_publication
from catalogue.publication.problems import CannotPublishError
from catalogue.publication.registrar import Registrar
from catalogue.publication.upkeep import tell_registrar


def reserve(
    datasets: Sequence[Dataset], *, act: Act, registrar: Registrar, title: str = ""
) -> DataPublication:
    """Sets a DOI aside for chosen datasets of one investigation.

    Raises:
        CannotPublishError: none chosen, of several investigations, or never to be published.
    """
    investigations = {dataset.investigation_id for dataset in datasets}
    if len(investigations) != 1:
        raise CannotPublishError("The choice", ["Choose datasets of one investigation."])
    with transaction.atomic():
        investigation = Investigation.objects.locked().get(pk=investigations.pop())
        if problems := state_problems(investigation.state):
            raise CannotPublishError(investigation, problems)
        publication = new_publication(
            investigation,
            PublicationKind.SELECTION,
            act,
            registrar,
            title=title,
            is_reserved=True,
        )
        audit.note("reserve DOI", publication, actor=act.actor, reason=act.reason)
        tell_registrar(publication, now=act.now)
    return publication


def take_up(
    reserved: DataPublication, investigation: Investigation, *, act: Act, registrar: Registrar
) -> DataPublication:
    """Makes of a reserved DOI one that is about to be published, under its investigation's lock.

    Raises:
        CannotPublishError: it has been published or discarded, or belongs to other data.
    """
    publication = DataPublication.objects.select_for_update().get(pk=reserved.pk)
    problems = _problems(publication, investigation, registrar)
    if problems:
        raise CannotPublishError(publication, problems)
    publication.investigation = investigation
    publication.is_reserved = False
    publication.published_on = act.today
    publication.save(update_fields=["is_reserved", "published_on", "modified_at"])
    return publication


def _problems(
    publication: DataPublication, investigation: Investigation, registrar: Registrar
) -> list[str]:
    checks = [
        (not publication.is_reserved, "It has been published already."),
        (publication.discarded_at is not None, "It has been discarded."),
        (
            publication.investigation_id != investigation.pk,
            f"It was reserved for data of {publication.investigation}.",
        ),
        (
            publication.is_test_doi and not registrar.hands_out_test_dois,
            "It is a test DOI: discard it and reserve another one.",
        ),
    ]
    return [sentence for fails, sentence in checks if fails]


def discard(publication_id: int, *, act: Act) -> None:
    """Lets a reserved DOI go; its row stays until the registrar has deleted the draft.

    Done before, it changes nothing.

    Raises:
        CannotPublishError: it has been published, and stays.
    """
    with transaction.atomic():
        publication = DataPublication.objects.select_for_update().get(pk=publication_id)
        if not publication.is_reserved:
            raise CannotPublishError(publication, ["It has been published: a DOI is for ever."])
        if publication.discarded_at is not None:
            return
        publication.discarded_at = act.now
        publication.save(update_fields=["discarded_at", "modified_at"])
        audit.note("discard DOI", publication, actor=act.actor, reason=act.reason)
        tell_registrar(publication, now=act.now)
